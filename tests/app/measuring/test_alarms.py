"""Alarms: pure rules over how everything stands, each raised past its limit and silent before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.measuring.alarms import SLUGS, Alarm, find_alarms
from app.measuring.model import (
    AuditStanding,
    ChannelStanding,
    KeyStanding,
    KeyState,
    Records,
    RegistryAsked,
    Standing,
    StatusListStanding,
    WalletStanding,
    WorkerSeen,
)
from app.measuring.wording import word_alarm
from push.troubles import Trouble

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MISCONFIGURED = ["channel-misconfigured"]


def worker(silent: float, *, number: int = 1, stopped: bool = False) -> WorkerSeen:
    seen = NOW - timedelta(seconds=silent)
    return WorkerSeen(UUID(int=number), NOW - DAY, seen, seen if stopped else None, "0.1.0")


def key(days_left: float, use: str = "code", state: KeyState = "signing") -> KeyStanding:
    ends = NOW + timedelta(days=days_left)
    return KeyStanding("1a2b3c4d", use, state, NOW - DAY, NOW - DAY, ends, ends)


def listed(hours_left: float | None, *, opened: timedelta = DAY) -> StatusListStanding:
    """A list that lives for a day; None: nothing of it is published yet."""
    ends = None if hours_left is None else NOW + timedelta(hours=hours_left)
    return StatusListStanding(7, "paper", NOW - opened, ends and ends - DAY, ends)


GOOD_RECORDS = Records(
    schema_version="0013_measuring",
    workers=[worker(3)],
    channels=[ChannelStanding("sms", 2, 4.0, 0)],
    delivered={},
    audit=AuditStanding(NOW - timedelta(seconds=40), 7, 3),
    status_lists=[listed(13)],
    venues_waiting=0,
    disputes_open=0,
    proposals_waiting=0,
    findings={"double-use": 1, "revoked": 2},
)
GOOD = Standing(
    at=NOW,
    records=GOOD_RECORDS,
    keys=[key(300), key(200, "federation")],
    trust_sequence=9,
    trust_expires_at=NOW + timedelta(hours=20),
    missing_keys=[],
    valkey=True,
    endings_age=timedelta(seconds=1),
)


def stand(**changes: Any) -> Standing:
    """A good standing but for what is given, of it or of its records."""
    own = {name: value for name, value in changes.items() if name in Standing.__struct_fields__}
    of_records = {name: value for name, value in changes.items() if name in Records.__struct_fields__}
    assert len(own) + len(of_records) == len(changes)
    return msgspec.structs.replace(GOOD, **{"records": msgspec.structs.replace(GOOD_RECORDS, **of_records), **own})


def slugs(standing: Standing) -> list[str]:
    return [alarm.slug for alarm in find_alarms(standing)]


def test_all_is_well() -> None:
    assert find_alarms(GOOD) == []


@pytest.mark.parametrize(
    ("standing", "raised"),
    [
        (stand(records=None), ["database-away"]),
        (stand(valkey=False), ["valkey-away"]),
        (stand(endings_age=timedelta(seconds=5)), []),
        (stand(endings_age=timedelta(seconds=6)), ["endings-unknown"]),
        (stand(endings_age=timedelta.max), ["endings-unknown"]),
        (stand(workers=[]), ["workers-silent"]),
        (stand(workers=[worker(120)]), []),
        (stand(workers=[worker(121)]), ["workers-silent"]),
        (stand(workers=[worker(1, stopped=True)]), ["workers-silent"]),
        (stand(workers=[worker(1), worker(121, number=2)]), ["worker-lost"]),
        (stand(workers=[worker(1), worker(9999, number=2, stopped=True)]), []),
        (stand(channels=[ChannelStanding("sms", 9, 60.0, 0)]), []),
        (stand(channels=[ChannelStanding("sms", 9, 61.0, 0)]), ["outbox-late"]),
        (
            stand(troubles=[Trouble("apns", "cn.example.app production", "InvalidProviderToken", True, 0.0)]),
            MISCONFIGURED,
        ),
        (stand(troubles=[Trouble("fcm", "example", "UNAVAILABLE", is_ours=False, seconds=299)]), []),
        (stand(troubles=[Trouble("fcm", "example", "UNAVAILABLE", is_ours=False, seconds=300)]), ["channel-paused"]),
        (stand(trust_expires_at=NOW + timedelta(hours=6)), []),
        (stand(trust_expires_at=NOW + timedelta(hours=5.9)), ["trust-list-ending"]),
        (stand(status_lists=[listed(13), listed(6)]), []),
        (stand(status_lists=[listed(13), listed(5.9)]), ["status-list-ending"]),
        (stand(status_lists=[listed(-1)]), ["status-list-ending"]),
        (stand(status_lists=[listed(None, opened=timedelta(minutes=5))]), []),
        (stand(status_lists=[listed(None, opened=timedelta(minutes=6))]), ["status-list-ending"]),
        (stand(missing_keys=["1a2b3c4d"]), ["keys-missing"]),
        (stand(audit=AuditStanding(NOW - timedelta(minutes=5), 7, 0)), []),
        (stand(audit=AuditStanding(NOW - timedelta(minutes=5, seconds=1), 7, 0)), ["audit-late"]),
        (stand(audit=AuditStanding(None, 0, 0)), []),
        (stand(findings={"double-use": 9, "revoked": 99}), []),
        (stand(findings={"double-use": 10}), ["codes-used-twice"]),
        (stand(findings={}), []),
        (stand(wallets=WalletStanding(3, 60.0)), []),
        (stand(wallets=WalletStanding(3, 61.0)), ["wallets-late"]),
        (stand(wallets=WalletStanding(3, 61.0), wallets_within=timedelta(minutes=2)), []),
        (stand(wallets=WalletStanding(registries=[RegistryAsked("traffic", 3, 2)])), []),
        (stand(wallets=WalletStanding(registries=[RegistryAsked("traffic", 2, 2)])), []),
        (stand(wallets=WalletStanding(registries=[RegistryAsked("traffic", 3, 3)])), ["registry-unreachable"]),
        (stand(keys=[key(7)]), []),
        (stand(keys=[key(6.9)]), ["key-ending"]),
        (stand(keys=[key(300), key(1)]), []),  # the one that follows it is there
        (stand(keys=[key(300), key(1, "federation")]), ["key-ending"]),
        (stand(keys=[key(300, state="withdrawn"), key(1)]), ["key-ending"]),
    ],
)
def test_each_limit(standing: Standing, raised: list[str]) -> None:
    assert slugs(standing) == raised


def test_what_is_long_overdue_is_critical() -> None:
    def severity(standing: Standing) -> list[str]:
        return [alarm.severity for alarm in find_alarms(standing)]

    assert severity(stand(channels=[ChannelStanding("sms", 9, 599.0, 0)])) == ["warning"]
    assert severity(stand(channels=[ChannelStanding("sms", 9, 601.0, 0)])) == ["critical"]
    assert severity(stand(keys=[key(3)])) == ["warning"]
    assert severity(stand(keys=[key(1)])) == ["critical"]


@given(
    seconds=st.floats(0, 1e6),
    hours=st.floats(-10, 48),
    valkey=st.booleans(),
    workers=st.lists(st.builds(worker, st.floats(0, 1e5), stopped=st.booleans()), max_size=3),
    days=st.floats(-5, 400),
)
def test_the_worst_comes_first_and_all_have_words(
    *, seconds: float, hours: float, valkey: bool, workers: list[WorkerSeen], days: float
) -> None:
    standing = stand(
        channels=[ChannelStanding("sms", 1, seconds, 0)],
        trust_expires_at=NOW + timedelta(hours=hours),
        valkey=valkey,
        workers=workers,
        keys=[key(days)],
        audit=AuditStanding(NOW - timedelta(seconds=seconds), 1, 1),
    )
    found = find_alarms(standing)
    ranks = [("critical", "warning").index(alarm.severity) for alarm in found]
    assert ranks == sorted(ranks)
    assert all(alarm.value >= 0 for alarm in found)
    words = {word_alarm(alarm, english=english) for alarm in found for english in (True, False)}
    assert all("{" not in one for one in words)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_alarm_has_words_in_both_languages(slug: str) -> None:
    alarm = Alarm(slug, "warning", 125.0, "sms")
    chinese, english = word_alarm(alarm, english=False), word_alarm(alarm, english=True)
    assert chinese.endswith("。")
    assert english.endswith(".")
    assert english.isascii()
