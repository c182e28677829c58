"""What nobody can be asked about any more keeps its age, and is good for a stated time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.database import Connection, Pool
from app.licences import source_store
from app.licences.holding import LicenceDesk, list_licences
from app.licences.model import HolderKind, Standing
from app.licences.registries import Registries, Registry
from app.licences.settling import Settled
from app.licences.sources import Heard, SourceStanding, describe_sources, list_source_states
from app.licences.syncing import SyncDesk, sync_wallet
from app.measuring.changes import measure_changes
from app.sealing import Vault
from app.settings import Settings
from tests.app.licences.registers import Keeper, Registers, make_keeper, running_registers

_LEFT_AFTER = timedelta(days=30)


@pytest.fixture
async def registers(settings: Settings, pool: Pool, vault: Vault) -> AsyncGenerator[Registers]:
    async with running_registers(settings, pool, vault) as running:
        yield running


@pytest.fixture
async def keeper(registers: Registers) -> Keeper:
    """With a licence of two registries, just told of."""
    found = await make_keeper(registers.pool, registers.desk.vault)
    registers.issue(found.code, "driving-licence")
    registers.issue(found.code, "resident-identity-card")
    await sync(registers, registers.desk, found)
    return found


async def sync(
    registers: Registers, desk: SyncDesk, keeper: Keeper, *, after: timedelta = timedelta(0)
) -> list[Settled]:
    registers.clock.now += after
    await registers.open_wallet(keeper.holder)
    return await sync_wallet(desk, keeper.id, registers.clock.now)


def take_out(registers: Registers, *gone: str, kinds: Iterable[str] = ()) -> SyncDesk:
    """A worker whose settings have no such registries, or no such kinds."""
    left = [one for one in registers.desk.registries.serving(HolderKind.RESIDENT) if one.id not in gone]
    return msgspec.structs.replace(registers.desk, registries=Registries(_without(one, set(kinds)) for one in left))


def _without(one: Registry, kinds: set[str]) -> Registry:
    types = {type_id: code for type_id, code in one.entry.types.items() if type_id not in kinds}
    return msgspec.structs.replace(one, entry=msgspec.structs.replace(one.entry, types=types))


async def read_states(registers: Registers, desk: SyncDesk, keeper: Keeper) -> dict[str, SourceStanding]:
    now = registers.clock.now
    return {one.source: one.state for one in await list_source_states(desk.pool, desk.registries, keeper.holder, now)}


async def list_told(registers: Registers, keeper: Keeper) -> list[dict[str, Any]]:
    sql = "SELECT data FROM outbox WHERE recipient = $1 AND topic = 'licence.changed' ORDER BY created_at"
    return [row["data"] for row in await registers.pool.fetch(sql, keeper.id)]


async def test_what_was_told_last_is_good_with_its_age_and_then_unconfirmed(
    registers: Registers, keeper: Keeper
) -> None:
    told_at, desk = registers.clock.now, take_out(registers, "traffic")
    assert {one.source for one in await sync(registers, desk, keeper, after=_LEFT_AFTER - timedelta(days=1))} == {
        "population"
    }
    assert (await registers.read_standings(keeper.id))["driving-licence"] is Standing.VALID
    assert (await read_states(registers, desk, keeper))["traffic"] is SourceStanding.LEFT
    licences = await list_licences(LicenceDesk(desk.pool, desk.vault), keeper.holder, registers.clock.now)
    assert {one.fetched_at for one in licences if one.type.id == "driving-licence"} == {told_at}
    assert await list_told(registers, keeper) == []

    settled = await sync(registers, desk, keeper, after=timedelta(days=1))
    assert [(one.source, one.unconfirmed) for one in settled if not one.is_joined] == [("traffic", 1)]
    standings = await registers.read_standings(keeper.id)
    assert standings == {"driving-licence": Standing.UNCONFIRMED, "resident-identity-card": Standing.VALID}
    assert [(one["licence_type"], one["standing"]) for one in await list_told(registers, keeper)] == [
        ("driving-licence", "unconfirmed")
    ]
    assert "traffic" not in await read_states(registers, desk, keeper), "nothing is left to be said of it"
    assert [one.source for one in await sync(registers, desk, keeper, after=timedelta(days=1))] == ["population"]
    assert len(await list_told(registers, keeper)) == 1, "once"


async def test_a_registry_that_is_joined_again_says_how_each_stands(registers: Registers, keeper: Keeper) -> None:
    await sync(registers, take_out(registers, "traffic"), keeper, after=_LEFT_AFTER)
    assert (await registers.read_standings(keeper.id))["driving-licence"] is Standing.UNCONFIRMED
    await sync(registers, registers.desk, keeper, after=timedelta(minutes=1))
    assert (await registers.read_standings(keeper.id))["driving-licence"] is Standing.VALID
    assert (await read_states(registers, registers.desk, keeper))["traffic"] is SourceStanding.CURRENT


async def test_a_kind_that_a_registry_has_no_more_is_as_one_without_a_registry(
    registers: Registers, keeper: Keeper
) -> None:
    desk = take_out(registers, kinds=["driving-licence"])
    await sync(registers, desk, keeper, after=timedelta(days=1))
    assert (await registers.read_standings(keeper.id))["driving-licence"] is Standing.VALID
    await sync(registers, desk, keeper, after=_LEFT_AFTER)
    assert (await registers.read_standings(keeper.id))["driving-licence"] is Standing.UNCONFIRMED
    assert (await read_states(registers, desk, keeper))["traffic"] is SourceStanding.CURRENT


async def test_a_wallet_without_its_registries_is_due_when_a_licence_ends_and_never_in_between(
    registers: Registers, keeper: Keeper
) -> None:
    desk = take_out(registers, "traffic", "population")
    told_at = registers.clock.now
    due = "SELECT sync_due_at FROM wallets WHERE holder_id = $1"
    await sync(registers, desk, keeper, after=timedelta(days=2))
    assert await desk.pool.fetchval(due, keeper.id) == told_at + _LEFT_AFTER
    assert await sync_wallet(desk, keeper.id, registers.clock.now) == [], (
        "what it was once asked about makes nothing due"
    )
    settled = await sync_wallet(desk, keeper.id, told_at + _LEFT_AFTER)
    assert {one.source: one.unconfirmed for one in settled} == {"traffic": 1, "population": 1}
    assert await desk.pool.fetchval(due, keeper.id) is None
    assert await read_states(registers, desk, keeper) == {}


def test_of_a_source_that_left_before_it_was_ever_heard_nothing_is_said(registers: Registers) -> None:
    """Nothing is shown of it, and nobody asks it any more: it would be waited for in vain."""
    now, desk = registers.clock.now, take_out(registers)
    known = {"left": Heard(now, now, None), "silent": Heard(now, None, "provider-unavailable")}
    states = describe_sources(desk.registries, HolderKind.RESIDENT, known, now)
    assert [one.source for one in states if one.state is SourceStanding.LEFT] == ["left"]


async def test_a_wallet_of_which_all_are_asked_is_not_held_once_more(
    registers: Registers, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each day each wallet would be locked for nothing."""
    held: list[UUID] = []
    hold_wallet = source_store.hold_wallet

    async def note_held(db: Connection, holder_id: UUID) -> bool:
        held.append(holder_id)
        return await hold_wallet(db, holder_id)

    monkeypatch.setattr(source_store, "hold_wallet", note_held)
    settled = await sync(registers, registers.desk, keeper, after=timedelta(days=2))
    assert held == [keeper.id] * len(settled)


def test_what_ended_so_is_counted_and_is_no_question() -> None:
    settled = [Settled("traffic", is_joined=False, unconfirmed=2), Settled("population")]
    assert measure_changes(settled) == {"licences.unconfirmed.traffic": 2.0, "registries.asked.population": 1.0}
