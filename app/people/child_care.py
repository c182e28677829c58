"""Care for a child under 14: by a guardian who was confirmed, on the consent that let the child in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import Connection, Pool, transaction
from app.errors import NotFoundError
from app.identity.errors import GuardianConsentRequiredError
from app.identity.numbers import read_id_number
from app.identity.persons import index_person_by_each_key
from app.people import guardian_store, logins_store
from app.people.care_model import AgreedBy, Kinship, Relative
from app.people.care_rules import childhood_end, is_child
from app.people.caring import Agreement, bind_care, end_of_care, get_relative
from app.people.guardian_confirming import open_child
from app.people.guardian_model import Child
from app.people.model import Binding, ResidentCaller
from app.people.registering import require_key
from app.people.rules import require_verified
from app.people.standing import hold_residents, require_trust
from app.sealing import Vault
from app.settings import Settings


async def care_for_child(
    pool: Pool, vault: Vault, settings: Settings, caller: ResidentCaller, consent_id: UUID, now: datetime
) -> Relative:
    """Has a guardian show the code of the child whom their consent let in; again, it renews."""
    require_verified(caller)
    key = await require_key(pool, vault, caller.resident_id)
    row = await guardian_store.get_living(pool, caller.resident_id, consent_id)
    if row is None:
        raise NotFoundError
    child = open_child(key, row.sealed_child)
    child_id = await logins_store.get_identity_holder(pool, vault.indexes("identity", child.id_number))
    if child_id is None:
        raise NotFoundError("The child has no account yet.")
    async with transaction(pool) as db:
        await hold_residents(db, caller.resident_id, child_id)
        await require_trust(db, caller, now)
        binding = await bind_child(db, vault, settings, caller.resident_id, child_id, child, now)
    return await get_relative(pool, vault, caller.resident_id, binding.binding_id, now)


async def bind_child(
    db: Connection,
    vault: Vault,
    settings: Settings,
    guardian_id: UUID,
    child_id: UUID,
    child: Child,
    now: datetime,
) -> Binding:
    """Binds a guardian and a child, both held by the caller, until the child is 14 at most.

    Raises GuardianConsentRequiredError unless the guardian's own consent stands and was confirmed. To withdraw it the
    child is held, so it stands until the transaction ends.
    """
    if not is_child(child.id_number, now) or not await _has_consent(db, vault, guardian_id, child):
        raise GuardianConsentRequiredError
    ends_at = min(end_of_care(settings, now), childhood_end(read_id_number(child.id_number, now).birth_date))
    agreement = Agreement(guardian_id, child_id, Kinship.CHILD, AgreedBy.GUARDIAN, ends_at)
    return await bind_care(db, settings, agreement, now)


async def _has_consent(db: Connection, vault: Vault, guardian_id: UUID, child: Child) -> bool:
    indexes = index_person_by_each_key(vault, child.name, child.id_number)
    found = await guardian_store.find_living(db, guardian_id, indexes)
    return found is not None and found.confirmed_at is not None
