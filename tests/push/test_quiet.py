"""What somebody does not want to hear of, or not at night: by their own clock, whatever it does."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from push.addresses import Preferences, QuietHours
from push.quiet import HOME_ZONE, find_zone, is_muted, is_zone, list_zones, quiet_until
from push.wordings import TopicRule

CODES = TopicRule(category="codes")
SECURITY = TopicRule(category="security", is_critical=True)
NIGHT = QuietHours(time(22), time(7))


def at(text: str, zone: str = "Asia/Shanghai", *, again: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=again).astimezone(UTC)


def ask(now: datetime, quiet: QuietHours | None = NIGHT, zone: str = "Asia/Shanghai") -> datetime | None:
    return quiet_until(now, Preferences(time_zone=zone, quiet=quiet), CODES)


def test_what_is_switched_off_is_muted_on_that_channel_alone() -> None:
    preferences = Preferences(muted=frozenset({("codes", "apns"), ("security", "apns")}))
    assert is_muted(preferences, "apns", CODES)
    assert not is_muted(preferences, "fcm", CODES)
    assert not is_muted(preferences, "apns", TopicRule(category="wallet"))
    assert not is_muted(preferences, "apns", SECURITY)


@pytest.mark.parametrize(
    ("now", "quiet", "until"),
    [
        ("2026-11-22T21:59:59", NIGHT, None),
        ("2026-11-22T22:00", NIGHT, "2026-11-23T07:00"),
        ("2026-11-22T23:59", NIGHT, "2026-11-23T07:00"),
        ("2026-11-23T00:00", NIGHT, "2026-11-23T07:00"),
        ("2026-11-23T06:59:59.999999", NIGHT, "2026-11-23T07:00"),
        ("2026-11-23T07:00", NIGHT, None),
        ("2026-11-23T12:30", QuietHours(time(12), time(14)), "2026-11-23T14:00"),
        ("2026-11-23T14:00", QuietHours(time(12), time(14)), None),
        ("2026-11-23T23:00", QuietHours(time(20), time(0)), "2026-11-24T00:00"),
        ("2026-11-23T00:00", QuietHours(time(20), time(0)), None),
        ("2026-11-23T12:00", QuietHours(time(9), time(9)), None),
        ("2026-11-23T03:00", None, None),
        ("2026-12-31T23:00", NIGHT, "2027-01-01T07:00"),
    ],
)
def test_hours_by_the_clock(now: str, quiet: QuietHours | None, until: str | None) -> None:
    assert ask(at(now), quiet) == (at(until) if until else None)


def test_what_is_critical_shows_at_any_hour() -> None:
    assert quiet_until(at("2026-11-22T23:00"), Preferences(quiet=NIGHT), SECURITY) is None


def test_a_clock_elsewhere_counts_and_an_unknown_one_is_the_countrys() -> None:
    now = at("2026-11-22T23:00")
    assert ask(now, zone="America/New_York") is None
    assert ask(at("2026-11-22T23:00", "America/New_York"), zone="America/New_York") == at(
        "2026-11-23T07:00", "America/New_York"
    )
    for unknown in ("Mars/Olympus", "", "../../etc/passwd", "EST"):
        assert ask(now, zone=unknown) == at("2026-11-23T07:00")


@pytest.mark.parametrize(
    "name",
    ["Asia/Shanghai", "Asia/Urumqi", "Asia/Calcutta", "PRC", "Hongkong", "US/Pacific", "UTC", "Etc/UTC", "Etc/GMT-8"],
)
def test_zones_that_somebody_may_live_by(name: str) -> None:
    assert is_zone(name)
    assert find_zone(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "localtime", "posixrules", "Factory", "posix/Asia/Shanghai", "right/Asia/Shanghai", "zone.tab", "tzdata.zi",
        "leapseconds", "EST", "EST5EDT", "CET", "Asia", "asia/shanghai", "Asia/Shanghai/", "/etc/localtime", "",
        "Asia/\0",
    ],
)  # fmt: skip
def test_files_that_a_machine_has_beside_them_and_zones_of_no_place(name: str) -> None:
    assert not is_zone(name)
    assert find_zone(name).key == HOME_ZONE


def test_every_zone_that_is_offered_can_be_read() -> None:
    assert [name for name in list_zones() if find_zone(name).key != name] == []
    assert len(list_zones()) > 500


BERLIN = "Europe/Berlin"  # 2026-03-29 02:00 is 03:00; 2026-10-25 03:00 is 02:00


@pytest.mark.parametrize(
    ("now", "again", "ends", "until", "until_again"),
    [
        ("2026-03-29T01:30", 0, time(7), "2026-03-29T07:00", 0),
        ("2026-03-29T01:30", 0, time(2, 30), "2026-03-29T03:00", 0),  # which is when 02:30 is skipped
        ("2026-03-29T01:30", 0, time(2), "2026-03-29T03:00", 0),
        ("2026-03-29T01:30", 0, time(3), "2026-03-29T03:00", 0),
        ("2026-10-25T01:30", 0, time(2, 30), "2026-10-25T02:30", 0),
        ("2026-10-25T02:10", 1, time(2, 30), "2026-10-25T02:30", 1),
        ("2026-10-25T02:10", 0, time(7), "2026-10-25T07:00", 0),
    ],
)
def test_clocks_put_forward_and_back(now: str, again: int, ends: time, until: str, until_again: int) -> None:
    moment = at(now, BERLIN, again=again)
    assert ask(moment, QuietHours(time(22), ends), BERLIN) == at(until, BERLIN, again=until_again)


def test_a_night_over_a_skipped_day() -> None:
    samoa = "Pacific/Apia"  # which had no 30 December 2011
    assert ask(at("2011-12-29T23:00", samoa), NIGHT, samoa) == at("2011-12-31T07:00", samoa)


ZONES = st.sampled_from(["Asia/Shanghai", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
MINUTES = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
NEAR_CHANGES = st.sampled_from(["2026-03-29", "2026-10-25", "2026-11-01", "2026-03-08", "2026-04-05", "2026-10-04"])


@given(ZONES, NEAR_CHANGES, st.integers(-36 * 60, 36 * 60), st.builds(QuietHours, MINUTES, MINUTES))
def test_the_end_is_the_first_minute_that_is_not_quiet(zone: str, day: str, minutes: int, quiet: QuietHours) -> None:
    now = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=minutes)

    def is_quiet(moment: datetime) -> bool:
        shown = moment.astimezone(ZoneInfo(zone)).time()
        if quiet.begins <= quiet.ends:
            return quiet.begins <= shown < quiet.ends
        return shown >= quiet.begins or shown < quiet.ends

    moment = now
    while is_quiet(moment):
        moment += timedelta(minutes=1)
    assert ask(now, quiet, zone) == (moment if moment > now else None)
