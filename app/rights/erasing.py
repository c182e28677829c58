"""Erasing who has left: the key first, then all that it opened, then the accesses; the chained log stays sound.

Each step is a transaction that is as good the second time as the first, so a worker that is killed begins again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from app.audit import erase_accesses, record_act
from app.database import FAULTS, Connection, Pool, transaction
from app.enterprises.leaving import leave_companies
from app.licences.exporting import forget_wallet
from app.people.bindings import end_all, forget_bindings, list_named_subject_nos
from app.people.caring import end_all_care, forget_care
from app.people.endings import ending
from app.people.guardians import withdraw_all
from app.platforms.receiving import forget_account
from app.rights import erasing_store, store
from app.rights.model import Holder, Merged
from app.rights.opening import open_phones, open_platform_accounts
from app.rights.retaining import retain
from app.roaming.agreeing import end_roaming
from app.sealing import Vault
from app.wallet.copies import forget_copies
from app.wallet.presentation_exporting import forget_requests
from codes import KeyRing

log = structlog.get_logger()

_AT_ONCE = 50
"""Residents a page of the worker's list."""
_FIRST = datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0)


class Eraser(msgspec.Struct, frozen=True):
    """What erasing takes."""

    pool: Pool
    vault: Vault
    ring: KeyRing
    kept: timedelta
    """For how long what law has kept is kept."""


async def erase_due(eraser: Eraser, now: datetime) -> int:
    """Erases whose days of grace are over; answers with how many.

    Page by page to the end: those who wait for a role to be taken over, or fail, keep nobody behind them waiting.
    """
    erased, after = 0, _FIRST
    while due := await erasing_store.list_due(eraser.pool, now, after=after, limit=_AT_ONCE):
        for deletion in due:
            erased += await _try_to_erase(eraser, deletion.resident_id, now)
        after = due[-1].due_at, due[-1].resident_id
    return erased


async def _try_to_erase(eraser: Eraser, resident_id: UUID, now: datetime) -> bool:
    """One that fails, or takes too long, is logged and comes again; a database that is away ends the round."""
    try:
        return await erase_resident(eraser, resident_id, now)
    except Exception as failure:
        if isinstance(failure, FAULTS) and not isinstance(failure, TimeoutError):
            raise
        log.exception("resident.not-erased", resident_id=str(resident_id))
        return False


async def erase_resident(eraser: Eraser, resident_id: UUID, now: datetime) -> bool:
    """Erases one whose deletion is due; False where it was taken back, waits for a role, or another worker did it."""
    if not await _destroy_key(eraser, resident_id, now):
        return False
    merged = await store.list_merged(eraser.pool, resident_id)
    for account in [resident_id, *(one.resident_id for one in merged)]:
        async with transaction(eraser.pool) as db:
            await erasing_store.free_lookups(db, account)
            await erasing_store.delete_own(db, account)
    subject_no = await _require_subject(eraser.pool, resident_id)
    bound = await list_named_subject_nos(eraser.pool, resident_id)
    for number in [subject_no, *(one.subject_no for one in merged), *bound]:
        await _erase_subject(eraser, number, now)
    async with transaction(eraser.pool) as db:
        await forget_bindings(db, resident_id)
        await forget_care(db, resident_id)
        for account in [resident_id, *(one.resident_id for one in merged)]:
            await forget_copies(db, account)
            await forget_requests(db, account)
            await forget_wallet(db, account)
        await erasing_store.delete_mergers(db, resident_id)
        is_first = await erasing_store.mark_erased(db, resident_id, now)
        if is_first:
            await record_act(db, resident_id, "account.erased", resident_id, now)
    log.info("resident.erased", resident_id=str(resident_id))
    return is_first


async def _destroy_key(eraser: Eraser, resident_id: UUID, now: datetime) -> bool:
    """From here on there is no way back: what law has kept is sealed apart, and the key is gone."""
    async with ending(eraser.pool) as db:
        await store.hold(db, resident_id)
        deletion = await erasing_store.hold_deletion(db, resident_id, now)
        if deletion is None:
            return False
        if deletion.key_destroyed_at is not None:
            return True
        if await erasing_store.get_merged_into(db, resident_id) is not None:
            await erasing_store.drop_deletion(db, resident_id)
            return False
        if await store.list_roles(db, resident_id) or await store.manages_venues(db, resident_id):
            log.warning("resident.erasure-waits", resident_id=str(resident_id))
            return False
        holder = await store.get_holder(db, resident_id)
        if holder is not None:
            await leave_companies(db, resident_id, now)
            await end_all_care(db, resident_id, now)
            await end_all(db, resident_id, now)
            await withdraw_all(db, eraser.vault, resident_id, now)  # while their key still says for which children
            await end_roaming(db, holder.subject_no, resident_id, now)
            await _empty(db, eraser, holder, await store.list_merged(db, resident_id), now)
        await erasing_store.mark_destroyed(db, resident_id, now)
    return True


async def _empty(db: Connection, eraser: Eraser, holder: Holder, merged: Sequence[Merged], now: datetime) -> None:
    vault = eraser.vault
    key = vault.open_data_key(holder.wrapped_key, holder.resident_id)
    logins = await erasing_store.list_logins(db, holder.resident_id)
    own = [key.open(holder.sealed_phone, "phone")] if holder.sealed_phone else []
    phones = sorted({*own, *open_phones(key, logins)})
    for one in open_platform_accounts(key, logins):
        await forget_account(db, vault, platform=one.platform, app_id=one.app_id, open_id=one.open_id)
    await retain(db, vault, holder, phones, now=now, kept_until=now + eraser.kept)
    await erasing_store.end_subject(db, holder.subject_no, now)
    indexes = [index for phone in phones for index in vault.indexes("phone", phone)]
    challenges = await erasing_store.forget_challenges(db, indexes)
    await erasing_store.forget_texts(db, [one.int >> 65 for one in challenges], challenges)
    for account in [holder.resident_id, *(one.resident_id for one in merged)]:
        await erasing_store.empty_resident(db, account, now)


async def _require_subject(pool: Pool, resident_id: UUID) -> int:
    subject_no = await erasing_store.get_subject_no(pool, resident_id)
    assert subject_no is not None  # noqa: S101  the row of a resident is never deleted
    return subject_no


async def _erase_subject(eraser: Eraser, subject_no: int, now: datetime) -> None:
    """The accesses and all about them. One that has none needs no entry in the log to say that they are gone."""
    async with transaction(eraser.pool) as db:
        await erasing_store.end_subject(db, subject_no, now)
        await erasing_store.delete_about_subject(db, subject_no)
        if await erasing_store.has_accesses(db, subject_no):
            await erase_accesses(db, eraser.ring, subject_no, now)
