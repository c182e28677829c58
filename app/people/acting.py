"""What somebody does in their office, kept with the reason they gave."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.audit import record_act
from app.database import Connection, Executor
from app.people import store
from app.people.model import ResidentCaller, Role
from app.sealing import Vault

_REASON = "act reason"


async def record_office_act(
    db: Connection,
    vault: Vault,
    caller: ResidentCaller,
    act: str,
    *,
    role: Role | None = None,
    object_id: UUID | None = None,
    reason: str | None = None,
    about: UUID | None = None,
    now: datetime,
) -> None:
    """Records an act under the role that it took, or all that the caller holds.

    A reason is sealed under the key of the resident whom it is `about`, and goes with them; else the deployment's.
    """
    sealed, sealed_for = await seal_reason(db, vault, reason, about)
    await record_act(
        db,
        caller.resident_id,
        act,
        object_id,
        now,
        role=role.value if role else "+".join(sorted(caller.held_roles)) or None,
        sealed_reason=sealed,
        sealed_for=sealed_for,
    )


async def seal_reason(
    db: Executor, vault: Vault, reason: str | None, about: UUID | None
) -> tuple[bytes | None, UUID | None]:
    """The sealed words, and whose key they need; None where it is the deployment's."""
    if reason is None:
        return None, None
    resident = await store.get_resident(db, about) if about else None
    if resident is None:
        return vault.seal(reason.encode(), _REASON), None
    key = vault.open_data_key(resident.wrapped_key, resident.resident_id)
    return key.seal(reason, _REASON), resident.resident_id


async def open_reason(db: Executor, vault: Vault, sealed: bytes | None, sealed_for: UUID | None) -> str | None:
    """The words again; None where there are none, or their resident was erased."""
    if sealed is None:
        return None
    if sealed_for is None:
        return vault.open(sealed, _REASON).decode()
    resident = await store.get_resident(db, sealed_for)
    if resident is None:
        return None
    return vault.open_data_key(resident.wrapped_key, resident.resident_id).open(sealed, _REASON)
