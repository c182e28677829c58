"""Wallets follow the registries: what is told is kept, what is gone is ended, and nothing is lost while one is down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import msgspec
import pytest

from app.database import Pool, transaction
from app.development.mishaps import Mishap
from app.licences import source_store, syncing
from app.licences.holding import LicenceDesk, list_licences
from app.licences.importing import import_licences
from app.licences.model import HolderKind, Licence, Standing
from app.licences.rules import retry_after
from app.licences.sources import SourceStanding, list_source_states, mark_due
from app.licences.syncing import NO_CODE, sync_wallet
from app.licences.types import read_shipped
from app.sealing import Vault
from app.settings import Settings
from tests.app.licences.registers import (
    NOW,
    Keeper,
    Registers,
    invent_id_number,
    make_keeper,
    running_registers,
    write_ndjson,
)

WAITS_FOR = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"


@pytest.fixture
async def registers(settings: Settings, pool: Pool, vault: Vault) -> AsyncGenerator[Registers]:
    async with running_registers(settings, pool, vault) as running:
        yield running


@pytest.fixture
async def keeper(registers: Registers) -> Keeper:
    return await make_keeper(registers.pool, registers.desk.vault)


async def list_held(registers: Registers, keeper: Keeper) -> list[Licence]:
    return await list_licences(LicenceDesk(registers.pool, registers.desk.vault), keeper.holder, registers.clock.now)


async def sync(registers: Registers, keeper: Keeper, *, after: timedelta = timedelta(0)) -> Any:
    registers.clock.now += after
    await registers.open_wallet(keeper.holder)
    return await sync_wallet(registers.desk, keeper.id, registers.clock.now)


async def read_topics(registers: Registers, keeper: Keeper) -> list[dict[str, Any]]:
    rows = await registers.pool.fetch(
        "SELECT data FROM outbox WHERE recipient = $1 AND topic = 'licence.changed' ORDER BY created_at", keeper.id
    )
    return [row["data"] for row in rows]


async def test_opening_a_wallet_fills_it(registers: Registers, keeper: Keeper) -> None:
    told = registers.issue(keeper.code, "driving-licence")
    registers.issue(keeper.code, "resident-identity-card")
    assert await list_held(registers, keeper) == []
    settled = await sync(registers, keeper)
    assert sorted((one.source, one.entered) for one in settled) == [("population", 1), ("traffic", 1)]
    held = {one.type.id: one for one in await list_held(registers, keeper)}
    licence = held["driving-licence"]
    assert licence.content.identifier == told.zzbs
    assert licence.content.fields["licence_number"] == told.zzbh
    assert licence.content.fields["photo"].startswith("iVBOR"), "its picture was taken"
    assert (licence.standing, str(licence.valid_until), licence.changed_at) == (
        Standing.VALID,
        told.zzyxqjzrq,
        told.bgsj,
    )
    assert all(keeper.code not in str(request) for request in registers.server.requests), "no address has the number"
    assert {len(purpose) > 0 for purpose in registers.stand_in.purposes} == {True}
    assert await read_topics(registers, keeper) == [], "what is new to a wallet is not news of a change"


async def test_what_is_said_again_is_as_old_as_that_and_no_news(registers: Registers, keeper: Keeper) -> None:
    for type_id in ("driving-licence", "vehicle-licence", "resident-identity-card"):
        registers.issue(keeper.code, type_id)
    await sync(registers, keeper)
    before = await list_held(registers, keeper)
    settled = await sync(registers, keeper, after=timedelta(days=1))
    assert [(one.entered, one.delays) for one in settled] == [(0, [])] * 2
    said_again = [msgspec.structs.replace(one, fetched_at=registers.clock.now) for one in before]
    assert await list_held(registers, keeper) == said_again
    assert await read_topics(registers, keeper) == []


async def test_a_picture_is_taken_once(registers: Registers, keeper: Keeper) -> None:
    told = registers.issue(keeper.code)
    await sync(registers, keeper)
    registers.change(told, kz=told.kz | {"KZ_LJJF": "6"})
    await sync(registers, keeper, after=timedelta(minutes=2))
    (licence,) = await list_held(registers, keeper)
    assert licence.content.fields["points"] == "6"
    assert licence.content.fields["photo"].startswith("iVBOR")
    assert [path for path, _ in registers.server.requests if path.endswith("/download")] == [
        "/v1/development/licence-registries/traffic/download"
    ]


@pytest.mark.parametrize(
    ("code", "standing"),
    [
        ("01", Standing.REISSUED),
        ("02", Standing.EXPIRED),
        ("03", Standing.CANCELLED),
        ("04", Standing.REVOKED),
        ("05", Standing.WITHDRAWN),
        ("09", Standing.OTHER),
        ("77", Standing.OTHER),
    ],
)
async def test_what_becomes_of_a_licence_shows_and_is_told(
    registers: Registers, keeper: Keeper, code: str, standing: Standing
) -> None:
    told = registers.issue(keeper.code)
    await sync(registers, keeper)
    (before,) = await list_held(registers, keeper)
    registers.change(told, standing_code=code)
    settled = await sync(registers, keeper, after=timedelta(minutes=2))
    (after,) = await list_held(registers, keeper)
    assert (after.licence_id, after.licence_no, after.standing) == (before.licence_id, before.licence_no, standing)
    assert [delay for one in settled for delay in one.delays] == [timedelta(minutes=3)]
    (said,) = await read_topics(registers, keeper)
    assert (said["licence_id"], said["standing"]) == (str(before.licence_id), standing.value)
    ended_at = await registers.pool.fetchval("SELECT ended_at FROM licences WHERE holder_id = $1", keeper.id)
    assert ended_at == registers.clock.now, "what was made of it is found by this"
    registers.change(told, standing_code="10")
    await sync(registers, keeper, after=timedelta(minutes=2))
    assert (await registers.read_standings(keeper.id)) == {"driving-licence": Standing.VALID}
    assert await registers.pool.fetchval("SELECT ended_at FROM licences WHERE holder_id = $1", keeper.id) is None


async def test_what_a_registry_tells_no_more_is_ended_and_stays(registers: Registers, keeper: Keeper) -> None:
    told = registers.issue(keeper.code)
    registers.issue(keeper.code, "vehicle-licence")
    await sync(registers, keeper)
    registers.drop(told)
    await sync(registers, keeper, after=timedelta(minutes=2))
    standings = await registers.read_standings(keeper.id)
    assert standings == {"driving-licence": Standing.OTHER, "vehicle-licence": Standing.VALID}
    registers.issue(keeper.code, "driving-licence", serial=told.zzbh[1:], bgsj=told.bgsj)
    await sync(registers, keeper, after=timedelta(minutes=2))
    assert (await registers.read_standings(keeper.id))["driving-licence"] is Standing.VALID, "its old word counts again"


async def test_what_only_an_old_file_says_is_over(registers: Registers, tmp_path: Path) -> None:
    """A registry that can be asked tells all that there is; its files were a beginning."""
    keeper = await make_keeper(registers.pool, registers.desk.vault, code=invent_id_number())
    told = registers.issue(keeper.code)
    await sync(registers, keeper)
    path = write_ndjson(tmp_path / "old.ndjson", [told])
    traffic = next(one.entry for one in registers.desk.registries.serving(HolderKind.RESIDENT) if one.id == "traffic")
    standing = await import_licences(
        registers.pool, registers.desk.vault, path, traffic, "ndjson", now=registers.clock, tell=lambda *_: None
    )
    assert standing.entered == 1
    registers.drop(told)
    registers.stand_in.fail_next(10, Mishap(code="503"))
    await sync(registers, keeper, after=timedelta(minutes=2))
    assert await registers.read_standings(keeper.id) == {"driving-licence": Standing.VALID}, "nothing was heard"
    registers.stand_in.recover()
    await sync(registers, keeper, after=timedelta(minutes=2))
    assert await registers.read_standings(keeper.id) == {"driving-licence": Standing.OTHER}


async def test_the_one_that_took_its_place_makes_it_reissued(registers: Registers, keeper: Keeper) -> None:
    told = registers.issue(keeper.code)
    await sync(registers, keeper)
    registers.drop(told)
    renewed = registers.issue(keeper.code, version=2, serial=told.zzbh[1:], zzyxqjzrq=told.zzyxqjzrq)
    await sync(registers, keeper, after=timedelta(minutes=2))
    held = {one.content.identifier: one.standing for one in await list_held(registers, keeper)}
    assert held == {told.zzbs: Standing.REISSUED, renewed.zzbs: Standing.VALID}


async def test_one_that_is_another_holders_now_is_not_good(registers: Registers, keeper: Keeper) -> None:
    told = registers.issue(keeper.code, "vehicle-licence")
    await sync(registers, keeper)
    registers.drop(told)
    registers.issue("310101198001010011", "vehicle-licence", serial=told.zzbh[1:])
    await sync(registers, keeper, after=timedelta(minutes=2))
    assert await registers.read_standings(keeper.id) == {"vehicle-licence": Standing.OTHER}


@pytest.mark.parametrize("mishap", [Mishap(code="500"), Mishap(close=True), Mishap(code="401"), Mishap(delay=1.0)])
async def test_while_a_registry_is_down_nothing_is_lost(registers: Registers, keeper: Keeper, mishap: Mishap) -> None:
    registers.issue(keeper.code)
    await sync(registers, keeper)
    registers.stand_in.fail_next(20, mishap)
    registers.clock.now += timedelta(minutes=2)
    await sync(registers, keeper)
    assert await registers.read_standings(keeper.id) == {"driving-licence": Standing.VALID}
    states = await list_source_states(registers.pool, registers.desk.registries, keeper.holder, registers.clock.now)
    assert {(one.source, one.state, one.synced_at) for one in states} == {
        ("population", SourceStanding.UNREACHABLE, NOW),
        ("traffic", SourceStanding.UNREACHABLE, NOW),
    }
    asked = len(registers.server.requests)
    await sync(registers, keeper, after=timedelta(seconds=5))
    assert len(registers.server.requests) == asked, "opening the wallet does not hasten a registry that is down"


async def test_a_registry_that_stays_down_is_asked_in_growing_waits(registers: Registers, keeper: Keeper) -> None:
    registers.stand_in.fail_next(1000, Mishap(code="400"))
    waits: list[timedelta] = []
    await registers.open_wallet(keeper.holder)
    for _ in range(4):
        await sync_wallet(registers.desk, keeper.id, registers.clock.now)
        due_at = await registers.pool.fetchval("SELECT sync_due_at FROM wallets WHERE holder_id = $1", keeper.id)
        waits.append(due_at - registers.clock.now)
        registers.clock.now = due_at
    assert waits == [retry_after(0), retry_after(1), retry_after(2), retry_after(3)]
    assert waits == sorted(set(waits))
    registers.stand_in.recover()
    registers.issue(keeper.code)
    await sync_wallet(registers.desk, keeper.id, registers.clock.now)
    assert await registers.read_standings(keeper.id) == {"driving-licence": Standing.VALID}


async def test_an_unfit_licence_ends_none_of_the_others(registers: Registers, keeper: Keeper) -> None:
    first = registers.issue(keeper.code)
    gone = registers.issue(keeper.code, "vehicle-licence")
    await sync(registers, keeper)
    registers.change(first, zzbs="1.2.156.3005.2.forged", standing_code="04")
    registers.drop(gone)
    await sync(registers, keeper, after=timedelta(minutes=2))
    standings = await registers.read_standings(keeper.id)
    assert standings == {"driving-licence": Standing.VALID, "vehicle-licence": Standing.VALID}


async def test_a_picture_that_is_not_there_keeps_no_other_licence_from_being_told(
    registers: Registers, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    registers.issue(keeper.code)
    registers.issue(keeper.code, "vehicle-licence")
    monkeypatch.setattr(registers.stand_in.files, "take", lambda *_: None)
    settled = {one.source: one for one in await sync(registers, keeper)}
    assert (settled["traffic"].failure, settled["traffic"].entered) == (None, 1)
    assert await registers.read_standings(keeper.id) == {"vehicle-licence": Standing.VALID}


async def test_a_kind_that_was_withdrawn_ends_no_licence(
    registers: Registers, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    registers.issue(keeper.code)
    registers.issue(keeper.code, "vehicle-licence")
    await sync(registers, keeper)
    before = await registers.read_standings(keeper.id)
    left = {type_id: kind for type_id, kind in read_shipped().items() if type_id != "driving-licence"}
    monkeypatch.setattr(syncing, "get_types", AsyncMock(return_value=left))
    await sync(registers, keeper, after=timedelta(minutes=2))
    assert await registers.read_standings(keeper.id) == before, "its registry was not asked, and has said nothing"
    assert await read_topics(registers, keeper) == []


async def test_many_workers_never_bring_one_wallet_up_to_date_at_once(registers: Registers, keeper: Keeper) -> None:
    registers.issue(keeper.code)
    await registers.open_wallet(keeper.holder)
    settled = await asyncio.gather(*(sync_wallet(registers.desk, keeper.id, registers.clock.now) for _ in range(8)))
    assert sum(bool(one) for one in settled) == 1
    assert sum(path.endswith("/traffic/query") for path, _ in registers.server.requests) == 1


async def test_what_is_heard_while_a_wallet_is_claimed_is_asked_about_after(
    registers: Registers, keeper: Keeper
) -> None:
    await sync(registers, keeper)
    later, until = registers.clock.now + timedelta(minutes=1), registers.clock.now + timedelta(minutes=6)
    await registers.open_wallet(keeper.holder)
    claimed = await source_store.claim_wallet(registers.pool, keeper.id, later, until)
    assert claimed is not None
    async with transaction(registers.pool) as db:
        await mark_due(db, [keeper.id], "traffic", later + timedelta(seconds=1))
    assert await sync_wallet(registers.desk, keeper.id, later + timedelta(seconds=2)) == [], "another has it"
    await source_store.release_wallet(registers.pool, keeper.id, until, later + timedelta(days=1))
    (settled,) = await sync_wallet(registers.desk, keeper.id, later + timedelta(seconds=3))
    assert settled.source == "traffic", "and the other registry, of which nothing was heard, is left alone"


@pytest.mark.parametrize("heard", [False, True], ids=["opened", "heard-of"])
async def test_whoever_makes_a_wallet_due_and_whoever_fills_it_never_wait_for_each_other(
    registers: Registers, keeper: Keeper, *, heard: bool
) -> None:
    await sync(registers, keeper)
    now = registers.clock.now = registers.clock.now + timedelta(minutes=2)

    async def make_due() -> None:
        if not heard:
            return await registers.open_wallet(keeper.holder)
        async with transaction(registers.pool) as db:
            return await mark_due(db, [keeper.id], "traffic", now)

    async with transaction(registers.pool) as filling:
        assert await source_store.hold_wallet(filling, keeper.id)
        holding = await filling.fetchval("SELECT pg_backend_pid()")
        making_due = asyncio.create_task(make_due())
        async with asyncio.timeout(30):
            while not await registers.pool.fetchval(WAITS_FOR, holding):  # noqa: ASYNC110  only the database knows
                await asyncio.sleep(0.01)
        await source_store.note_success(filling, keeper.id, "traffic", now=now, due_at=now + timedelta(days=1))
    await making_due
    assert await sync_wallet(registers.desk, keeper.id, now), "it is due"


async def test_a_worker_that_is_killed_leaves_its_wallet_to_others(registers: Registers, keeper: Keeper) -> None:
    registers.issue(keeper.code)
    await registers.open_wallet(keeper.holder)
    until = registers.clock.now + timedelta(minutes=5)
    assert await source_store.claim_wallet(registers.pool, keeper.id, registers.clock.now, until) is not None
    assert await sync_wallet(registers.desk, keeper.id, until - timedelta(seconds=1)) == []
    assert len(await sync_wallet(registers.desk, keeper.id, until)) == 2


async def test_wallets_are_kept_in_step_while_they_are_opened(registers: Registers, keeper: Keeper) -> None:
    await sync(registers, keeper)
    due_at = await registers.pool.fetchval("SELECT sync_due_at FROM wallets WHERE holder_id = $1", keeper.id)
    assert due_at == registers.clock.now + timedelta(hours=24)
    registers.clock.now += timedelta(days=31)
    assert len(await sync_wallet(registers.desk, keeper.id, registers.clock.now)) == 2
    row = await registers.pool.fetchrow("SELECT sync_due_at FROM wallets WHERE holder_id = $1", keeper.id)
    assert row is not None
    assert row["sync_due_at"] is None, "nobody has opened it for a month"
    assert len(await sync(registers, keeper, after=timedelta(days=1))) == 2, "until somebody does"


async def test_whoever_is_not_verified_any_more_has_no_wallet(registers: Registers, keeper: Keeper) -> None:
    registers.issue(keeper.code)
    await sync(registers, keeper)
    await registers.pool.execute("UPDATE residents SET verified_at = NULL WHERE resident_id = $1", keeper.id)
    await sync(registers, keeper, after=timedelta(minutes=2))
    for table in ("wallets", "wallet_sources", "licences", "licence_lookups"):
        assert await registers.pool.fetchval(f"SELECT count(*) FROM {table} WHERE holder_id = $1", keeper.id) == 0


async def test_a_resident_without_an_id_number_cannot_be_asked_about(registers: Registers, keeper: Keeper) -> None:
    await registers.pool.execute("UPDATE residents SET sealed_id_number = NULL WHERE resident_id = $1", keeper.id)
    settled = await sync(registers, keeper)
    assert {one.failure for one in settled} == {NO_CODE}
    assert registers.server.requests == []


async def test_an_answer_about_somebody_else_is_none(registers: Registers, keeper: Keeper) -> None:
    told = registers.issue("310101198001010022")
    entry = registers.stand_in.files.find(told.zzbs)
    assert entry is not None
    registers.stand_in.files.write(keeper.code, [entry])
    settled = await sync(registers, keeper)
    assert {one.source: one.failure for one in settled} == {"traffic": "provider-unavailable", "population": None}
    assert await registers.read_standings(keeper.id) == {}


def test_waits_grow_to_an_hour() -> None:
    waits = [retry_after(failures) for failures in range(12)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=30), timedelta(hours=1))


def test_nothing_of_a_licence_is_printed(registers: Registers) -> None:
    told = registers.issue("310101198001010033")
    assert "310101198001010033" not in repr(told)
    assert "310101198001010033" not in repr(msgspec.structs.replace(told))
