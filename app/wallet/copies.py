"""Annotated copies (加注件): a holder makes one for somebody and a purpose, sees if it was checked, takes it back.

The copy itself is printed when it is downloaded (copy_printing.py) and stored nowhere.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.credentials.desk import begin_after, hold_alive
from app.database import Connection, Executor, Pool, Record, transaction
from app.errors import NotFoundError
from app.identifiers import new_id
from app.licences.holding import Holder, open_key, require_good, require_holder, require_key, require_licence
from app.licences.model import HolderKind, Licence, Standing
from app.licences.rules import may_see
from app.licences.sources import note_use
from app.licences.standings import Stood, list_standings
from app.licences.types import get_types
from app.people.model import ResidentCaller
from app.people.quotas import require_quota
from app.people.standing import require_control, require_trust
from app.people.telling import tell
from app.sealing import DataKey
from app.wallet import copy_store as store
from app.wallet.copy_model import Copy, CopyDesk, CopyOrder, IssuedCopy, StoredCopy
from app.wallet.copy_rules import last_moment, stands_at
from codes import base64url

ORDER = "copy order"
"""What sealed orders are bound to."""
DOWNLOAD_LIFE = timedelta(minutes=10)
_SECRET_BYTES = 24
_DAY = timedelta(hours=24)
_KEPT = timedelta(days=90)
"""After its end: its holder may still ask who had it checked."""
_HIGHEST_ID = UUID(int=2**128 - 1)


async def issue_copy(
    desk: CopyDesk,
    caller: ResidentCaller,
    licence_id: UUID,
    order: CopyOrder,
    *,
    days: int,
    delegation_id: UUID | None,
    now: datetime,
) -> IssuedCopy:
    """Makes a copy that can be downloaded once, of a licence that is good; its holder is told.

    Raises LicenceNotGoodError, TooManyRequestsError, and what require_holder and require_licence do.
    """
    holder = await require_holder(desk.pool, caller, delegation_id, now)
    await note_use(desk.licences, holder, now)
    licence = require_good(await require_licence(desk.licences, holder, licence_id, now))
    await require_quota(desk.pool, desk.vault, f"licence-copy:{caller.resident_id}", desk.copies_daily, _DAY, now)
    token = _Token.draw(new_id())
    async with transaction(desk.pool) as db:
        await require_trust(db, caller, now)
        copy = await _insert(db, desk, holder, licence, order, token.copy_id, days, now)
        until = now + DOWNLOAD_LIFE
        await store.insert_lookup(db, copy, token_hash=token.hash, token_expires_at=until)
        said = {"copy_id": copy.copy_id, "licence_type": copy.type_id, "at": now}
        await tell(db, holder.subject_no, caller.resident_id, "copy.issued", said, now)
    return IssuedCopy(copy.copy_id, token.text, until, copy.expires_at)


async def _insert(
    db: Connection,
    desk: CopyDesk,
    holder: Holder,
    licence: Licence,
    order: CopyOrder,
    copy_id: UUID,
    days: int,
    now: datetime,
) -> StoredCopy:
    standing = await hold_alive(db, holder.subject_no, now)
    key = await require_key(db, desk.vault, holder.holder_id, holder.kind, now)
    copy = StoredCopy(
        holder_id=holder.holder_id,
        copy_id=copy_id,
        holder_kind=holder.kind.value,
        licence_id=licence.licence_id,
        type_id=licence.type.id,
        issued_by=holder.resident_id,
        subject_no=holder.subject_no,
        sealed_order=key.seal(msgspec.json.encode(order).decode(), ORDER),
        issued_at=begin_after(now, standing.papers_valid_from),
        expires_at=last_moment(now, days, licence.valid_until, standing.ends_at),
        sealed_print=None,
        digest=None,
        printed_at=None,
        checks=0,
        checked_at=None,
        revoked_at=None,
    )
    await store.insert_copy(db, copy)
    return copy


class _Token(msgspec.Struct, frozen=True):
    """What downloads a copy: its number, which leads to it, and a secret."""

    copy_id: UUID
    text: str

    @classmethod
    def draw(cls, copy_id: UUID) -> _Token:
        return cls(copy_id, base64url.encode(copy_id.bytes + os.urandom(_SECRET_BYTES)))

    @property
    def hash(self) -> bytes:
        return hash_token(self.text)


def hash_token(token: str) -> bytes:
    """As it is stored: who reads the table downloads nothing."""
    return hashlib.sha256(token.encode()).digest()


def read_copy_id(token: str) -> UUID | None:
    """Which copy a token is of; None where it is no token."""
    try:
        raw = base64url.decode(token)
    except ValueError:
        return None
    return UUID(bytes=raw[:16]) if len(raw) == 16 + _SECRET_BYTES else None


async def list_copies(
    desk: CopyDesk,
    caller: ResidentCaller,
    delegation_id: UUID | None,
    *,
    before: UUID | None,
    limit: int,
    now: datetime,
) -> list[Copy]:
    """Those of the wallet, the newest first, of licences that the caller may see."""
    holder = await require_holder(desk.pool, caller, delegation_id, now)
    held = await list_standings(desk.pool, await get_types(desk.pool), holder.holder_id, now)
    visible = {one.licence_id: one for one in held if may_see(one.type, holder.scopes, holder.kind)}
    # What somebody acts for a company in, they see; a resident sees all of their own, be the licence gone.
    of_licences = None if holder.kind is HolderKind.RESIDENT else list(visible)
    stored = await store.list_copies(
        desk.pool, holder.holder_id, before=before or _HIGHEST_ID, of_licences=of_licences, limit=limit
    )
    key = await open_key(desk.pool, desk.vault, holder.holder_id, holder.kind)
    if key is None or not stored:
        return []
    good_from = await list_good_from(desk.pool, {one.subject_no for one in stored})
    return [_show(one, key, visible.get(one.licence_id), good_from.get(one.subject_no), now) for one in stored]


def _show(stored: StoredCopy, key: DataKey, licence: Stood | None, good_from: datetime | None, now: datetime) -> Copy:
    order = open_order(key, stored)
    is_good = licence is not None and licence.standing is Standing.VALID
    return Copy(
        copy_id=stored.copy_id,
        licence_id=stored.licence_id,
        licence_type=stored.type_id,
        requester=order.requester,
        purpose=order.purpose,
        issued_at=stored.issued_at,
        valid_until=stored.expires_at,
        printed_at=stored.printed_at,
        state=stands_at(stored, now, good_from=good_from, licence_is_good=is_good),
        checks=stored.checks,
        checked_at=stored.checked_at,
    )


def open_order(key: DataKey, stored: StoredCopy) -> CopyOrder:
    """For whom and for what it was made."""
    return msgspec.json.decode(key.open(stored.sealed_order, ORDER), type=CopyOrder)


async def find_stood(desk: CopyDesk, copy: StoredCopy, now: datetime) -> Stood | None:
    """How the licence that it is a copy of stands now; None where its registry took it away."""
    held = await list_standings(desk.pool, await get_types(desk.pool), copy.holder_id, now)
    return next((one for one in held if one.licence_id == copy.licence_id), None)


async def list_good_from(db: Executor, subject_nos: Collection[int]) -> Mapping[int, datetime]:
    """Since when copies of each subject are good: a lock moves it on; one that has ended or rests is left out."""
    return {row["subject_no"]: row["good_from"] for row in await store.list_good_from(db, sorted(subject_nos))}


async def revoke_copy(
    desk: CopyDesk, caller: ResidentCaller, copy_id: UUID, delegation_id: UUID | None, now: datetime
) -> None:
    """Whoever checks it from now on is told that it is revoked; once more does no harm. Raises NotFoundError."""
    holder = await require_holder(desk.pool, caller, delegation_id, now)
    await _require_seen(desk, holder, copy_id, now)
    async with transaction(desk.pool) as db:
        await require_control(db, caller, now)
        if await store.claim_revoking(db, holder.holder_id, copy_id, now):
            said = {"copy_id": copy_id, "at": now}
            await tell(db, holder.subject_no, caller.resident_id, "copy.revoked", said, now)


async def _require_seen(desk: CopyDesk, holder: Holder, copy_id: UUID, now: datetime) -> None:
    """Raises NotFoundError for a copy that is none of the wallet's, or of a licence beyond what the caller may see."""
    copy = await store.get_copy(desk.pool, holder.holder_id, copy_id)
    if copy is None:
        raise NotFoundError
    if holder.kind is HolderKind.COMPANY:
        await require_licence(desk.licences, holder, copy.licence_id, now)


async def list_for_export(db: Executor, key: DataKey, holder_id: UUID) -> list[Mapping[str, object]]:
    """A resident's copies, in the clear."""
    return [_export(key, row) for row in await store.list_for_export(db, holder_id)]


def _export(key: DataKey, row: Record) -> Mapping[str, object]:
    kept = {name: value for name, value in row.items() if name != "sealed_order"}
    order = msgspec.json.decode(key.open(row["sealed_order"], ORDER), type=CopyOrder)
    return {**kept, "requester": order.requester, "purpose": order.purpose}


async def forget_copies(db: Connection, holder_id: UUID) -> None:
    """Those of whoever leaves."""
    await store.delete_copies(db, holder_id)


async def forget_ended_copies(pool: Pool, now: datetime) -> None:
    """Deletes what was over three months ago."""
    await store.purge(pool, now - _KEPT)
