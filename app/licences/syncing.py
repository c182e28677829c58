"""Bringing a wallet up to date with the registries: many workers at once, never one wallet by two of them.

    claim ─► whose it is ─► each source that is due is asked, outside of any transaction ─► kept, in one ─► release

Nothing is lost while a registry is down: what the wallet has stays, with its age, and the registry is asked again in
growing waits. What it tells no more is ended, never deleted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

import msgspec
import structlog

from app.database import Pool, transaction
from app.enterprises.asking import get_company_code
from app.errors import RefusedError
from app.licences import source_store, store
from app.licences.exporting import forget_wallet
from app.licences.gathering import Held, gather
from app.licences.holding import CONTENT, open_key
from app.licences.model import Content, HolderKind
from app.licences.registries import Registries, Registry
from app.licences.registry import HolderCode
from app.licences.rules import retry_after
from app.licences.settling import Settled, settle_gathered
from app.licences.types import get_types
from app.licences.unjoining import Unjoined, find_unjoined, settle_unjoined
from app.people.proven import get_proven
from app.sealing import DataKey, Vault

log = structlog.get_logger()

_TAKEN_FOR = timedelta(minutes=5)
"""A worker that is killed in the middle leaves its wallets to others after this long."""
NO_CODE = "holder-has-no-code"
"""Of a resident whose authority told no ID number: no registry can be asked about them."""


class SyncDesk(msgspec.Struct, frozen=True):
    """What bringing wallets up to date takes."""

    pool: Pool
    vault: Vault
    registries: Registries
    every: timedelta
    """How often each source is asked without a notice."""
    kept_for: timedelta
    """For how long after its last opening a wallet is kept up to date."""
    left_after: timedelta
    """How long after its last word a licence is good of whose registry, or kind, nobody is asked any more."""


class _Wallet(msgspec.Struct, frozen=True):
    holder_id: UUID
    kind: HolderKind
    code: HolderCode | None
    key: DataKey
    is_kept: bool


async def sync_wallet(desk: SyncDesk, holder_id: UUID, now: datetime) -> list[Settled]:
    """Asks each source of a wallet that is due; nothing where another worker has it, or it is not due."""
    until = now + _TAKEN_FOR
    claimed = await source_store.claim_wallet(desk.pool, holder_id, now, until)
    if claimed is None:
        return []
    kind = HolderKind(claimed["holder_kind"])
    wallet = await _open(desk, holder_id, kind, is_kept=claimed["opened_at"] > now - desk.kept_for)
    if wallet is None:
        async with transaction(desk.pool) as db:
            await forget_wallet(db, holder_id)
        log.info("wallets.forgotten", holder_id=str(holder_id))
        return []
    states = {row["source"]: row for row in await source_store.list_states(desk.pool, holder_id)}
    served = desk.registries.serving(kind)
    due = [one for one in served if one.id not in states or _is_due(states[one.id]["due_at"], now)]
    held = await _open_held(desk, wallet)
    failures = {source: row["failures"] for source, row in states.items()}
    asked = (_sync_source(desk, wallet, one, held.get(one.id, []), failures.get(one.id, 0), now) for one in due)
    settled = await asyncio.gather(*asked)
    unjoined = find_unjoined(desk.registries, kind, chain.from_iterable(held.values()), now - desk.left_after)
    settled += await _settle_unjoined(desk, wallet, unjoined, states.keys(), now)
    told_at = unjoined.find_next()
    await _release(desk, wallet, until, told_at and told_at + desk.left_after)
    return settled


def _is_due(due_at: datetime | None, now: datetime) -> bool:
    return due_at is not None and due_at <= now


async def _open(desk: SyncDesk, holder_id: UUID, kind: HolderKind, *, is_kept: bool) -> _Wallet | None:
    """Whose it is; None of a resident who is gone, or has not proven who they are any more: wallets are for those."""
    key = await open_key(desk.pool, desk.vault, holder_id, kind)
    if key is None:
        return None
    if kind is HolderKind.COMPANY:
        company = await get_company_code(desk.pool, holder_id)
        code = HolderCode(kind, company.code, company.name) if company else None
        return _Wallet(holder_id, kind, code, key, is_kept)
    proven = await get_proven(desk.pool, desk.vault, holder_id)
    if proven is None:
        return None
    code = HolderCode(kind, proven.id_number, proven.name or "") if proven.id_number else None
    return _Wallet(holder_id, kind, code, key, is_kept)


async def _open_held(desk: SyncDesk, wallet: _Wallet) -> dict[str, list[Held]]:
    """What is in the wallet, by its source."""
    found: dict[str, list[Held]] = {}
    for one in await store.list_licences(desk.pool, wallet.holder_id):
        content = msgspec.json.decode(wallet.key.open(one.sealed_content, CONTENT), type=Content)
        found.setdefault(one.source, []).append(Held(one, content))
    return found


async def _sync_source(
    desk: SyncDesk, wallet: _Wallet, registry: Registry, held: Sequence[Held], failures: int, now: datetime
) -> Settled:
    """Where it fails, what the wallet has of it stays."""
    if wallet.code is None:
        return await _note_failure(desk, wallet, registry, NO_CODE, now=now, due_at=now + desk.every)
    try:
        book = await get_types(desk.pool)
        async with registry.gate.enter():
            gathered = await gather(desk.pool, desk.vault, book, registry, wallet.code, held, now)
    except RefusedError as failure:
        due_at = now + retry_after(failures)
        return await _note_failure(desk, wallet, registry, failure.slug, now=now, due_at=due_at)
    async with transaction(desk.pool) as db:
        if not await source_store.hold_wallet(db, wallet.holder_id):
            return Settled(registry.id)
        settled = await settle_gathered(
            db, desk.vault, wallet.key, wallet.holder_id, wallet.kind, registry.id, gathered, now
        )
        next_at = now + desk.every if wallet.is_kept else None
        await source_store.note_success(db, wallet.holder_id, registry.id, now=now, due_at=next_at)
    return settled


async def _note_failure(
    desk: SyncDesk, wallet: _Wallet, registry: Registry, slug: str, *, now: datetime, due_at: datetime
) -> Settled:
    async with transaction(desk.pool) as db:
        if await source_store.hold_wallet(db, wallet.holder_id):
            await source_store.note_failure(db, wallet.holder_id, registry.id, now=now, failure=slug, due_at=due_at)
    return Settled(registry.id, slug)


async def _settle_unjoined(
    desk: SyncDesk, wallet: _Wallet, unjoined: Unjoined, known: Collection[str], now: datetime
) -> list[Settled]:
    """What is good no more, since nobody is asked about it; `known` are the sources that the wallet had."""
    if not unjoined.late and {one.id for one in desk.registries.serving(wallet.kind)}.issuperset(known):
        return []  # as nearly always
    async with transaction(desk.pool) as db:
        if not await source_store.hold_wallet(db, wallet.holder_id):
            return []
        return await settle_unjoined(
            db, desk.vault, wallet.key, wallet.holder_id, wallet.kind, unjoined, desk.registries, now
        )


async def _release(desk: SyncDesk, wallet: _Wallet, until: datetime, ending_at: datetime | None) -> None:
    """Due again with the first of the sources that are asked, or when the first licence of others is good no more."""
    asked = {one.id for one in desk.registries.serving(wallet.kind)}
    states = await source_store.list_states(desk.pool, wallet.holder_id)
    times = [row["due_at"] for row in states if row["source"] in asked]
    due_at = min((one for one in (*times, ending_at) if one is not None), default=None)
    await source_store.release_wallet(desk.pool, wallet.holder_id, until, due_at)
