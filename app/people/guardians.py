"""Guardians: a child under 14 proves an identity only with the consent of one, and only for as long as it stands.

The guardian consents in their own account, by the child's name and ID number. The consent is found by a keyed index of
the two and is otherwise sealed under the guardian's key; whether the child has an account is told to nobody.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection, Pool, transaction
from app.errors import ForbiddenError, InvalidError, NotFoundError
from app.identifiers import new_id
from app.identity.errors import GuardianConsentRequiredError, GuardianNotEligibleError
from app.identity.model import AgeBand, ProvenIdentity
from app.identity.numbers import age_band_at, mask_id_number, read_id_number, today
from app.identity.persons import Person, index_person, index_person_by_each_key, read_person
from app.people import guardian_confirming as confirming
from app.people import guardian_store, logins_store, store
from app.people.caring import end_guarded_care
from app.people.endings import ending
from app.people.errors import InstallationNotApprovedError
from app.people.guardian_confirming import FIELD, open_child
from app.people.guardian_model import Child, ConfirmedBy, Consent, Relation, StoredConsent
from app.people.holding import tell_resident
from app.people.locking import lock_resident
from app.people.model import ResidentCaller
from app.people.registering import require_key
from app.people.rules import mask_name, require_verified
from app.people.sessions import require_standing
from app.sealing import DataKey, Vault

MOST_CHILDREN = 8
_TRIES = 5
"""A consent comes to serve a child once or twice in its life."""


async def give_consent(
    pool: Pool,
    vault: Vault,
    caller: ResidentCaller,
    *,
    name: str,
    id_number: str,
    relation: Relation,
    now: datetime,
) -> Consent:
    """Consents to an account of this child; a consent that stands already is answered again.

    It lets nobody in before it is confirmed: name and number of a child are known to many.
    """
    require_verified(caller)
    child = read_child(name, id_number, now)
    async with transaction(pool) as db:
        await store.hold_resident(db, caller.resident_id)
        await _require_trust(db, caller)
        return await enter_consent(db, vault, caller.resident_id, child, relation, now)


def read_child(name: str, id_number: str, now: datetime) -> Person:
    """Who needs a guardian's consent; raises InvalidError of whoever is older."""
    child = read_person(name, id_number, now)
    if age_band_at(child.number.birth_date, today(now)) is not AgeBand.CHILD:
        raise InvalidError("/id_number", "Whoever is 14 or older proves their identity without a guardian.")
    return child


async def enter_consent(
    db: Connection, vault: Vault, guardian_id: UUID, child: Person, relation: Relation, now: datetime
) -> Consent:
    """The consent of a guardian whom the caller holds: what stands already, or a new one that nobody has confirmed."""
    key = await require_key(db, vault, guardian_id)
    await _require_adult(db, key, guardian_id, now)
    return _show(key, await _find_or_insert(db, vault, key, guardian_id, child, relation, now))


async def _find_or_insert(
    db: Connection, vault: Vault, key: DataKey, guardian_id: UUID, child: Person, relation: Relation, now: datetime
) -> StoredConsent:
    indexes = index_person_by_each_key(vault, child.name, child.number.text)
    found = await guardian_store.find_living(db, guardian_id, indexes)
    if found is not None:
        return found
    if await guardian_store.count_living(db, guardian_id) >= MOST_CHILDREN:
        raise ForbiddenError(f"One account consents for {MOST_CHILDREN} children at most.")
    consent_id, index = new_id(), index_person(vault, child.name, child.number.text)
    sealed = key.seal(msgspec.json.encode(Child(child.name, child.number.text)).decode(), FIELD)
    await guardian_store.claim_consent(
        db, guardian_id, consent_id, relation=relation, sealed_child=sealed, person_index=index, now=now
    )
    await guardian_store.insert_lookup(db, index, guardian_id, consent_id)
    await confirming.tell_confirmed(db, indexes, guardian_id, now)
    return StoredConsent(consent_id, relation, sealed, now)


async def _require_trust(db: Connection, caller: ResidentCaller) -> None:
    """As the database has it: the token may be older than a lock."""
    standing = await require_standing(db, caller.resident_id, caller.installation_id)
    if not standing.trusted:
        raise InstallationNotApprovedError


async def _require_adult(db: Connection, key: DataKey, guardian_id: UUID, now: datetime) -> None:
    sealed = await guardian_store.get_sealed_id_number(db, guardian_id)
    if sealed is None:
        raise GuardianNotEligibleError
    try:
        number = read_id_number(key.open(sealed, "id_number"), now)
    except InvalidError:  # proven by rules that were others then
        raise GuardianNotEligibleError from None
    if age_band_at(number.birth_date, today(now)) is not AgeBand.ADULT:
        raise GuardianNotEligibleError


async def list_consents(pool: Pool, vault: Vault, caller: ResidentCaller) -> list[Consent]:
    """The caller's consents, the latest first, withdrawn ones too."""
    require_verified(caller)
    async with transaction(pool) as db:
        rows = await guardian_store.list_consents(db, caller.resident_id)
        key = await require_key(db, vault, caller.resident_id)
    return [_show(key, row) for row in rows]


def _show(key: DataKey, stored: StoredConsent) -> Consent:
    child = open_child(key, stored.sealed_child)
    return Consent(
        id=stored.consent_id,
        relation=Relation(stored.relation),
        masked_name=mask_name(child.name),
        masked_id_number=mask_id_number(child.id_number),
        given_at=stored.given_at,
        used_at=stored.used_at,
        withdrawn_at=stored.withdrawn_at,
        confirmed_at=stored.confirmed_at,
        confirmed_by=ConfirmedBy(stored.confirmed_by) if stored.confirmed_by else None,
    )


async def withdraw_consent(pool: Pool, vault: Vault, caller: ResidentCaller, consent_id: UUID, now: datetime) -> None:
    """Withdraws a consent; the child's codes, sessions and trusted installations end with it."""
    require_verified(caller)
    for _ in range(_TRIES):
        async with ending(pool) as db:
            await _require_trust(db, caller)
            key = await require_key(db, vault, caller.resident_id)
            if await _withdraw(db, vault, key, caller.resident_id, consent_id, now):
                return
    raise NotFoundError


async def withdraw_all(db: Connection, vault: Vault, guardian_id: UUID, now: datetime) -> None:
    """Withdraws what stands when the guardian's account is about to be erased, and its key with it."""
    key = await require_key(db, vault, guardian_id)
    for consent_id in await guardian_store.list_living(db, guardian_id):
        for _ in range(_TRIES):
            if await _withdraw(db, vault, key, guardian_id, consent_id, now):
                break


async def _withdraw(
    db: Connection, vault: Vault, key: DataKey, guardian_id: UUID, consent_id: UUID, now: datetime
) -> bool:
    """False where the consent came to serve a child just now.

    The child is held before the consent, as when it is used: the other way round the two could wait for each other.
    """
    row = await guardian_store.get_use(db, guardian_id, consent_id)
    if row is None:
        raise NotFoundError
    child = open_child(key, row["sealed_child"])
    holder = None
    if row["child_id"] is not None:
        # The identity may have come to another account since.
        holder = await logins_store.get_identity_holder(db, vault.indexes("identity", child.id_number))
    if holder is not None:
        await store.hold_resident(db, holder)
    if not await guardian_store.claim_withdrawal(db, guardian_id, consent_id, row["child_id"], now):
        return False
    await guardian_store.delete_lookup(db, row["person_index"], guardian_id, consent_id)
    if holder is not None and _is_still_a_child(child, now):
        await end_guarded_care(db, guardian_id, holder, now)
        await _end_account(db, holder, now)
    await tell_resident(db, guardian_id, "guardian.withdrawn", {"at": now}, now)
    return True


def _is_still_a_child(child: Child, now: datetime) -> bool:
    """Whoever has turned 14 needs no consent any more, and keeps their account."""
    return age_band_at(read_id_number(child.id_number, now).birth_date, today(now)) is AgeBand.CHILD


async def _end_account(db: Connection, child_id: UUID, now: datetime) -> None:
    """All credentials end and no installation is trusted: what is left is an account that must prove itself again."""
    resident = await store.get_resident(db, child_id)
    if resident is None:
        return
    await lock_resident(db, child_id, now)
    await tell_resident(db, child_id, "guardian.consent-ended", {"at": now}, now)


async def require_guardian_consent(
    db: Connection, vault: Vault, proven: ProvenIdentity, child_id: UUID, now: datetime
) -> None:
    """Lets whoever is 14 or older pass, and a child whose guardian consents and was confirmed; tells both that the
    consent was used.

    Call it in the transaction that ties the identity to the resident or trusts their installation: a consent that is
    used here cannot be withdrawn before that transaction ends. A child known by a network credential alone cannot be
    found in a consent, and proves by name and ID number instead.
    """
    if not proven.is_child:
        return
    if proven.name is None or proven.id_number is None:
        raise GuardianConsentRequiredError
    await store.hold_resident(db, child_id)  # before the consent, as `_withdraw` does
    for row in await guardian_store.list_lookups(db, index_person_by_each_key(vault, proven.name, proven.id_number)):
        guardian_id: UUID = row["guardian_id"]
        if await guardian_store.claim_use(db, guardian_id, row["consent_id"], child_id, now):
            await tell_resident(db, guardian_id, "guardian.consent-used", {"at": now}, now)
            await tell_resident(db, child_id, "guardian.consented", {"at": now}, now)
            return
    raise GuardianConsentRequiredError
