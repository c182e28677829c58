"""Confirming guardians: who says of themself that they are one is believed once a window or another guardian agrees.

Any adult may know a child's name and number. So a consent lets the child in only after a window has seen documents, or
a guardian of whom a window has seen them says that it is right: one who was confirmed so confirms nobody in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection, Executor, Pool, transaction
from app.errors import NotFoundError
from app.identity.persons import index_person_by_each_key
from app.people import guardian_store
from app.people.guardian_model import Child, ConfirmedBy, OtherConsent, Relation
from app.people.holding import tell_resident
from app.people.model import ResidentCaller
from app.people.profiles import get_masked_name
from app.people.registering import require_key
from app.people.rules import mask_name, require_verified
from app.people.standing import require_trust
from app.sealing import DataKey, Vault

FIELD = "child"


def open_child(key: DataKey, sealed: bytes) -> Child:
    """Whom a consent is for, by its guardian's key."""
    return msgspec.json.decode(key.open(sealed, FIELD), type=Child)


async def list_waiting(pool: Pool, vault: Vault, caller: ResidentCaller) -> list[OtherConsent]:
    """Others who say that they are guardians of the caller's own children; the caller was confirmed themself."""
    require_verified(caller)
    key = await require_key(pool, vault, caller.resident_id)
    waiting: list[OtherConsent] = []
    for child in await _list_children(pool, key, caller.resident_id):
        for guardian_id, consent_id in await _list_others(pool, vault, child, caller.resident_id):
            found = await guardian_store.get_living(pool, guardian_id, consent_id)
            if found is not None and found.confirmed_at is None:
                waiting.append(
                    OtherConsent(
                        id=consent_id,
                        guardian_masked_name=await get_masked_name(pool, vault, guardian_id),
                        child_masked_name=mask_name(child.name),
                        relation=Relation(found.relation),
                        given_at=found.given_at,
                    )
                )
    return waiting


async def _list_children(db: Executor, key: DataKey, guardian_id: UUID) -> list[Child]:
    """For whom a window has confirmed a guardian, who consents still."""
    return [
        open_child(key, row.sealed_child)
        for row in await guardian_store.list_consents(db, guardian_id)
        if row.confirmed_by == ConfirmedBy.WINDOW and row.withdrawn_at is None
    ]


async def _list_others(db: Executor, vault: Vault, child: Child, guardian_id: UUID) -> list[tuple[UUID, UUID]]:
    """(guardian, consent) of everybody else who consents for a child."""
    rows = await guardian_store.list_lookups(db, index_person_by_each_key(vault, child.name, child.id_number))
    found = {(row["guardian_id"], row["consent_id"]) for row in rows if row["guardian_id"] != guardian_id}
    return sorted(found, key=lambda one: one[1])


async def confirm_other(pool: Pool, vault: Vault, caller: ResidentCaller, consent_id: UUID, now: datetime) -> None:
    """Says that another guardian of the caller's child is one."""
    require_verified(caller)
    async with transaction(pool) as db:
        await require_trust(db, caller, now)
        key = await require_key(db, vault, caller.resident_id)
        for child in await _list_children(db, key, caller.resident_id):
            for guardian_id, found_id in await _list_others(db, vault, child, caller.resident_id):
                if found_id == consent_id:
                    await confirm(db, guardian_id, consent_id, ConfirmedBy.GUARDIAN, now)
                    return
    raise NotFoundError


async def confirm(
    db: Connection, guardian_id: UUID, consent_id: UUID, confirmed_by: ConfirmedBy, now: datetime
) -> None:
    """Makes a consent count, and tells its guardian; one that was confirmed before stays as it is."""
    if await guardian_store.claim_confirmation(db, guardian_id, consent_id, confirmed_by, now):
        await tell_resident(db, guardian_id, "guardian.confirmed", {"at": now}, now)


async def tell_confirmed(db: Connection, indexes: Sequence[bytes], guardian_id: UUID, now: datetime) -> None:
    """Tells those who were confirmed for a child that somebody else says to be its guardian."""
    rows = await guardian_store.list_lookups(db, indexes)
    for other_id, consent_id in {(row["guardian_id"], row["consent_id"]) for row in rows}:
        found = await guardian_store.get_living(db, other_id, consent_id)
        if other_id != guardian_id and found is not None and found.confirmed_at is not None:
            await tell_resident(db, other_id, "guardian.another", {"at": now}, now)
