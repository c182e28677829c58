"""Granting and revoking roles: the small ones by one operator, those that reach everybody by two."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import Connection, Pool, transaction
from app.errors import ForbiddenError, NotFoundError
from app.people import offices
from app.people.acting import record_office_act
from app.people.endings import ending
from app.people.finding import get_resident_id_by_phone
from app.people.model import ResidentCaller, Role
from app.people.sessions import Doorkeeper
from app.sealing import Vault
from app.staff.desk import claim_look
from app.staff.errors import OwnRoleError, TwoPersonsRequiredError
from app.staff.model import StaffMember
from app.staff.rules import TWO_PERSON_ROLES


async def grant_role(
    door: Doorkeeper, caller: ResidentCaller, *, phone: str, role: Role, reason: str, now: datetime
) -> None:
    """Gives one of the small roles; giving it twice changes nothing."""
    if role in TWO_PERSON_ROLES:
        raise TwoPersonsRequiredError
    resident_id = await find_beneficiary(door, caller, phone, reason=reason, now=now)
    async with transaction(door.pool) as db:
        await apply_grant(db, door.vault, caller, resident_id, role, reason=reason, now=now)


async def revoke_role(
    door: Doorkeeper, caller: ResidentCaller, *, resident_id: UUID, role: Role, reason: str, now: datetime
) -> None:
    """Takes one of the small roles back; what its holder may do with it is over everywhere in seconds."""
    if role in TWO_PERSON_ROLES:
        raise TwoPersonsRequiredError
    async with ending(door.pool) as db:
        await apply_revocation(db, door, caller, resident_id, role, reason=reason, now=now)


async def find_beneficiary(door: Doorkeeper, caller: ResidentCaller, phone: str, *, reason: str, now: datetime) -> UUID:
    """The resident who would get a role; nobody gives one to themself. It is a look at the desk's residents like any
    other: counted, and in the log where it found nobody, since then nothing else will be.
    """
    await claim_look(door, caller, now)
    async with transaction(door.pool) as db:
        resident_id = await get_resident_id_by_phone(db, door.vault, phone)
        if resident_id is None:
            await record_office_act(
                db, door.vault, caller, "resident.searched", role=Role.OPERATOR, reason=reason, now=now
            )
    if resident_id is None:
        raise NotFoundError
    if resident_id == caller.resident_id:
        raise OwnRoleError
    return resident_id


async def apply_grant(
    db: Connection,
    vault: Vault,
    caller: ResidentCaller,
    resident_id: UUID,
    role: Role,
    *,
    reason: str | None,
    now: datetime,
) -> None:
    """Gives the role in the transaction of whoever decided it."""
    if await offices.give_role(db, resident_id, role, granted_by=caller.resident_id, now=now):
        await record_office_act(
            db,
            vault,
            caller,
            f"role.granted:{role.value}",
            role=Role.OPERATOR,
            object_id=resident_id,
            reason=reason,
            about=resident_id,
            now=now,
        )


async def apply_revocation(
    db: Connection,
    door: Doorkeeper,
    caller: ResidentCaller,
    resident_id: UUID,
    role: Role,
    *,
    reason: str | None,
    now: datetime,
) -> None:
    """Takes the role in the transaction of whoever decided it, unless nobody would be left to run the deployment.

    Where two persons decide, the one who approves is left; it is held here besides, for whoever decides otherwise.
    """
    if role is Role.OPERATOR and not await offices.has_other_operator(db, resident_id):
        raise ForbiddenError("Nobody would be left to run the deployment.")
    every_session = not door.settings.second_factor_required
    if not await offices.take_role(db, resident_id, role, every_session=every_session, now=now):
        raise NotFoundError
    await record_office_act(
        db,
        door.vault,
        caller,
        f"role.revoked:{role.value}",
        role=Role.OPERATOR,
        object_id=resident_id,
        reason=reason,
        about=resident_id,
        now=now,
    )


async def list_staff(pool: Pool, vault: Vault, *, after: UUID | None, limit: int) -> list[StaffMember]:
    """Everybody who holds a role."""
    holders = await offices.list_holders(pool, vault, after=after, limit=limit)
    return [StaffMember(one.resident_id, one.masked_name, one.roles, one.has_factor, one.granted_at) for one in holders]
