"""Two accounts of one person become one: nothing is lost, and nobody comes in to the one that was."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.database import Connection, Executor, Pool, transaction
from app.people import accounts, claims_store, logins_store, store
from app.people.model import Resident
from app.people.registering import open_key
from app.people.rules import codes_end_at
from app.people.unreaching import note_end_of_all
from app.pushing.topics import ARRIVED
from app.sealing import Vault
from push.moving import move_choices, move_messages, redirect_notices

_GATHERED_FOR = timedelta(days=2)
_LEFT_BEHIND = (ARRIVED,)
"""What was told by a consent of the account that ends: in the other's inbox no withdrawal would find it."""


async def merge(db: Connection, vault: Vault, source: Resident, target: Resident, now: datetime) -> None:
    """Makes logins, messages and what is under way the target's, and ends all that the source's credentials were good
    for. Both are held by the caller. A source has proven no identity, so it never showed a code, and nobody looked.
    """
    keys = open_key(vault, source), open_key(vault, target)
    for login in await logins_store.list_logins(db, source.resident_id):
        await accounts.move(db, vault, keys, login, source=source.resident_id, target=target.resident_id)
    if target.sealed_phone is None and source.sealed_phone is not None:
        phone = keys[0].open(source.sealed_phone, "phone")
        await logins_store.set_phone(db, target.resident_id, keys[1].seal(phone, "phone"))
    await store.end_codes(db, [source.subject_no], codes_end_at(now))
    await claims_store.hand_subject(db, source.subject_no, target.resident_id, now)
    ended = await store.end_sessions(db, source.resident_id, now=now, reason="merged")
    await note_end_of_all(db, source.resident_id, ended, now)
    await claims_store.delete_notices(db, source.subject_no, source.resident_id, _LEFT_BEHIND)
    await claims_store.delete_messages(db, source.resident_id, _LEFT_BEHIND)
    await redirect_notices(db, routing_key=source.subject_no, source=source.resident_id, target=target.resident_id)
    await move_messages(db, source=source.resident_id, target=target.resident_id)
    await move_choices(db, source=source.resident_id, target=target.resident_id)
    await claims_store.mark_merged(db, source.resident_id, target.resident_id)
    await claims_store.insert_merger(db, target.resident_id, source.resident_id, source.subject_no, now)


async def gather_messages(pool: Pool, now: datetime) -> None:
    """Moves what a worker delivered to an account in the moment in which it became a part of another."""
    for merger in await claims_store.list_mergers(pool, now - _GATHERED_FOR):
        async with transaction(pool) as db:
            await claims_store.delete_messages(db, merger["merged_id"], _LEFT_BEHIND)
            await move_messages(db, source=merger["merged_id"], target=merger["resident_id"])


async def list_merged(db: Executor, now: datetime) -> list[UUID]:
    """The accounts that became a part of another of late: what else they had is looked after where it is known."""
    return [merger["merged_id"] for merger in await claims_store.list_mergers(db, now - _GATHERED_FOR)]


async def list_merged_subjects(db: Executor, now: datetime) -> list[tuple[UUID, int]]:
    """The same with the subject of each, for what lies beside it."""
    mergers = await claims_store.list_mergers(db, now - _GATHERED_FOR)
    return [(merger["merged_id"], merger["merged_subject_no"]) for merger in mergers]
