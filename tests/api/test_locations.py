"""A position is turned into a province, a crossing is found and told once; late, early and wrong ones do no harm."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Any, get_args
from unittest.mock import AsyncMock
from uuid import uuid4

import pytest

from api.locations import Unused
from app.roaming import reporting
from app.roaming.model import VERSION, Reason, State, encode
from app.roaming.recording import require_roamer
from app.roaming.reporting import BELIEVED
from app.settings import Settings
from tests.api.harness import Api, Session, log_in, make_person, running_api, slug_of
from tests.api.locations import (
    JIAXING,
    SHANGHAI,
    SUZHOU,
    agree,
    before,
    come_home,
    list_crossings,
    list_keys,
    list_notices,
    read,
    report,
    travel,
)

HANGZHOU_BAY = (121.3, 30.5)
_AT_HOME = {"province": "31", "city": "310000", "roaming": False, "crossing": None}
_IN_ZHEJIANG = {"province": "33", "city": "330400", "roaming": True, "crossing": None}


@pytest.fixture(scope="module")
async def api(roomy: Settings) -> AsyncGenerator[Api]:
    """An application that takes positions of the last hour, so that a journey has room in the past."""
    async with running_api(dataclasses.replace(roomy, roaming_age_most=3600, locations_burst=1000)) as running:
        yield running


@pytest.fixture
async def roamer(api: Api) -> Session:
    """Somebody who lets positions be taken."""
    session = await log_in(api, await make_person(api))
    await agree(api, session)
    return session


async def test_a_position_is_answered_with_province_and_city(api: Api, roamer: Session) -> None:
    assert await read(api, roamer) == _AT_HOME


async def test_the_first_position_ever_is_silent(api: Api, roamer: Session) -> None:
    assert await read(api, roamer, JIAXING) == _IN_ZHEJIANG
    assert (await list_crossings(api, roamer), await list_notices(api, roamer)) == ([], [])


async def test_a_crossing_is_answered_recorded_and_told_once(api: Api, roamer: Session) -> None:
    decided_at = before(1700)
    found = await travel(api, roamer)
    crossing = found.pop("crossing")
    assert found == {key: value for key, value in _IN_ZHEJIANG.items() if key != "crossing"}
    assert (crossing["from"], crossing["to"]) == ("31", "33")
    assert await list_crossings(api, roamer) == [("31", "33", "fix", True)]
    [notice] = await list_notices(api, roamer)
    assert notice.pop("life") == timedelta(minutes=60)
    assert abs(datetime.fromisoformat(notice.pop("at")) - decided_at) < timedelta(seconds=5)
    assert notice == {"province": "33", "from_province": "31", "source": "fix"}
    assert await read(api, roamer, JIAXING) == _IN_ZHEJIANG


async def test_coming_home_is_answered_and_quiet(api: Api, roamer: Session) -> None:
    await travel(api, roamer)
    found = await come_home(api, roamer)
    assert (found["crossing"]["from"], found["crossing"]["to"], found["roaming"]) == ("33", "31", False)
    assert await list_crossings(api, roamer) == [("31", "33", "fix", True), ("33", "31", "fix", False)]
    assert len(await list_notices(api, roamer)) == 1


async def test_two_phones_at_once_are_one_crossing_and_one_notice(api: Api, roamer: Session) -> None:
    await api.services.pool.execute(
        "INSERT INTO installations (resident_id, installation_id, created_at, last_seen_at, trusted_at) "
        "SELECT $1, i, now(), now(), now() FROM unnest($2::uuid[]) AS i",
        roamer.person.resident_id,
        others := [uuid4() for _ in range(2)],
    )
    phones = [roamer, *[await log_in(api, roamer.person, one) for one in others]]
    for place, at in ((SHANGHAI, 3000), (JIAXING, 2000)):
        for phone in phones:
            await read(api, phone, place, at=before(at))
    found = await asyncio.gather(*(read(api, phone, JIAXING, at=before(1700)) for phone in phones))
    assert {one["crossing"]["to"] for one in found} == {"33"}
    assert await list_crossings(api, roamer) == [("31", "33", "fix", True)]
    assert len(await list_notices(api, roamer)) == 1


async def test_two_tabs_at_once_lose_nothing(api: Api, roamer: Session) -> None:
    """Each decides on what the other has left: whoever comes second is not told of the crossing again."""
    await read(api, roamer, SHANGHAI, at=before(3500))
    await read(api, roamer, JIAXING, at=before(2000))
    found = await asyncio.gather(*(read(api, roamer, JIAXING, at=before(1500 - number)) for number in range(3)))
    assert sum(one["crossing"] is not None for one in found) == 1
    assert all(one["roaming"] for one in found)
    assert await list_crossings(api, roamer) == [("31", "33", "fix", True)]


async def test_once_a_day_and_province(api: Api, roamer: Session) -> None:
    await travel(api, roamer)
    await come_home(api, roamer)
    await _let_pass(api, roamer, hours=23)
    assert (await travel(api, roamer))["crossing"] is not None
    assert len(await list_notices(api, roamer)) == 1
    await come_home(api, roamer)
    await _let_pass(api, roamer, hours=2)
    await travel(api, roamer)
    assert len(await list_notices(api, roamer)) == 2


async def _let_pass(api: Api, session: Session, *, hours: int) -> None:
    """What is on record is older by so much, and what was remembered is lost."""
    await api.services.pool.execute(
        "UPDATE crossings AS c SET told_at = c.told_at - $2::interval, crossed_at = c.crossed_at - $2::interval "
        "FROM residents AS r WHERE r.resident_id = $1 AND c.subject_no = r.subject_no",
        session.person.resident_id,
        timedelta(hours=hours),
    )
    await api.services.valkey.delete(*await list_keys(api, session))


@pytest.mark.parametrize(("slept", "crossings"), [(30, 1), (20, 2)])
async def test_a_tablet_that_slept_while_its_owner_travelled_tells_nothing_again(
    api: Api, roamer: Session, slept: int, crossings: int
) -> None:
    """Hours: 26 ago the phone was told. A tablet that was at home after that has come by itself."""
    await travel(api, roamer)
    await _let_pass(api, roamer, hours=26)
    await api.services.pool.execute(
        "INSERT INTO installations (resident_id, installation_id, created_at, last_seen_at, trusted_at) "
        "VALUES ($1, $2, now(), now(), now())",
        roamer.person.resident_id,
        tablet_id := uuid4(),
    )
    tablet = await log_in(api, roamer.person, tablet_id)
    at_home = State(VERSION, "31", int(before(slept * 3600).timestamp()))
    key = f"roaming:{{{roamer.person.resident_id}}}:{tablet_id}"
    await api.services.valkey.set(key, b"\x00" + encode(at_home))
    await read(api, tablet, JIAXING, at=before(400))
    assert (await read(api, tablet, JIAXING, at=before(100)))["province"] == "33"
    assert len(await list_crossings(api, roamer)) == len(await list_notices(api, roamer)) == crossings


@pytest.mark.parametrize("slept", [0, 20])
async def test_whoever_has_no_exact_position_asks_the_record_once(
    api: Api, roamer: Session, slept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of masts alone, for hours: nothing of it is decided on."""
    if slept:
        await read(api, roamer)
        state_key, _ = sorted(await list_keys(api, roamer))
        at_home = State(VERSION, "31", int(before(slept * 3600).timestamp()))
        await api.services.valkey.set(state_key, b"\x00" + encode(at_home))
    else:
        await read(api, roamer, accuracy_m=5000)
    asked = AsyncMock(wraps=require_roamer)
    monkeypatch.setattr(reporting, "require_roamer", asked)
    for _ in range(3):
        assert (await read(api, roamer, accuracy_m=5000))["reason"] == "inaccurate"
    assert asked.call_count == 0
    await read(api, roamer)
    assert asked.call_count == 1, "what can be used is held against it"


@pytest.mark.parametrize(
    ("place", "seconds", "accuracy", "reason"),
    [
        (SHANGHAI, 4000, 20, "stale"),
        (SHANGHAI, -90, 20, "from-future"),  # of a clock that is wrong
        (SHANGHAI, 10, 5000, "inaccurate"),  # of a cell of the network
        (SHANGHAI, 10, -1, "malformed"),  # as some phones say that they do not know
        (SHANGHAI, 1700, 20, "out-of-order"),  # again
        (SUZHOU, 1900, 20, "out-of-order"),  # from before, and elsewhere
        (SHANGHAI, 1300, 20, "too-fast"),  # 80 km in 400 seconds
    ],
)
async def test_what_cannot_be_used_is_answered_by_what_is_known_and_why(
    api: Api, roamer: Session, place: tuple[float, float], seconds: float, accuracy: float, reason: str
) -> None:
    await travel(api, roamer)
    found = await read(api, roamer, place, at=before(seconds), accuracy_m=accuracy)
    assert found == {**_IN_ZHEJIANG, "city": None, "reason": reason}
    assert await read(api, roamer, JIAXING) == _IN_ZHEJIANG


async def test_a_clock_somewhat_ahead_is_taken_and_its_instants_are_looked_at_once(api: Api, roamer: Session) -> None:
    await travel(api, roamer)
    ahead = before(-45)
    assert await read(api, roamer, JIAXING, at=ahead) == _IN_ZHEJIANG
    assert (await read(api, roamer, JIAXING, at=ahead))["city"] is None
    assert (await read(api, roamer, JIAXING))["city"] is None


async def test_over_water_the_last_province_stays(api: Api, roamer: Session) -> None:
    await travel(api, roamer)
    assert await read(api, roamer, HANGZHOU_BAY) == {**_IN_ZHEJIANG, "city": None, "reason": "over-water"}


def test_each_reason_to_leave_a_position_out_has_a_word_in_the_description() -> None:
    assert set(get_args(Unused)) == {reason.value for reason in Reason if reason not in BELIEVED}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"longitude": 181}, "/longitude"),
        ({"latitude": "here"}, "/latitude"),
        ({"datum": "wgs72"}, "/datum"),
        ({"datum": None}, "/datum"),
        ({"fixed_at": "2026-11-22T00:00:00"}, "/fixed_at"),
        ({"accuracy_m": None}, "/accuracy_m"),
    ],
)
async def test_what_no_phone_tells_is_refused_without_saying_it_back(
    api: Api, roamer: Session, changes: dict[str, Any], pointer: str
) -> None:
    response = await report(api, roamer, **changes)
    assert slug_of(response) == "invalid-request"
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert "31.23" not in response.text


async def test_a_page_of_another_site_and_a_body_that_is_too_long_are_refused(api: Api, roamer: Session) -> None:
    nested = b'{"longitude":121.5,"x":' + b"[" * 1500
    for body, headers in ((b"{}", {"Sec-Fetch-Site": "cross-site"}), (nested, {}), (b"{" + b" " * 3000, {})):
        response = await api.post("/v1/me/locations", by=roamer, content=body, headers=headers)
        assert (response.status_code, slug_of(response)) == (422, "invalid-request")
    assert await list_keys(api, roamer) == []


@pytest.mark.parametrize(
    ("datum", "place"), [("gcj02", (120.7598, 30.7439)), ("bd09", (120.7664, 30.7496)), ("wgs84", JIAXING)]
)
async def test_each_datum_is_read_as_such(api: Api, roamer: Session, datum: str, place: tuple[float, float]) -> None:
    assert await read(api, roamer, place, datum=datum) == _IN_ZHEJIANG


async def test_who_did_not_agree_is_asked_first(api: Api, resident: Session) -> None:
    assert slug_of(await report(api, resident)) == "location-consent-missing"
    assert slug_of(await report(api, resident, background=True)) == "location-consent-missing"
    await agree(api, resident, "location-background")
    assert slug_of(await report(api, resident, background=True)) == "location-consent-missing"
    await agree(api, resident, "location")
    assert await read(api, resident, background=True) == _AT_HOME


async def test_the_background_takes_its_own_consent(api: Api, roamer: Session) -> None:
    assert await read(api, roamer) == _AT_HOME
    assert slug_of(await report(api, roamer, background=True)) == "background-location-consent-missing"
    await agree(api, roamer, "location-background")
    assert await read(api, roamer, background=True, at=before(-10)) == _AT_HOME


async def test_an_installation_that_nobody_let_in_tells_and_learns_nothing(api: Api, roamer: Session) -> None:
    await travel(api, roamer)
    newcomer = await log_in(api, roamer.person, uuid4())
    assert slug_of(await report(api, newcomer)) == "installation-not-approved"


async def test_what_valkey_has_lost_is_made_again_from_the_record(api: Api, roamer: Session) -> None:
    await travel(api, roamer)
    keys = await list_keys(api, roamer)
    assert len(keys) == 2
    await api.services.valkey.delete(*keys)
    assert await read(api, roamer, SHANGHAI, at=before(400)) == {**_IN_ZHEJIANG, "city": None, "reason": "waiting"}
    assert (await read(api, roamer, SHANGHAI, at=before(100)))["crossing"]["to"] == "31"


async def test_what_another_version_wrote_is_made_again(api: Api, roamer: Session) -> None:
    await travel(api, roamer)
    for key in await list_keys(api, roamer):
        await api.services.valkey.set(key, b"\x00\x92\xff\xff")
    assert await read(api, roamer, JIAXING) == _IN_ZHEJIANG


async def test_without_valkey_the_record_answers(api: Api, roamer: Session, roomy: Settings) -> None:
    await travel(api, roamer)
    async with running_api(dataclasses.replace(roomy, redis_url="redis://127.0.0.1:1")) as alone:
        assert await read(alone, roamer, JIAXING) == _IN_ZHEJIANG
        assert await read(alone, roamer, SHANGHAI) == {**_IN_ZHEJIANG, "city": None, "reason": "waiting"}
        assert slug_of(await report(alone, roamer, background=True)) == "background-location-consent-missing"


async def test_a_session_may_report_so_often(roomy: Settings) -> None:
    async with running_api(dataclasses.replace(roomy, locations_burst=3)) as strict:
        session = await log_in(strict, await make_person(strict))
        await agree(strict, session)
        answers = [await report(strict, session) for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert int(answers[-1].headers["retry-after"]) >= 1
