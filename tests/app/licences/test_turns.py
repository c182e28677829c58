"""Whose wallet is brought up to date next, and that a registry which hangs holds up nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import cast

import msgspec
import pytest

from app.database import Pool, transaction
from app.licences.gates import Gate
from app.licences.model import Standing
from app.licences.registries import Registries, Registry
from app.licences.registry import Answer, HolderCode, LicenceRegistry
from app.licences.settling import Settled
from app.licences.sources import mark_due
from app.licences.turns import Turns
from app.sealing import Vault
from app.settings import Settings
from tests.app.licences.registers import Keeper, Registers, make_keeper, running_registers

UNAVAILABLE = "provider-unavailable"


class Hanging:
    """A registry that takes what it is asked, and answers once it is let: it knows nothing of anybody."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers = asyncio.Event()

    async def close(self) -> None:
        """Holds nothing open."""

    async def query(self, holder: HolderCode, *_args: object, **_said: object) -> Answer:
        self.asked.append(holder.code)
        await self.answers.wait()
        return Answer([], 0)

    async def verify(self, *_args: object, **_said: object) -> None:
        raise AssertionError("nothing of it is held")

    async def download(self, *_args: object, **_said: object) -> bytes:
        raise AssertionError("it tells of no file")


@pytest.fixture
async def registers(settings: Settings, pool: Pool, vault: Vault) -> AsyncGenerator[Registers]:
    await pool.execute("UPDATE wallets SET sync_due_at = NULL")  # others' would take their turns as well
    async with running_registers(settings, pool, vault) as running:
        yield running


async def make_due(registers: Registers, *, ago: timedelta = timedelta(0), hastened: bool = True) -> Keeper:
    """Somebody with a driving licence and an identity card, whose wallet is due since then."""
    keeper = await make_keeper(registers.pool, registers.desk.vault)
    for type_id in ("driving-licence", "resident-identity-card"):
        registers.issue(keeper.code, type_id)
    await registers.open_wallet(keeper.holder)
    await registers.pool.execute(
        "UPDATE wallets SET sync_due_at = $2, hastened_at = CASE WHEN $3 THEN hastened_at END WHERE holder_id = $1",
        keeper.id,
        registers.clock.now - ago,
        hastened,
    )
    return keeper


def with_hanging(registers: Registers, gate: Gate) -> tuple[Registers, Hanging]:
    """The same registries, of which that of driving licences hangs."""
    hanging = Hanging()
    traffic = registers.desk.registries.require("traffic")
    others = [registers.desk.registries.require(name) for name in ("population", "market")]
    registries = Registries([Registry(traffic.entry, cast("LicenceRegistry", hanging), gate), *others])
    desk = msgspec.structs.replace(registers.desk, registries=registries)
    return msgspec.structs.replace(registers, desk=desk), hanging


async def take(turns: Turns, registers: Registers, count: int) -> list[Settled]:
    """Rounds until so many sources were asked, however busy the machine is."""
    settled: list[Settled] = []
    async with asyncio.timeout(30):
        while len(settled) < count:
            settled += await turns.take(registers.clock.now)
            await asyncio.sleep(0.01)
    return settled


async def read_failures(registers: Registers, keeper: Keeper) -> dict[str, str | None]:
    """Of each source that was heard, or tried in vain."""
    rows = await registers.pool.fetch("SELECT source, failure FROM wallet_sources WHERE holder_id = $1", keeper.id)
    return {row["source"]: row["failure"] for row in rows}


async def test_a_round_brings_up_to_date_all_that_are_due(registers: Registers) -> None:
    """Though more are due than it has under way at once."""
    keepers = [await make_due(registers) for _ in range(5)]
    settled = await take(Turns(registers.desk, at_once=2), registers, 10)
    assert sorted(one.source for one in settled) == ["population"] * 5 + ["traffic"] * 5
    assert all([await registers.read_standings(one.id) for one in keepers])


async def test_for_whom_somebody_waits_comes_first(registers: Registers) -> None:
    """However long the others have been due: who opens their wallet, and of whom a notice told."""
    registers, traffic = with_hanging(registers, Gate())
    traffic.answers.set()
    daily = [await make_due(registers, ago=timedelta(hours=1), hastened=False) for _ in range(2)]
    told, opened = await make_due(registers, hastened=False), await make_due(registers)
    async with transaction(registers.pool) as db:
        await mark_due(db, [daily[0].id], "traffic", registers.clock.now)  # by a file, which hastens nobody
        await mark_due(db, [told.id], "traffic", registers.clock.now, hastened=True)
    await take(Turns(registers.desk, at_once=1), registers, 8)
    assert set(traffic.asked[:2]) == {told.code, opened.code}
    assert set(traffic.asked[2:]) == {one.code for one in daily}


async def is_hastened(registers: Registers, keeper: Keeper) -> bool:
    statement = "SELECT hastened_at IS NOT NULL FROM wallets WHERE holder_id = $1"
    return bool(await registers.pool.fetchval(statement, keeper.id))


async def test_who_opens_a_wallet_again_while_it_is_asked_about_comes_first_again(registers: Registers) -> None:
    registers, traffic = with_hanging(registers, Gate())
    keeper, daily = await make_due(registers), await make_due(registers, ago=timedelta(hours=1), hastened=False)
    turns = Turns(registers.desk, at_once=1)
    async with asyncio.timeout(30):
        round_ = asyncio.create_task(turns.take(registers.clock.now))
        while not traffic.asked:  # noqa: ASYNC110  the stand-in has no bell
            await asyncio.sleep(0.01)
        registers.clock.now += timedelta(minutes=1)
        await registers.open_wallet(keeper.holder)
        traffic.answers.set()
        settled = await round_
        assert await is_hastened(registers, keeper)
        while await is_hastened(registers, keeper):
            settled += await turns.take(registers.clock.now)
        await take(turns, registers, 4 - len(settled))
    assert traffic.asked == [keeper.code, daily.code], "the first is asked anew by nobody: it answered a moment ago"


async def test_a_registry_that_hangs_holds_up_nobody_else(registers: Registers) -> None:
    registers, traffic = with_hanging(registers, Gate(at_once=1, patience=0.05))
    turns = Turns(registers.desk, at_once=8)
    first = [await make_due(registers) for _ in range(3)]
    settled = await take(turns, registers, 4)
    assert [await registers.read_standings(one.id) for one in first] == [{"resident-identity-card": Standing.VALID}] * 3
    assert len(traffic.asked) == 1, "so many ask it at once, and no more"
    assert sorted(one.source for one in settled) == ["population", "population", "traffic", "traffic"]
    later = await make_due(registers)
    await take(turns, registers, 2)
    assert await read_failures(registers, later) == {"population": None, "traffic": UNAVAILABLE}
    traffic.answers.set()
    rest = await take(turns, registers, 2)
    assert {one.source: one.failure for one in rest} == {"traffic": None, "population": None}, "nothing of it is lost"


async def test_a_registry_has_so_long_for_one_wallet(registers: Registers) -> None:
    registers, _ = with_hanging(registers, Gate(longest=0.05))
    keeper = await make_due(registers)
    await take(Turns(registers.desk), registers, 2)
    assert await read_failures(registers, keeper) == {"population": None, "traffic": UNAVAILABLE}
    due_at = await registers.pool.fetchval("SELECT sync_due_at FROM wallets WHERE holder_id = $1", keeper.id)
    assert due_at == registers.clock.now + timedelta(seconds=30), "and is asked again in growing waits"


async def test_what_is_under_way_ends_with_the_worker(registers: Registers) -> None:
    registers, traffic = with_hanging(registers, Gate())
    await make_due(registers)
    turns = Turns(registers.desk)
    async with asyncio.timeout(30):
        while not traffic.asked:
            await turns.take(registers.clock.now)
        await turns.close()
    assert len(traffic.asked) == 1
