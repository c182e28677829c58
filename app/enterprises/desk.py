"""What acting for companies takes, and what its use cases have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.audit import record_act
from app.database import Connection, Pool
from app.enterprises import delegation_store, store
from app.enterprises.errors import EnterpriseNotActiveError
from app.enterprises.model import Company, CompanyState, Ending, Handler, Representative, StoredDelegation
from app.enterprises.registry import EnterpriseRegistry
from app.errors import NotFoundError
from app.people.bindings import end_binding
from app.people.holding import tell_resident
from app.people.model import ResidentCaller
from app.people.rules import require_verified
from app.people.standing import require_trust
from app.sealing import DataKey, Vault

FIELD = "handler"


class EnterpriseDesk(msgspec.Struct, frozen=True):
    """What acting for companies takes."""

    pool: Pool
    vault: Vault
    registry: EnterpriseRegistry | None
    claims_daily: int
    longest: timedelta
    """How long a delegation may last."""
    review: timedelta
    """In which a new representative decides on what the one before granted."""


async def require_representative(
    db: Connection, caller: ResidentCaller, company_id: UUID, now: datetime
) -> tuple[Company, Representative]:
    """Holds the caller and the company; raises NotFoundError of a company that is not, or no longer, the caller's."""
    require_verified(caller)
    await require_trust(db, caller, now)
    company = await store.hold_company(db, company_id)
    standing = await store.get_standing(db, company_id)
    if company is None or standing is None or standing.resident_id != caller.resident_id:
        raise NotFoundError
    if company.state is not CompanyState.ACTIVE:
        raise EnterpriseNotActiveError
    return company, standing


def seal_handler(key: DataKey, handler: Handler) -> bytes:
    """Whom a delegation is for, under the key of whoever keeps it."""
    return key.seal(msgspec.json.encode(handler).decode(), FIELD)


def open_handler(key: DataKey, sealed: bytes) -> Handler:
    """And read again."""
    return msgspec.json.decode(key.open(sealed, FIELD), type=Handler)


async def end_delegation(
    db: Connection, one: StoredDelegation, why: Ending, *, by: UUID, topic: str | None, now: datetime
) -> None:
    """Ends a delegation that its caller holds and that had not ended, with every code shown of it; both are told."""
    await delegation_store.end_delegation(db, one, why, now)
    await delegation_store.delete_invitation(db, one)
    if one.delegate_id is not None:
        await end_binding(db, one.delegation_id, [one.delegate_id], now)
    await record_act(db, by, f"delegation.{why.value}", one.delegation_id, now)
    if topic is not None:
        await tell_both(db, one, topic, now)


async def tell_both(db: Connection, one: StoredDelegation, topic: str, now: datetime) -> None:
    """Tells who granted a delegation, and who accepted it."""
    for resident_id in {one.granted_by, one.delegate_id or one.granted_by}:
        await tell_resident(db, resident_id, topic, notice_of(one, now), now)


def notice_of(one: StoredDelegation, now: datetime) -> Mapping[str, object]:
    """What a message about a delegation says: ids and a time, the words come when it is read."""
    return {"company_id": one.company_id, "delegation_id": one.delegation_id, "at": now}
