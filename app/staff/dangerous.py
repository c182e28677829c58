"""The kinds of dangerous acts that staff itself has: roles that reach everybody, lost factors, erasing, keys.

Those about licences are in licence_acts, that of campaigns in campaign_acts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from app.database import Connection
from app.errors import InvalidError, NotFoundError
from app.people import offices
from app.people import store as people_store
from app.people.acting import open_reason
from app.people.holding import tell_resident
from app.people.model import ResidentCaller, Role
from app.people.sessions import Doorkeeper
from app.people.staff_sessions import end_for_staff
from app.staff import store
from app.staff.campaign_acts import campaign_act
from app.staff.desk import require_look
from app.staff.licence_acts import licence_acts
from app.staff.model import Proposal
from app.staff.registry import DangerousAct, Draft, Prepared, Registry, make_registry
from app.staff.roles import apply_grant, apply_revocation, find_beneficiary
from app.staff.rules import TWO_PERSON_ROLES
from app.staff.verifier_acts import verifier_act

Erase: TypeAlias = Callable[[Connection, UUID, datetime], Awaitable[None]]
"""Erases a resident, in the transaction of whoever decided it; another package knows how."""


def standard_acts(door: Doorkeeper, *, erase: Erase | None = None) -> Registry:
    """Every kind that this deployment can do."""
    acts = [_grant(door), _revoke(door), _reset(), _rotate(), _withdraw(), *licence_acts(), campaign_act()]
    acts.append(verifier_act(allows_loopback=door.settings.openid4vp_loopback))
    if erase is not None:
        acts.append(_erase(erase))
    return make_registry(*acts)


def _grant(door: Doorkeeper) -> DangerousAct:
    async def prepare(_db: Connection, caller: ResidentCaller, draft: Draft, now: datetime) -> Prepared:
        role = _require_great_role(draft)
        if draft.phone is None:
            raise InvalidError("/phone", "Say whose: the whole phone.")
        resident_id = await find_beneficiary(door, caller, draft.phone, reason=draft.reason, now=now)
        return Prepared(resident_id, {"role": role.value}, about=resident_id)

    async def execute(db: Connection, proposal: Proposal, caller: ResidentCaller, now: datetime) -> None:
        reason = await open_reason(db, door.vault, proposal.sealed_reason, proposal.sealed_for)
        role = Role(proposal.details["role"])
        await apply_grant(db, door.vault, caller, _object_of(proposal), role, reason=reason, now=now)

    return DangerousAct("role.grant", prepare, execute)


def _revoke(door: Doorkeeper) -> DangerousAct:
    async def prepare(_db: Connection, _caller: ResidentCaller, draft: Draft, _now: datetime) -> Prepared:
        role, resident_id = _require_great_role(draft), _require_resident(draft)
        return Prepared(resident_id, {"role": role.value}, about=resident_id)

    async def execute(db: Connection, proposal: Proposal, caller: ResidentCaller, now: datetime) -> None:
        reason = await open_reason(db, door.vault, proposal.sealed_reason, proposal.sealed_for)
        role = Role(proposal.details["role"])
        await apply_revocation(db, door, caller, _object_of(proposal), role, reason=reason, now=now)

    return DangerousAct("role.revoke", prepare, execute)


def _reset() -> DangerousAct:
    """Whoever has lost phone and recovery codes enrols anew; until then they are no staff where one is required."""

    async def prepare(db: Connection, _caller: ResidentCaller, draft: Draft, _now: datetime) -> Prepared:
        resident_id = _require_resident(draft)
        if not await offices.has_factor(db, resident_id):
            raise NotFoundError
        return Prepared(resident_id, {}, about=resident_id)

    async def execute(db: Connection, proposal: Proposal, _caller: ResidentCaller, now: datetime) -> None:
        resident_id = _object_of(proposal)
        await store.hold_attempts(db, resident_id)
        await store.delete_all(db, resident_id)
        await end_for_staff(db, resident_id, now)
        await tell_resident(db, resident_id, "staff.factor-reset", {"at": now}, now)

    return DangerousAct("staff.factor-reset", prepare, execute)


def _erase(erase: Erase) -> DangerousAct:
    async def prepare(db: Connection, caller: ResidentCaller, draft: Draft, now: datetime) -> Prepared:
        if draft.look_id is None:
            raise InvalidError("/look_id", "Find the resident first, and give the id that the search answered.")
        look = await require_look(db, caller, draft.look_id, now)
        return Prepared(look, {}, about=look)

    async def execute(db: Connection, proposal: Proposal, _caller: ResidentCaller, now: datetime) -> None:
        resident_id = _object_of(proposal)
        if await people_store.get_resident(db, resident_id) is None:
            raise NotFoundError
        await erase(db, resident_id, now)

    return DangerousAct("resident.erase", prepare, execute)


def _rotate() -> DangerousAct:
    async def prepare(_db: Connection, _caller: ResidentCaller, draft: Draft, _now: datetime) -> Prepared:
        if draft.use is None:
            raise InvalidError("/use", "Say which keys: code, certificate, paper, licence, list or federation.")
        return Prepared(None, {"use": draft.use})

    return DangerousAct("keys.rotate", prepare, execute=None)


def _withdraw() -> DangerousAct:
    """For a key that somebody else may hold: whatever it signed is refused from then on."""

    async def prepare(_db: Connection, _caller: ResidentCaller, draft: Draft, _now: datetime) -> Prepared:
        if draft.kid is None:
            raise InvalidError("/kid", "Say which key: the kid that the list of keys has.")
        return Prepared(None, {"kid": draft.kid})

    return DangerousAct("keys.withdraw", prepare, execute=None)


def _require_great_role(draft: Draft) -> Role:
    if draft.role is None or draft.role not in TWO_PERSON_ROLES:
        raise InvalidError("/role", "This is for operator and auditor; the others take no proposal.")
    return draft.role


def _require_resident(draft: Draft) -> UUID:
    if draft.resident_id is None:
        raise InvalidError("/resident_id", "Say whose: the id that the list of staff has.")
    return draft.resident_id


def _object_of(proposal: Proposal) -> UUID:
    if proposal.object_id is None:
        raise NotFoundError
    return proposal.object_id
