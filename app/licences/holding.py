"""Whose wallet it is, and the licences in it, opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self, TypeVar
from uuid import UUID

import msgspec

from app.database import Executor, Pool
from app.enterprises.showing import get_shown
from app.errors import NotFoundError
from app.licences import store
from app.licences.errors import LicenceNotGoodError
from app.licences.model import Content, HeldLicence, HolderKind, Licence, Standing
from app.licences.rules import may_see
from app.licences.standings import Stood, list_standings
from app.licences.types import get_types
from app.people.bindings import require_shown
from app.people.model import BindingKind, ResidentCaller
from app.people.profiles import open_resident_key
from app.people.rules import require_verified
from app.sealing import DataKey, Vault
from codes import Kind

T = TypeVar("T", Licence, Stood)

CONTENT = "licence"
"""What sealed contents are bound to."""


class LicenceDesk(msgspec.Struct, frozen=True):
    """What using licences takes."""

    pool: Pool
    vault: Vault


class Holder(msgspec.Struct, frozen=True):
    """Whose wallet is used, and by whom: a resident's own, or a company's by somebody who may act for it."""

    holder_id: UUID
    kind: HolderKind
    resident_id: UUID
    """Whoever uses it."""
    subject_no: int
    """What is shown of it is shown as: the resident's own subject, or the binding's to the company."""
    code_kind: Kind
    binding_id: UUID | None = None
    scopes: tuple[str, ...] = ()
    """Of a company's: what they may act in."""

    @classmethod
    def own(cls, resident_id: UUID, subject_no: int) -> Self:
        """A resident's own wallet."""
        return cls(resident_id, HolderKind.RESIDENT, resident_id, subject_no, Kind.PERSONAL)


async def require_holder(db: Executor, caller: ResidentCaller, delegation_id: UUID | None, now: datetime) -> Holder:
    """The caller's own wallet, or the company's for which they act by `delegation_id`; raises BindingEndedError.

    Wallets are for verified residents on trusted installations alone: raises what require_verified does.
    """
    require_verified(caller)
    if delegation_id is None:
        return Holder.own(caller.resident_id, caller.subject_no)
    return await require_company(db, caller.resident_id, delegation_id, now)


async def require_company(db: Executor, resident_id: UUID, delegation_id: UUID, now: datetime) -> Holder:
    """A company's wallet, by whoever may act for it at this moment; raises BindingEndedError, BindingRestsError."""
    shown = await require_shown(db, resident_id, BindingKind.ENTERPRISE, delegation_id, now)
    company_id = shown.principal_id
    mandate = await get_shown(db, company_id, delegation_id)
    if mandate is None:
        raise NotFoundError
    scopes = tuple(mandate.scopes)
    return Holder(
        company_id,
        HolderKind.COMPANY,
        resident_id,
        shown.subject_no,
        Kind.ENTERPRISE,
        binding_id=delegation_id,
        scopes=scopes,
    )


async def open_key(db: Executor, vault: Vault, holder_id: UUID, kind: HolderKind) -> DataKey | None:
    """The key that a holder's licences are sealed under; None where there is none: erased, or no wallet yet."""
    if kind is HolderKind.COMPANY:
        wrapped = await store.get_wallet_key(db, holder_id)
        return vault.open_data_key(wrapped, holder_id) if wrapped else None
    return await open_resident_key(db, vault, holder_id)


async def require_key(db: Executor, vault: Vault, holder_id: UUID, kind: HolderKind, now: datetime) -> DataKey:
    """The same, and makes a wallet where there is none yet; raises NotFoundError for a resident who is gone."""
    wrapped = vault.create_data_key(holder_id)[1] if kind is HolderKind.COMPANY else None
    await store.make_wallet(db, holder_id, holder_kind=kind.value, wrapped_key=wrapped, now=now)
    key = await open_key(db, vault, holder_id, kind)
    if key is None:
        raise NotFoundError
    return key


async def list_licences(desk: LicenceDesk, holder: Holder, now: datetime) -> list[Licence]:
    """Everything in the wallet that whoever uses it may see, opened, each with the standing that it has now."""
    held = await list_standings(desk.pool, await get_types(desk.pool), holder.holder_id, now)
    visible = [one for one in held if may_see(one.type, holder.scopes, holder.kind)]
    return await list_opened(desk.pool, desk.vault, holder.holder_id, holder.kind, visible)


async def list_opened(
    db: Executor, vault: Vault, holder_id: UUID, kind: HolderKind, held: Sequence[Stood]
) -> list[Licence]:
    """What these licences of a wallet say, in their order, without those that have gone meanwhile."""
    key = await open_key(db, vault, holder_id, kind) if held else None
    if key is None:
        return []
    rows = await store.get_licences(db, holder_id, [one.licence_id for one in held])
    stored = {row.licence_id: row for row in rows}
    return [open_licence(one, key, stored[one.licence_id]) for one in held if one.licence_id in stored]


async def require_licence(desk: LicenceDesk, holder: Holder, licence_id: UUID, now: datetime) -> Licence:
    """One of them; raises NotFoundError for any other, be it somebody else's."""
    book = await get_types(desk.pool)
    held = await list_standings(desk.pool, book, holder.holder_id, now)
    return await require_opened(desk, holder, require_stood(held, holder, licence_id))


def require_stood(held: Sequence[Stood], holder: Holder, licence_id: UUID) -> Stood:
    """The one of this id, if whoever uses the wallet may see it; raises NotFoundError."""
    found = next((one for one in held if one.licence_id == licence_id), None)
    if found is None or not may_see(found.type, holder.scopes, holder.kind):
        raise NotFoundError
    return found


async def require_opened(desk: LicenceDesk, holder: Holder, stood: Stood) -> Licence:
    """What a licence says; raises NotFoundError where it, or its holder, has gone meanwhile."""
    opened = await list_opened(desk.pool, desk.vault, holder.holder_id, holder.kind, [stood])
    if not opened:
        raise NotFoundError
    return opened[0]


def require_good(licence: T) -> T:
    """Raises LicenceNotGoodError for one that is not to be relied on."""
    if licence.standing is not Standing.VALID:
        raise LicenceNotGoodError
    return licence


def open_licence(stood: Stood, key: DataKey, stored: HeldLicence) -> Licence:
    """The licence as it stands, and what it says."""
    return Licence(
        licence_id=stored.licence_id,
        licence_no=stored.licence_no,
        type=stood.type,
        source=stored.source,
        standing=stood.standing,
        valid_from=stored.valid_from,
        valid_until=stored.valid_until,
        content=msgspec.json.decode(key.open(stored.sealed_content, CONTENT), type=Content),
        content_stamp=stored.content_stamp,
        changed_at=stored.changed_at,
        fetched_at=stored.fetched_at,
    )
