"""Care: a resident shows the code of a relative, with the relative's consent, until either of the two ends it.

The binding (bindings.py) carries the code; what is here says how it comes to be, goes on and ends. Both residents are
held first, so that of two relations at once that would be one too many one is refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Connection, Executor, Pool, transaction
from app.errors import ForbiddenError, InvalidError, NotFoundError
from app.identifiers import new_id
from app.people import bindings, care_store, store
from app.people.care_model import AgreedBy, Care, Kinship, Relative, StoredRelation
from app.people.care_rules import agrees
from app.people.errors import BindingEndedError, CareLimitError, IdentityNotVerifiedError, PresenceRequiredError
from app.people.holding import tell_resident
from app.people.model import Binding, BindingKind, BindingPart, Resident, ResidentCaller
from app.people.profiles import get_masked_name
from app.people.rules import require_verified
from app.people.standing import hold_residents, require_trust
from app.sealing import Vault
from app.settings import Settings


class Agreement(msgspec.Struct, frozen=True):
    """What two residents agree to."""

    carer_id: UUID
    relative_id: UUID
    kinship: Kinship
    agreed_by: AgreedBy
    ends_at: datetime


def end_of_care(settings: Settings, now: datetime) -> datetime:
    """When a relation that is agreed to now ends."""
    return now + timedelta(days=settings.care_days)


async def bind_care(db: Connection, settings: Settings, agreement: Agreement, now: datetime) -> Binding:
    """Binds the two, whom the caller holds, and tells both; a relation that they have goes on until the new end."""
    if agreement.carer_id == agreement.relative_id:
        raise InvalidError("", "Nobody is their own relative.")
    for resident_id in (agreement.carer_id, agreement.relative_id):
        _require_bindable(await store.get_resident(db, resident_id))
    binding = await _find_living(db, agreement, now)
    if binding is not None:
        await _move_end(db, binding, agreement, now)
        return msgspec.structs.replace(binding, ends_at=agreement.ends_at)
    await _require_room(db, settings, agreement, now)
    binding_id = new_id()
    await bindings.bind(
        db,
        kind=BindingKind.CARE,
        binding_id=binding_id,
        shows=agreement.carer_id,
        is_shown=agreement.relative_id,
        principal_id=agreement.carer_id,
        ends_at=agreement.ends_at,
        now=now,
    )
    relation = StoredRelation(binding_id, agreement.kinship, agreement.agreed_by, now, None)
    for resident_id, topic in ((agreement.carer_id, "care.begun"), (agreement.relative_id, "care.begun-for-me")):
        await care_store.insert_relation(db, resident_id, relation)
        await tell_resident(db, resident_id, topic, {"binding_id": binding_id, "at": now}, now)
    made = await bindings.get_binding(db, agreement.carer_id, binding_id)
    assert made is not None  # noqa: S101  it was bound a moment ago
    return made


def _require_bindable(resident: Resident | None) -> None:
    """A locked account binds itself to nobody: whoever holds its phone may not be its resident."""
    if resident is None:
        raise BindingEndedError
    if resident.verified_at is None:
        raise IdentityNotVerifiedError
    if resident.locked_at is not None:
        raise PresenceRequiredError


async def _find_living(db: Connection, agreement: Agreement, now: datetime) -> Binding | None:
    for care in await _list_care(db, agreement.carer_id, now):
        is_same = care.binding.part is BindingPart.SHOWS and care.binding.principal_id == agreement.relative_id
        if is_same:
            return care.binding
    return None


async def _require_room(db: Connection, settings: Settings, agreement: Agreement, now: datetime) -> None:
    relatives = await care_store.count_care(db, agreement.carer_id, BindingPart.SHOWS, now)
    carers = await care_store.count_care(db, agreement.relative_id, BindingPart.IS_SHOWN, now)
    if relatives >= settings.care_relatives:
        raise CareLimitError(f"One resident cares for {settings.care_relatives} relatives at most.")
    if carers >= settings.care_carers:
        raise CareLimitError(f"{settings.care_carers} residents at most care for one relative.")


async def _move_end(db: Connection, binding: Binding, agreement: Agreement, now: datetime) -> None:
    both = [agreement.carer_id, agreement.relative_id]
    await bindings.renew_binding(db, binding.binding_id, both, agreement.ends_at, now)
    for resident_id in both:
        await care_store.agree_to_renewal(db, resident_id, binding.binding_id, None)
        await care_store.forget_reminder(db, resident_id, binding.binding_id)
        await tell_resident(db, resident_id, "care.renewed", {"binding_id": binding.binding_id, "at": now}, now)


async def list_relatives(pool: Pool, vault: Vault, caller: ResidentCaller, now: datetime) -> list[Relative]:
    """Whom the caller cares for, and who cares for the caller, the oldest first."""
    require_verified(caller)
    return await list_care_of(pool, vault, caller.resident_id, now)


async def list_care_of(pool: Pool, vault: Vault, resident_id: UUID, now: datetime) -> list[Relative]:
    """The same of any resident, for whoever may see it."""
    return [await show_relative(pool, vault, care, now) for care in await _list_care(pool, resident_id, now)]


async def _list_care(db: Executor, resident_id: UUID, now: datetime) -> list[Care]:
    relations = {one.binding_id: one for one in await care_store.list_relations(db, resident_id)}
    return [
        Care(binding, relations[binding.binding_id])
        for binding in await bindings.list_bindings(db, resident_id)
        if binding.kind is BindingKind.CARE and binding.is_alive(now) and binding.binding_id in relations
    ]


async def show_relative(pool: Pool, vault: Vault, care: Care, now: datetime) -> Relative:
    """A living relation as the one of the two sees it whose side this is."""
    binding, relation = care.binding, care.relation
    theirs = await care_store.get_relation(pool, binding.principal_id, binding.binding_id)
    return Relative(
        id=binding.binding_id,
        part=binding.part,
        kinship=relation.kinship,
        masked_name=await get_masked_name(pool, vault, binding.principal_id),
        agreed_by=relation.agreed_by,
        since=binding.bound_at,
        ends_at=binding.ends_at,
        resting=await care_store.is_suspended(pool, binding.subject_no),
        renewal_agreed=agrees(relation, now),
        renewal_asked=agrees(theirs, now),
    )


async def get_relative(pool: Pool, vault: Vault, resident_id: UUID, binding_id: UUID, now: datetime) -> Relative:
    """One living relation of a resident."""
    found = await get_care(pool, resident_id, binding_id, now)
    return await show_relative(pool, vault, found, now)


async def get_care(db: Executor, resident_id: UUID, binding_id: UUID, now: datetime) -> Care:
    """A resident's own side of a living relation; raises NotFoundError, or BindingEndedError where it is over."""
    binding = await bindings.get_binding(db, resident_id, binding_id)
    relation = await care_store.get_relation(db, resident_id, binding_id)
    if binding is None or relation is None:
        raise NotFoundError
    if not binding.is_alive(now):
        raise BindingEndedError
    return Care(binding, relation)


async def end_care(pool: Pool, caller: ResidentCaller, binding_id: UUID, now: datetime) -> None:
    """Ends a relation of the caller's, and every code shown of it; either of the two may, at any time."""
    require_verified(caller)
    other_id = await require_other(pool, caller.resident_id, binding_id)
    async with transaction(pool) as db:
        await hold_residents(db, caller.resident_id, other_id)
        await require_trust(db, caller, now)
        await end_relation(db, caller.resident_id, other_id, binding_id, now)


async def require_other(db: Executor, resident_id: UUID, binding_id: UUID) -> UUID:
    """The other one of a relation; raises NotFoundError where the resident has none of this id."""
    binding = await bindings.get_binding(db, resident_id, binding_id)
    if binding is None or binding.kind is not BindingKind.CARE:
        raise NotFoundError
    return binding.principal_id


async def end_relation(db: Connection, resident_id: UUID, other_id: UUID, binding_id: UUID, now: datetime) -> None:
    """Ends it for both, whom the caller holds, and tells them; one that is over already is left as it is."""
    if await bindings.end_binding(db, binding_id, [resident_id, other_id], now):
        for told in (resident_id, other_id):
            await tell_resident(db, told, "care.ended", {"binding_id": binding_id, "at": now}, now)


async def end_all_care(db: Connection, resident_id: UUID, now: datetime) -> None:
    """Ends every relation of a resident who leaves, or has no identity any more; the others are told."""
    for binding in await bindings.list_bindings(db, resident_id):
        if binding.kind is BindingKind.CARE and binding.ended_at is None:
            await end_relation(db, resident_id, binding.principal_id, binding.binding_id, now)
    await care_store.end_invitations(db, resident_id, "withdrawn", now)


async def forget_care(db: Connection, resident_id: UUID) -> None:
    """Deletes a resident's own rows, once everything has ended."""
    await care_store.delete_of(db, resident_id)


async def end_guarded_care(db: Connection, guardian_id: UUID, child_id: UUID, now: datetime) -> None:
    """Ends what rested on a guardian's consent, once that is withdrawn."""
    for care in await _list_care(db, guardian_id, now):
        is_guarded = care.relation.agreed_by is AgreedBy.GUARDIAN and care.binding.principal_id == child_id
        if is_guarded and care.binding.part is BindingPart.SHOWS:
            await end_relation(db, guardian_id, child_id, care.binding.binding_id, now)


async def renew_care(
    pool: Pool, vault: Vault, settings: Settings, caller: ResidentCaller, binding_id: UUID, now: datetime
) -> Relative:
    """Agrees to go on; once both have, the end moves by as long as a new relation lasts."""
    require_verified(caller)
    other_id = await require_other(pool, caller.resident_id, binding_id)
    async with transaction(pool) as db:
        await hold_residents(db, caller.resident_id, other_id)
        await require_trust(db, caller, now)
        await agree_to_renew(db, settings, caller.resident_id, binding_id, now)
    return await get_relative(pool, vault, caller.resident_id, binding_id, now)


async def agree_to_renew(
    db: Connection, settings: Settings, resident_id: UUID, binding_id: UUID, now: datetime
) -> None:
    """One of the two, both of whom the caller holds, would go on."""
    care = await get_care(db, resident_id, binding_id, now)
    if care.relation.agreed_by is AgreedBy.GUARDIAN:
        raise ForbiddenError("Care for a child goes on by the guardian's consent: agree by that again.")
    other_id = care.binding.principal_id
    if agrees(await care_store.get_relation(db, other_id, binding_id), now):
        await extend(db, settings, resident_id, care, now)
        return
    await care_store.agree_to_renewal(db, resident_id, binding_id, now)
    if not agrees(care.relation, now):
        await tell_resident(db, other_id, "care.renewal-asked", {"binding_id": binding_id, "at": now}, now)


async def extend(db: Connection, settings: Settings, resident_id: UUID, care: Care, now: datetime) -> None:
    """Moves the end, since both agree."""
    shows = care.binding.part is BindingPart.SHOWS
    carer_id, relative_id = (
        (resident_id, care.binding.principal_id) if shows else (care.binding.principal_id, resident_id)
    )
    agreement = Agreement(
        carer_id, relative_id, care.relation.kinship, care.relation.agreed_by, end_of_care(settings, now)
    )
    for one in (carer_id, relative_id):
        _require_bindable(await store.get_resident(db, one))
    await _move_end(db, care.binding, agreement, now)
