"""An accepted scan at a venue in another province is a crossing: of the holder's own code, and of those who agreed."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncGenerator
from datetime import timedelta
from uuid import UUID

import pytest

from api.services import now
from app.roaming import witnessing
from app.roaming.witnessing import Sighting, follow_scans, witness_scan
from app.settings import Settings
from tests.api.harness import Api, Gate, Session, issue_code, log_in, make_gate, make_person, running_api, scan
from tests.api.locations import (
    JIAXING,
    SHANGHAI,
    agree,
    before,
    come_home,
    list_crossings,
    list_keys,
    list_notices,
    read,
    travel,
)

_AFTER = timedelta(seconds=3)
"""The worker stays a little behind."""


@pytest.fixture(scope="module")
async def api(roomy: Settings) -> AsyncGenerator[Api]:
    """An application that takes positions of the last hour, so that a journey has room in the past."""
    async with running_api(dataclasses.replace(roomy, roaming_age_most=3600, locations_burst=1000)) as running:
        yield running


@pytest.fixture
async def roamer(api: Api) -> Session:
    session = await log_in(api, await make_person(api))
    await agree(api, session)
    return session


@pytest.fixture(scope="module")
async def away(api: Api) -> Gate:
    """A scanner in Jiaxing."""
    gate = await make_gate(api)
    await api.services.pool.execute("UPDATE venues SET adcode = '330402' WHERE venue_id = $1", gate.venue_id)
    return gate


async def follow(api: Api, later: timedelta = _AFTER) -> None:
    await api.services.pool.execute(
        "UPDATE projections SET until_at = $1 WHERE projection = 'roaming-scans'", now() - timedelta(seconds=5)
    )
    await follow_scans(api.services.roaming, now() + later)


async def show(api: Api, session: Session, gate: Gate) -> UUID:
    response = await scan(api, gate, await issue_code(api, session))
    assert response.status_code == 201, response.text
    return UUID(response.json()["scan_id"])


async def test_it_is_recorded_and_told_once(api: Api, roamer: Session, away: Gate) -> None:
    await show(api, roamer, away)
    for _ in range(2):
        await follow(api)
    assert await list_crossings(api, roamer) == [("31", "33", "scan", True)]
    [notice] = await list_notices(api, roamer)
    assert (notice["province"], notice["from_province"], notice["source"]) == ("33", "31", "scan")
    await show(api, roamer, away)
    await follow(api)
    assert len(await list_crossings(api, roamer)) == 1


async def test_phones_begin_again_from_it(api: Api, roamer: Session, away: Gate) -> None:
    await read(api, roamer, SHANGHAI, at=before(1500))
    await show(api, roamer, away)
    await follow(api)
    assert (await read(api, roamer, JIAXING))["crossing"] is None
    assert (await read(api, roamer, JIAXING, at=before(-10)))["roaming"] is True
    assert len(await list_crossings(api, roamer)) == 1


async def test_a_scan_at_home_brings_home_in_quiet(api: Api, roamer: Session) -> None:
    await travel(api, roamer)
    await show(api, roamer, await make_gate(api))
    await follow(api)
    assert await list_crossings(api, roamer) == [("31", "33", "fix", True), ("33", "31", "scan", False)]
    assert len(await list_notices(api, roamer)) == 1
    assert (await read(api, roamer, SHANGHAI, at=before(-10)))["roaming"] is False


async def test_who_did_not_agree_is_not_told_of(api: Api, resident: Session, away: Gate) -> None:
    await show(api, resident, away)
    await follow(api)
    assert (await list_crossings(api, resident), await list_notices(api, resident)) == ([], [])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE accesses SET form = 'paper' WHERE access_id = $1",
        "UPDATE accesses SET kind = 'enterprise' WHERE access_id = $1",
        (
            "INSERT INTO access_marks (subject_no, access_id, mark, marked_at, marked_by) "
            "SELECT subject_no, access_id, 'annulled', now(), access_id FROM accesses WHERE access_id = $1"
        ),
        "UPDATE accesses SET scanned_at = now() - interval '2 hours' WHERE access_id = $1",
    ],
)
async def test_what_others_may_have_shown_or_is_told_late_counts_for_nothing(
    api: Api, roamer: Session, away: Gate, change: str
) -> None:
    await api.services.pool.execute(change, await show(api, roamer, away))
    await follow(api)
    assert await list_crossings(api, roamer) == []


async def test_what_is_told_late_stands_before_nobody(
    api: Api, roamer: Session, away: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal of hours ago, more of it than are looked at in one turn."""
    monkeypatch.setattr(witnessing, "_AT_ONCE", 1)
    other = await log_in(api, await make_person(api))
    await agree(api, other)
    await api.services.pool.execute(
        "UPDATE accesses SET scanned_at = now() - interval '2 hours' WHERE access_id = $1", await show(api, other, away)
    )
    await show(api, roamer, away)
    for _ in range(2):
        await follow(api)
    assert await list_crossings(api, roamer) == [("31", "33", "scan", True)]
    assert await list_crossings(api, other) == []


async def test_a_position_after_it_speaks_against_what_a_scanner_tells_late(
    api: Api, roamer: Session, away: Gate
) -> None:
    access_id = await show(api, roamer, away)
    await api.services.pool.execute(
        "UPDATE accesses SET scanned_at = now() - interval '20 minutes' WHERE access_id = $1", access_id
    )
    await read(api, roamer, SHANGHAI, at=before(60))
    await follow(api)
    assert await list_crossings(api, roamer) == []


async def test_a_scan_before_the_last_crossing_changes_nothing(api: Api, roamer: Session) -> None:
    await travel(api, roamer)
    await come_home(api, roamer)
    subject_no = await api.services.pool.fetchval(
        "SELECT subject_no FROM residents WHERE resident_id = $1", roamer.person.resident_id
    )
    told_late = Sighting(subject_no, "33", before(900))
    assert not await witness_scan(api.services.roaming, told_late, now())
    assert len(await list_crossings(api, roamer)) == 2
    assert len(await list_keys(api, roamer)) == 2
