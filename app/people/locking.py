"""Locking an account ends every credential of it at once; presence alone opens it again.

What a lock does to each table and each kind of token, app/rights/credentials.py lists. Bindings, which concern others
too, are not ended: they rest until everybody whom they concern is back. What is signed for long comes back never.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from app.database import Connection, Executor, Pool, transaction
from app.identifiers import new_id
from app.people import bindings, care_store, claims_store, locking_store, presence_store, store
from app.people.endings import ending
from app.people.holding import tell_resident
from app.people.model import Binding, BindingKind, ResidentCaller
from app.people.rules import codes_end_at
from app.people.telling import tell
from app.people.unreaching import note_end_of_all

_NEWS_AT_ONCE = 100


async def lock_account(pool: Pool, caller: ResidentCaller, now: datetime) -> None:
    """Locks the caller's own account.

    Any session may, a new installation's too: whoever lost a phone comes in on another. It is the safe direction.
    In an account that is locked already nobody is trusted, and the claims under way may be the owner's way back:
    whoever has no more than a login does not end them.
    """
    async with ending(pool) as db:
        await store.hold_resident(db, caller.resident_id)
        resident = await store.get_resident(db, caller.resident_id)
        if resident is not None and resident.locked_at is not None:
            await _end_credentials(db, caller.resident_id, now)
        else:
            await lock_resident(db, caller.resident_id, now)
        await tell(db, caller.subject_no, caller.resident_id, "account.locked", {"at": now}, now)


async def lock_resident(db: Connection, resident_id: UUID, now: datetime) -> None:
    """Ends what the resident's credentials are good for; whoever asks for it has them told."""
    await store.hold_resident(db, resident_id)
    await store.mark_locked(db, resident_id, now)
    await claims_store.lock_claims(db, resident_id, now)
    await care_store.end_invitations(db, resident_id, "locked", now)
    await presence_store.close_presences_of(db, resident_id, now)
    await _end_credentials(db, resident_id, now)


async def _end_credentials(db: Connection, resident_id: UUID, now: datetime) -> None:
    subject_nos = await bindings.list_subject_nos(db, resident_id)
    await store.end_codes(db, subject_nos, codes_end_at(now))
    await locking_store.end_papers(db, subject_nos, codes_end_at(now))
    for binding in await bindings.list_bindings(db, resident_id):
        if binding.ended_at is None:
            await _rest(db, resident_id, binding, now)
    await store.distrust_installations(db, resident_id)
    ended = await store.end_sessions(db, resident_id, now=now, reason="locked")
    await note_end_of_all(db, resident_id, ended, now)


async def _rest(db: Connection, resident_id: UUID, binding: Binding, now: datetime) -> None:
    """Suspends a binding for this resident; the others whom it concerns hear that it rests, not why."""
    if not await locking_store.claim_suspension(db, binding.subject_no, resident_id, now):
        return
    await _mark(db, resident_id, binding, now)
    await _tell_others(db, binding, "rests", now)


async def unlock(db: Connection, resident_id: UUID, now: datetime) -> None:
    """Opens the account of a resident whose presence was proven. Bindings come back, and everybody hears of it;
    papers, certificates, sessions and the trust in other installations do not.
    """
    await claims_store.unlock(db, resident_id)
    for binding in await bindings.list_bindings(db, resident_id):
        if await locking_store.claim_resumption(db, binding.subject_no, resident_id):
            await _mark(db, resident_id, binding, None)
            await tell_resident(db, resident_id, f"{binding.kind}.resumed", _data(binding, now), now)
            await _tell_others(db, binding, "resumed", now)


async def _mark(db: Connection, resident_id: UUID, binding: Binding, rests_at: datetime | None) -> None:
    """On every row of the binding, so that issuing a code reads one."""
    concerned = {resident_id, binding.principal_id} if binding.kind is BindingKind.CARE else {resident_id}
    for one in sorted(concerned):
        await locking_store.mark_resting(db, one, binding.binding_id, rests_at)


async def _tell_others(db: Connection, binding: Binding, what: str, now: datetime) -> None:
    topic = f"{binding.kind}.{what}"
    if binding.kind is BindingKind.CARE:
        await tell_resident(db, binding.principal_id, topic, _data(binding, now), now)
    else:
        await locking_store.insert_news(
            db, binding.principal_id, new_id(), topic=topic, binding_id=binding.binding_id, now=now
        )


def _data(binding: Binding, now: datetime) -> dict[str, object]:
    return {"binding_id": binding.binding_id, "at": now}


FindRepresentative: TypeAlias = Callable[[Executor, UUID], Awaitable[UUID | None]]
"""Who represents a company by law; another domain knows."""


async def tell_companies(pool: Pool, find_representative: FindRepresentative, now: datetime) -> int:
    """Tells representatives what has become of their companies' bindings; answers of how many."""
    told = 0
    for news in await locking_store.list_news(pool, _NEWS_AT_ONCE):
        async with transaction(pool) as db:
            if not await locking_store.claim_news(db, news["company_id"], news["news_id"]):
                continue
            representative_id = await find_representative(db, news["company_id"])
            if representative_id is not None:
                data = {"binding_id": news["binding_id"], "at": news["happened_at"]}
                await tell_resident(db, representative_id, news["topic"], data, now)
            told += 1
    return told
