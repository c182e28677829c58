"""Taking a consent to positions back erases what was found by it, whatever is under way at that moment."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from api.services import now
from app.database import transaction
from app.people import store
from app.people.merging import gather_messages, merge
from app.roaming import forgetting
from app.roaming.remembering import Memory
from app.settings import Settings
from push.inbox import InboxChannel
from push.lane import LEASE_MARGIN_SECONDS
from push.notices import Notice
from tests.api.harness import Api, Session, log_in, make_person, running_api, slug_of
from tests.api.locations import (
    JIAXING,
    SHANGHAI,
    agree,
    before,
    come_home,
    disagree,
    list_crossings,
    list_keys,
    list_notices,
    read,
    report,
    travel,
)
from tests.api.rights_harness import end_grace, erase, open_export, request_deletion


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


async def hold_of(api: Api, session: Session) -> dict[str, int]:
    """How much there is, and where, that says where somebody was; what waits to be settled is not counted."""
    pool, resident_id = api.services.pool, session.person.resident_id
    messages = "SELECT count(*) FROM messages WHERE recipient = $1 AND topic = 'roaming.arrived'"
    return {
        "crossings": len(await list_crossings(api, session)),
        "notices": len(await list_notices(api, session)),
        "messages": await pool.fetchval(messages, resident_id),
        "keys": len(await list_keys(api, session)),
    }


_NOTHING = {"crossings": 0, "notices": 0, "messages": 0, "keys": 0}


async def deliver(api: Api, session: Session) -> None:
    """What the worker does with the resident's notices; they stay in the outbox, as they do for days."""
    pool, resident_id = api.services.pool, session.person.resident_id
    rows = await pool.fetch(
        "SELECT routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at "
        "FROM outbox WHERE recipient = $1 AND topic = 'roaming.arrived'",
        resident_id,
    )
    await InboxChannel(pool, now=now).deliver_many([Notice(**row) for row in rows])


async def settle(api: Api) -> int:
    """What the worker does a while after consents have ended."""
    return await forgetting.settle_ends(api.services.pool, api.services.roaming.memory, now() + 2 * forgetting.SETTLED)


@pytest.mark.parametrize("kind", ["location", "location-background"])
async def test_withdrawing_erases_what_was_found(api: Api, roamer: Session, kind: str) -> None:
    await agree(api, roamer, "location-background")
    await travel(api, roamer)
    await deliver(api, roamer)
    assert await hold_of(api, roamer) == {"crossings": 1, "notices": 1, "messages": 1, "keys": 2}
    await disagree(api, roamer, kind)
    assert await hold_of(api, roamer) == _NOTHING
    refused = await report(api, roamer, background=True)
    missing = "location-consent-missing" if kind == "location" else "background-location-consent-missing"
    assert slug_of(refused) == missing
    if kind == "location-background":
        assert (await read(api, roamer, JIAXING))["crossing"] is None
    assert await settle(api) >= 1
    left = "SELECT count(*) FROM roaming_ends WHERE resident_id = $1"
    assert await api.services.pool.fetchval(left, roamer.person.resident_id) == 0


async def test_the_background_ends_with_what_it_rests_on(api: Api, roamer: Session) -> None:
    await agree(api, roamer, "location-background")
    await disagree(api, roamer, "location")
    listed = (await api.get("/v1/me/consents", by=roamer)).json()["items"]
    states = {one["kind"]: one["state"] for one in listed}
    assert (states["location"], states["location-background"]) == ("withdrawn", "withdrawn")
    await agree(api, roamer, "location")
    assert slug_of(await report(api, roamer, background=True)) == "background-location-consent-missing"


@pytest.mark.parametrize("kind", ["location", "location-background"])
async def test_what_a_server_whose_clock_is_ahead_has_recorded_is_erased_too(
    api: Api, roamer: Session, kind: str
) -> None:
    await agree(api, roamer, "location-background")
    await travel(api, roamer)
    await deliver(api, roamer)
    for table, column, whose in (
        ("crossings", "recorded_at", "subject_no = (SELECT subject_no FROM residents WHERE resident_id = $1)"),
        ("outbox", "created_at", "recipient = $1"),
        ("messages", "created_at", "recipient = $1"),
    ):
        await api.services.pool.execute(
            f"UPDATE {table} SET {column} = now() + interval '3 minutes' WHERE {whose}", roamer.person.resident_id
        )
    await disagree(api, roamer, kind)
    assert await hold_of(api, roamer) == _NOTHING


async def test_who_agreed_at_a_server_of_before_agrees_once_more(api: Api, roamer: Session) -> None:
    """It noted the consent alone."""
    await api.services.pool.execute("DELETE FROM roamers WHERE resident_id = $1", roamer.person.resident_id)
    assert slug_of(await report(api, roamer)) == "location-consent-missing"
    await agree(api, roamer)
    assert (await read(api, roamer))["province"] == "31"


async def test_agreeing_again_begins_anew(api: Api, roamer: Session) -> None:
    await travel(api, roamer)
    await disagree(api, roamer)
    await agree(api, roamer)
    assert await read(api, roamer, JIAXING, at=before(200)) == {
        "province": "33",
        "city": "330400",
        "roaming": True,
        "crossing": None,
    }
    assert await list_crossings(api, roamer) == []
    await settle(api)
    assert (await read(api, roamer, JIAXING))["province"] == "33"


Between = Callable[[], Awaitable[None]]


class _Interrupted(Memory):
    """Lets something happen between what a report has read and what it writes, once."""

    def __init__(self, memory: Memory, between: Between) -> None:
        self._memory = memory
        self._between: Between | None = between

    async def recall(self, *who: Any) -> Any:
        return await self._memory.recall(*who)

    async def forget(self, *who: Any) -> bool:
        return await self._memory.forget(*who)

    async def replace(self, *what: Any) -> bool:
        if self._between is not None:
            between, self._between = self._between, None
            await between()
        return await self._memory.replace(*what)


@pytest.mark.parametrize("remembered", [True, False])
@pytest.mark.parametrize("kind", ["location", "location-background"])
async def test_a_report_under_way_brings_nothing_back(
    api: Api, roamer: Session, monkeypatch: pytest.MonkeyPatch, kind: str, *, remembered: bool
) -> None:
    """Whether a state was there to be replaced, or is written for the first time."""
    await agree(api, roamer, "location-background")
    if remembered:
        await read(api, roamer, SHANGHAI, at=before(60), background=True)
    desk = api.services.roaming
    interrupted = _Interrupted(desk.memory, lambda: disagree(api, roamer, kind))
    services = api.services
    changed = msgspec.structs.replace(services, roaming=msgspec.structs.replace(desk, memory=interrupted))
    monkeypatch.setattr(api.litestar.state, "services", changed)
    answer = await report(api, roamer, background=True)
    monkeypatch.undo()
    assert slug_of(answer).endswith("location-consent-missing")
    assert await hold_of(api, roamer) == _NOTHING


@pytest.mark.parametrize("kind", ["location", "location-background"])
async def test_a_crossing_under_way_is_recorded_before_or_never(api: Api, roamer: Session, kind: str) -> None:
    """Whichever comes first, nothing is left of it."""
    await agree(api, roamer, "location-background")
    await read(api, roamer, SHANGHAI, at=before(3000))
    await read(api, roamer, JIAXING, at=before(2000))
    deciding = [asyncio.create_task(report(api, roamer, JIAXING, at=before(1700), background=True)) for _ in range(3)]
    await asyncio.gather(disagree(api, roamer, kind), *deciding)
    assert await hold_of(api, roamer) == _NOTHING


async def test_a_notice_that_a_worker_holds_is_gone_after_a_while(api: Api, roamer: Session) -> None:
    """It was claimed before the withdrawal, and comes into the inbox after it."""
    await travel(api, roamer)
    pool, resident_id = api.services.pool, roamer.person.resident_id
    row = await pool.fetchrow(
        "SELECT data, created_at FROM outbox WHERE recipient = $1 AND topic = 'roaming.arrived'", resident_id
    )
    assert row is not None
    held = timedelta(seconds=2 * InboxChannel(pool, now=now).deadline + LEASE_MARGIN_SECONDS)
    assert held < forgetting.SETTLED
    await disagree(api, roamer)
    await pool.execute(
        "INSERT INTO messages (recipient, message_id, topic, data, created_at, delivered_at) "
        "VALUES ($1, $2, 'roaming.arrived', $3, $4, now())",
        resident_id,
        uuid4(),
        row["data"],
        row["created_at"],
    )
    assert (await hold_of(api, roamer))["messages"] == 1
    await settle(api)
    assert await hold_of(api, roamer) == _NOTHING


async def test_valkey_is_asked_until_it_has_forgotten(
    api: Api, roamer: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    await travel(api, roamer)
    keys = await list_keys(api, roamer)
    memory = api.services.roaming.memory

    async def away(*_: Any) -> bool:
        return False

    with monkeypatch.context() as patched:
        patched.setattr(Memory, "forget", away)
        await disagree(api, roamer)
        await settle(api)
        assert await list_keys(api, roamer) == keys
    assert memory is api.services.roaming.memory
    await settle(api)
    assert await list_keys(api, roamer) == []


async def test_an_export_shows_crossings_and_erasing_leaves_none(api: Api, roamer: Session) -> None:
    await travel(api, roamer)
    exported = open_export((await api.get("/v1/me/export", by=roamer)).content)
    [crossing] = exported.data["crossings"]
    assert (crossing["from_province"], crossing["to_province"], crossing["seen_by"]) == ("31", "33", "fix")
    assert (await request_deletion(api, roamer)).status_code == 202
    await end_grace(api, roamer.person.resident_id)
    assert await erase(api, roamer.person.resident_id)
    await settle(api)
    assert await hold_of(api, roamer) == _NOTHING
    left = "SELECT count(*) FROM roamers WHERE resident_id = $1"
    assert await api.services.pool.fetchval(left, roamer.person.resident_id) == 0


async def test_an_account_that_became_a_part_of_another_leaves_none(api: Api, roamer: Session) -> None:
    await travel(api, roamer)
    pool, resident_id = api.services.pool, roamer.person.resident_id
    other = await make_person(api)
    await pool.execute(
        "INSERT INTO mergers (resident_id, merged_id, merged_subject_no, merged_at) "
        "SELECT $1, resident_id, subject_no, now() FROM residents WHERE resident_id = $2",
        other.resident_id,
        resident_id,
    )
    await forgetting.forget_merged_roamers(pool, now())
    await settle(api)
    assert await hold_of(api, roamer) == _NOTHING
    assert slug_of(await report(api, roamer)) == "location-consent-missing"


async def test_crossings_are_forgotten_in_time_but_for_the_last(
    api: Api, roamer: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stays abroad for longer than crossings are kept is abroad still, whatever Valkey has lost."""
    monkeypatch.setattr(forgetting, "_PAGE", 1)
    pool, kept = api.services.pool, timedelta(days=api.services.settings.crossings_days)
    await travel(api, roamer, since=3500)
    await come_home(api, roamer, since=1400)
    await read(api, roamer, JIAXING, at=before(300))
    await read(api, roamer, JIAXING, at=before(50))
    await forgetting.forget_crossings(pool, now(), kept=kept)
    assert len(await list_crossings(api, roamer)) == 3
    await forgetting.forget_crossings(pool, now() + kept, kept=kept)
    assert await list_crossings(api, roamer) == [("31", "33", "fix", False)]
    await api.services.valkey.delete(*await list_keys(api, roamer))
    assert (await read(api, roamer, SHANGHAI))["province"] == "33"


async def test_two_accounts_of_one_person_leave_nothing_that_a_withdrawal_would_not_find(
    api: Api, roamer: Session
) -> None:
    """The other has not agreed to positions: what this one was told of does not become theirs."""
    await travel(api, roamer)
    await deliver(api, roamer)
    other = await log_in(api, await make_person(api))
    pool = api.services.pool
    residents = [await store.get_resident(pool, one) for one in (roamer.person.resident_id, other.person.resident_id)]
    assert residents[0] is not None
    assert residents[1] is not None
    async with transaction(pool) as db:
        await merge(db, api.services.vault, residents[0], residents[1], now())
    await deliver(api, roamer)
    await gather_messages(pool, now())
    await forgetting.forget_merged_roamers(pool, now())
    await settle(api)
    assert await hold_of(api, roamer) == _NOTHING
    assert await hold_of(api, other) == _NOTHING
