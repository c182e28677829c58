"""A registry's notice makes whoever holds the licence due, once, and tells nobody who that is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

import msgspec
import pytest

from app.database import Pool
from app.errors import InvalidError
from app.identity.calling import to_milliseconds
from app.licences.model import Standing
from app.licences.noticing import LicenceNotice, NoticeOutcome, SignedHeaders, receive_notice
from app.licences.registries import Registry
from app.licences.registry import sign
from app.licences.syncing import sync_wallet
from app.platforms.errors import CallbackSignatureInvalidError, CallbackStaleError
from app.sealing import Vault
from app.settings import Settings
from tests.app.licences.registers import Keeper, Registers, make_keeper, running_registers


@pytest.fixture
async def registers(settings: Settings, pool: Pool, vault: Vault) -> AsyncGenerator[Registers]:
    async with running_registers(settings, pool, vault) as running:
        yield running


@pytest.fixture
async def keeper(registers: Registers) -> Keeper:
    keeper = await make_keeper(registers.pool, registers.desk.vault)
    registers.issue(keeper.code)
    await registers.open_wallet(keeper.holder)
    await sync_wallet(registers.desk, keeper.id, registers.clock.now)
    return keeper


def traffic(registers: Registers) -> Registry:
    return registers.desk.registries.require("traffic")


def write(registers: Registers, keeper: Keeper) -> bytes:
    (entry,) = registers.stand_in.files.list_of(keeper.code) or []
    return msgspec.json.encode(LicenceNotice(entry.licence.zzbs, registers.clock.now))


def sign_headers(
    registers: Registers, body: bytes, *, at: datetime | None = None, operation: str = "notice"
) -> SignedHeaders:
    entry, moment = traffic(registers).entry, to_milliseconds(at or registers.clock.now)
    return SignedHeaders(entry.requester, moment, sign(entry.key, operation, entry.requester, moment, body))


async def receive(registers: Registers, headers: SignedHeaders, body: bytes) -> NoticeOutcome:
    desk = registers.desk
    return await receive_notice(desk.pool, desk.vault, traffic(registers), headers, body, registers.clock.now)


async def read_due_at(registers: Registers, keeper: Keeper) -> datetime:
    due_at: datetime = await registers.pool.fetchval("SELECT sync_due_at FROM wallets WHERE holder_id = $1", keeper.id)
    return due_at


async def test_a_notice_shows_what_has_changed(registers: Registers, keeper: Keeper) -> None:
    (entry,) = registers.stand_in.files.list_of(keeper.code) or []
    registers.clock.now += timedelta(hours=2)
    registers.change(entry.licence, standing_code="04")
    body = write(registers, keeper)
    assert await receive(registers, sign_headers(registers, body), body) is NoticeOutcome.KEPT
    asked = len(registers.server.requests)
    settled = await sync_wallet(registers.desk, keeper.id, registers.clock.now)  # others' may be due as well
    assert [one.source for one in settled] == ["traffic"]
    assert await registers.read_standings(keeper.id) == {"driving-licence": Standing.REVOKED}
    paths = [path for path, _ in registers.server.requests[asked:]]
    assert not any("population" in path for path in paths), "the others are left alone"


async def test_one_notice_is_done_once(registers: Registers, keeper: Keeper) -> None:
    registers.clock.now += timedelta(hours=2)
    body = write(registers, keeper)
    headers = sign_headers(registers, body)
    outcomes = await asyncio.gather(*(receive(registers, headers, body) for _ in range(4)))
    assert sorted(outcomes) == [NoticeOutcome.KEPT, *[NoticeOutcome.REPEATED] * 3]
    assert await read_due_at(registers, keeper) == registers.clock.now


async def test_of_a_licence_that_nobody_holds_nothing_is_said(registers: Registers, keeper: Keeper) -> None:
    due_at = await read_due_at(registers, keeper)
    body = msgspec.json.encode(LicenceNotice("1.2.156.3005.2.nobody", registers.clock.now))
    assert await receive(registers, sign_headers(registers, body), body) is NoticeOutcome.UNKNOWN
    assert await read_due_at(registers, keeper) == due_at


async def test_another_registry_says_nothing_of_this_ones_licences(registers: Registers, keeper: Keeper) -> None:
    desk, body = registers.desk, write(registers, keeper)
    other = desk.registries.require("population")
    headers = sign_headers(registers, body)
    outcome = await receive_notice(desk.pool, desk.vault, other, headers, body, registers.clock.now)
    assert outcome is NoticeOutcome.UNKNOWN


@pytest.mark.parametrize("change", ["requester", "time", "signature", "body", "operation"])
async def test_a_notice_that_is_forged_is_refused(registers: Registers, keeper: Keeper, change: str) -> None:
    body = write(registers, keeper)
    headers = sign_headers(registers, body, operation="query" if change == "operation" else "notice")
    if change == "body":
        body += b" "
    elif change != "operation":
        headers = msgspec.structs.replace(headers, **{change: f"{getattr(headers, change)}1"})
    with pytest.raises(CallbackSignatureInvalidError):
        await receive(registers, headers, body)


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_notice_of_another_time_is_refused(registers: Registers, keeper: Keeper, minutes: int) -> None:
    body = write(registers, keeper)
    at = registers.clock.now + timedelta(minutes=minutes)
    with pytest.raises(CallbackStaleError):
        await receive(registers, sign_headers(registers, body, at=at), body)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"identifier": 1}', b"\xff"])
async def test_what_is_no_notice_is_refused(registers: Registers, body: bytes) -> None:
    with pytest.raises(InvalidError):
        await receive(registers, sign_headers(registers, body), body)
