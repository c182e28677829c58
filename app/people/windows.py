"""What a window does for whoever stands there: register without a phone, agree to care, unlock.

Each rests on a presence (presences.py), is kept as an act of the member of staff, and is told to everybody concerned.
Nobody at a window is a party to what they do there.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import Connection, transaction
from app.errors import ForbiddenError, InvalidError
from app.identifiers import new_id
from app.identity.errors import GuardianConsentRequiredError
from app.identity.model import EvidenceKind, ProvenIdentity
from app.identity.numbers import age_band_at, today
from app.identity.persons import Person, read_person
from app.people import care_store, logins_store, presence_store, store
from app.people.acting import record_office_act
from app.people.care_model import AgreedBy, Kinship, Relative
from app.people.care_rules import is_child
from app.people.caring import (
    Agreement,
    agree_to_renew,
    bind_care,
    end_of_care,
    end_relation,
    extend,
    get_care,
    get_relative,
    list_care_of,
    require_other,
)
from app.people.child_care import bind_child
from app.people.guardian_confirming import confirm
from app.people.guardian_model import Child, ConfirmedBy, Consent, DocumentKind, Relation
from app.people.guardians import enter_consent, read_child, require_guardian_consent
from app.people.holding import tell_resident
from app.people.locking import unlock
from app.people.model import BindingPart, ResidentCaller, Role
from app.people.presences import open_person, require_open, require_presence, show_presence
from app.people.registering import claim_identity, open_key, register_without_login, require_living
from app.people.sessions import Doorkeeper
from app.people.standing import hold_residents
from app.people.window_model import OpenedPresence

_NOT_A_PARTY = "Nobody at a window is a party to what they do there: ask a colleague."


async def register_person(door: Doorkeeper, caller: ResidentCaller, presence_id: UUID, now: datetime) -> OpenedPresence:
    """Makes a resident of somebody present who has no account, nor needs a phone; of two windows at once, one does."""
    async with transaction(door.pool) as db:
        stored = await require_open(db, caller, presence_id, now)
        person = open_person(door.vault, stored)
        known = read_person(person.name, person.id_number, now)
        resident_id = await _find_or_register(db, door, known, now)
        if resident_id == caller.resident_id:
            raise ForbiddenError(_NOT_A_PARTY)
        await presence_store.claim_registration(db, caller.resident_id, presence_id, resident_id)
        await _record(db, door, caller, "window.registered", resident_id, now)
        return await show_presence(db, stored, await require_living(db, resident_id), person.name)


async def _find_or_register(db: Connection, door: Doorkeeper, person: Person, now: datetime) -> UUID:
    """The identity may have got a resident since the presence was opened."""
    indexes = door.vault.indexes("identity", person.number.text)
    holder_id = await logins_store.get_identity_holder(db, indexes)
    if holder_id is not None:
        return holder_id
    proven = ProvenIdentity(
        kind=EvidenceKind.WINDOW,
        identity_key=person.number.text,
        age_band=age_band_at(person.number.birth_date, today(now)),
        at=now,
        name=person.name,
        id_number=person.number.text,
        birth_date=person.number.birth_date,
    )
    savepoint = db.transaction()
    await savepoint.start()
    resident_id = new_id()
    await register_without_login(db, door.vault, resident_id, now)
    await require_guardian_consent(db, door.vault, proven, resident_id, now)
    if not await claim_identity(db, door.vault, await require_living(db, resident_id), proven, now):
        await savepoint.rollback()
        return await _find_or_register(db, door, person, now)
    await savepoint.commit()
    await tell_resident(db, resident_id, "window.registered", {"at": now}, now)
    return resident_id


async def list_relatives(door: Doorkeeper, caller: ResidentCaller, presence_id: UUID, now: datetime) -> list[Relative]:
    """The care relations of whoever stands there."""
    async with transaction(door.pool) as db:
        presence = await require_presence(db, caller, presence_id, now)
        await _record(db, door, caller, "window.relatives-listed", presence.resident_id, now)
    return await list_care_of(door.pool, door.vault, presence.resident_id, now)


async def set_up_care(
    door: Doorkeeper,
    caller: ResidentCaller,
    *,
    carer_presence_id: UUID,
    relative_presence_id: UUID,
    kinship: Kinship,
    now: datetime,
) -> Relative:
    """Binds two who both stand there and agree; for a child under 14 the carer must be a guardian who was confirmed.

    A child cares for nobody: they agree to nothing by themself.
    """
    async with transaction(door.pool) as db:
        carer = await require_presence(db, caller, carer_presence_id, now)
        relative = await require_presence(db, caller, relative_presence_id, now)
        _require_no_party(caller, carer.resident_id, relative.resident_id)
        await hold_residents(db, carer.resident_id, relative.resident_id)
        if await _read_child(db, door, carer.resident_id, now) is not None:
            raise GuardianConsentRequiredError
        child = await _read_child(db, door, relative.resident_id, now)
        if child is not None:
            binding = await bind_child(
                db, door.vault, door.settings, carer.resident_id, relative.resident_id, child, now
            )
        else:
            ends_at = end_of_care(door.settings, now)
            agreement = Agreement(carer.resident_id, relative.resident_id, kinship, AgreedBy.WINDOW, ends_at)
            binding = await bind_care(db, door.settings, agreement, now)
        await _record(db, door, caller, "window.care-set-up", relative.resident_id, now)
    return await get_relative(door.pool, door.vault, relative.resident_id, binding.binding_id, now)


async def _read_child(db: Connection, door: Doorkeeper, resident_id: UUID, now: datetime) -> Child | None:
    """Name and number of a resident under 14; None of anybody else."""
    resident = await require_living(db, resident_id)
    sealed = await care_store.get_sealed_id_number(db, resident_id)
    key = open_key(door.vault, resident)
    number = key.open(sealed, "id_number") if sealed else None
    if number is None or resident.sealed_name is None or not is_child(number, now):
        return None
    return Child(key.open(resident.sealed_name, "name"), number)


async def renew_care(
    door: Doorkeeper, caller: ResidentCaller, presence_id: UUID, binding_id: UUID, now: datetime
) -> Relative:
    """Goes on with a relation: at once where the relative stands there; a carer agrees as they could in the app."""
    async with transaction(door.pool) as db:
        presence = await require_presence(db, caller, presence_id, now)
        other_id = await require_other(db, presence.resident_id, binding_id)
        _require_no_party(caller, presence.resident_id, other_id)
        await hold_residents(db, presence.resident_id, other_id)
        care = await get_care(db, presence.resident_id, binding_id, now)
        is_relative = care.binding.part is BindingPart.IS_SHOWN
        if is_relative and care.relation.agreed_by is not AgreedBy.GUARDIAN:
            await extend(db, door.settings, presence.resident_id, care, now)
        else:
            await agree_to_renew(db, door.settings, presence.resident_id, binding_id, now)
        await _record(db, door, caller, "window.care-renewed", presence.resident_id, now)
    return await get_relative(door.pool, door.vault, presence.resident_id, binding_id, now)


async def end_care(
    door: Doorkeeper, caller: ResidentCaller, presence_id: UUID, binding_id: UUID, now: datetime
) -> None:
    """Ends a relation of whoever stands there, as they could themself."""
    async with transaction(door.pool) as db:
        presence = await require_presence(db, caller, presence_id, now)
        other_id = await require_other(db, presence.resident_id, binding_id)
        await hold_residents(db, presence.resident_id, other_id)
        await end_relation(db, presence.resident_id, other_id, binding_id, now)
        await _record(db, door, caller, "window.care-ended", presence.resident_id, now)


async def unlock_account(door: Doorkeeper, caller: ResidentCaller, presence_id: UUID, now: datetime) -> None:
    """Opens the locked account of whoever stands there. Their phones are let in by proving, as after any lock."""
    async with transaction(door.pool) as db:
        presence = await require_presence(db, caller, presence_id, now)
        await store.hold_resident(db, presence.resident_id)
        resident = await require_living(db, presence.resident_id)
        if resident.locked_at is None:
            return
        await unlock(db, presence.resident_id, now)
        await tell_resident(db, presence.resident_id, "window.unlocked", {"at": now}, now)
        await _record(db, door, caller, "window.unlocked", presence.resident_id, now)


async def confirm_guardian(
    door: Doorkeeper,
    caller: ResidentCaller,
    presence_id: UUID,
    *,
    name: str,
    id_number: str,
    relation: Relation,
    document: DocumentKind,
    document_number: str,
    now: datetime,
) -> Consent:
    """Enters and confirms the consent of a guardian who stands there with a document that says so; it is kept which."""
    child = read_child(name, id_number, now)
    if not document_number.strip():
        raise InvalidError("/document/number", "Write down the number of the document, or who issued it and when.")
    async with transaction(door.pool) as db:
        presence = await require_presence(db, caller, presence_id, now)
        await store.hold_resident(db, presence.resident_id)
        given = await enter_consent(db, door.vault, presence.resident_id, child, relation, now)
        await confirm(db, presence.resident_id, given.id, ConfirmedBy.WINDOW, now)
        reason = f"{document.value} {document_number.strip()}"
        await _record(db, door, caller, "window.guardian-confirmed", presence.resident_id, now, reason=reason)
        return await enter_consent(db, door.vault, presence.resident_id, child, relation, now)


def _require_no_party(caller: ResidentCaller, *resident_ids: UUID) -> None:
    if caller.resident_id in resident_ids:
        raise ForbiddenError(_NOT_A_PARTY)


async def _record(
    db: Connection,
    door: Doorkeeper,
    caller: ResidentCaller,
    act: str,
    resident_id: UUID,
    now: datetime,
    *,
    reason: str | None = None,
) -> None:
    await record_office_act(
        db,
        door.vault,
        caller,
        act,
        role=Role.WINDOW,
        object_id=resident_id,
        reason=reason,
        about=resident_id if reason else None,
        now=now,
    )
