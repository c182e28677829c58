"""Giving and taking roles, and what follows at once: tokens that bear a taken role are refused within seconds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection, Executor
from app.people import office_store, store
from app.people.holding import tell_resident
from app.people.model import Role
from app.people.rules import mask_name
from app.people.unreaching import note_endings
from app.sealing import Vault


class Holder(msgspec.Struct, frozen=True):
    """Somebody who holds roles."""

    resident_id: UUID
    masked_name: str | None
    roles: list[Role]
    has_factor: bool
    granted_at: datetime


async def give_role(db: Connection, resident_id: UUID, role: Role, *, granted_by: UUID | None, now: datetime) -> bool:
    """Grants a role and tells its new holder; False where they hold it already."""
    if role is Role.OPERATOR:
        await office_store.hold_office(db)
    if not await office_store.insert_role(db, resident_id, role, granted_by=granted_by, now=now):
        return False
    await tell_resident(db, resident_id, "staff.role-granted", {"role": role.value, "at": now}, now)
    return True


async def take_role(db: Connection, resident_id: UUID, role: Role, *, every_session: bool, now: datetime) -> bool:
    """Takes a role back, and ends the sessions whose tokens bear it; False where it was not held.

    The resident is held first: a session of staff that is just being opened would otherwise outlive the role. Where
    staff needs no second factor, an ordinary session may bear roles, so `every_session` ends.
    """
    await store.hold_resident(db, resident_id)
    if not await office_store.delete_role(db, resident_id, role):
        return False
    if every_session and not await office_store.has_factor(db, resident_id):
        ended = await store.end_sessions(db, resident_id, now=now, reason="closed")
    else:
        ended = await store.end_staff_sessions(db, resident_id, now=now, reason="closed")
    await note_endings(db, resident_id, ended, now)
    await tell_resident(db, resident_id, "staff.role-revoked", {"role": role.value, "at": now}, now)
    return True


async def hold_office(db: Connection) -> None:
    """Nobody else changes who is an operator until the transaction ends."""
    await office_store.hold_office(db)


async def has_other_operator(db: Connection, resident_id: UUID) -> bool:
    """Whether somebody else could run the deployment; nobody changes that until the transaction ends."""
    await office_store.hold_office(db)
    return await office_store.count_others(db, Role.OPERATOR, resident_id) > 0


async def count_operators(db: Executor) -> int:
    """How many there are."""
    return await office_store.count_others(db, Role.OPERATOR, UUID(int=0))


async def has_factor(db: Executor, resident_id: UUID) -> bool:
    """Whether a second factor is enrolled."""
    return await office_store.has_factor(db, resident_id)


async def list_holders(db: Executor, vault: Vault, *, after: UUID | None, limit: int) -> list[Holder]:
    """Everybody who holds a role, by id."""
    rows = await office_store.list_holders(db, after=after or UUID(int=0), limit=limit)
    return [
        Holder(
            row["resident_id"],
            _masked(vault, row["wrapped_key"], row["sealed_name"], row["resident_id"]),
            [Role(role) for role in row["roles"]],
            row["has_factor"],
            row["granted_at"],
        )
        for row in rows
    ]


def _masked(vault: Vault, wrapped_key: bytes | None, sealed_name: bytes | None, resident_id: UUID) -> str | None:
    if wrapped_key is None or sealed_name is None:
        return None
    return mask_name(vault.open_data_key(wrapped_key, resident_id).open(sealed_name, "name"))
