"""What is revoked reaches a status list: by itself where a subject, a session or what a licence says ended, within
seconds.

Online, nothing waits for this: a scan asks the rows themselves. The lists are for who scans without a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.credentials import certificate_store, licence_store, list_store, paper_store, subject_store
from app.database import Pool, transaction
from app.identity.numbers import today
from app.licences.types import get_types

log = structlog.get_logger()

_OVERLAP = timedelta(minutes=1)
"""What ended a moment ago may be committed after a later ending was read; no transaction that ends things lasts as
long."""
_FIRST = timedelta(days=181)
"""How far back the first look goes: to before anything that is still good was issued."""
_LONGEST_CERTIFIED = timedelta(hours=13)
"""For certificates this is far enough: what ended before then, they have not outlived."""
_LONGEST_CREDENTIAL = timedelta(days=15)
"""And so far for credentials of licences."""
_SETTLING = timedelta(hours=1)
"""A licence ends, or is renewed, as of when its registry was asked; it may take a while until that is in the wallet."""
_SWEEP_EVERY = timedelta(hours=1)
"""What no registry's word tells of: a part of a composite whose last day is over, a wallet that is gone."""
_PAGE = 2000
_LOWEST_ID = UUID(int=0)


class Follower:
    """Follows what ended since it last looked; the first look goes back as far as anything lives."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._looked_at: datetime | None = None
        self._swept_at: datetime | None = None

    async def follow(self, now: datetime) -> None:
        """Revokes what hangs on subjects and sessions that ended and licences that changed; lists what was revoked."""
        since = now - _FIRST if self._looked_at is None else self._looked_at - _OVERLAP
        await _revoke_what_hangs(self._pool, since, now)
        if self._swept_at is None or self._swept_at <= now - _SWEEP_EVERY:
            await _sweep_licences(self._pool, now)
            self._swept_at = now
        await list_revoked(self._pool, now)
        self._looked_at = now


async def _revoke_what_hangs(pool: Pool, since: datetime, now: datetime) -> None:
    recent = max(since, now - _LONGEST_CERTIFIED)
    sessions = await subject_store.list_ended_sessions(pool, recent)
    await certificate_store.revoke_of_sessions(pool, sessions, now)
    await certificate_store.revoke_of_subjects(pool, recent, now)
    await paper_store.revoke_of_subjects(pool, since, now)
    long_ago = max(since, now - _LONGEST_CREDENTIAL)
    await licence_store.revoke_of_sessions(pool, await subject_store.list_ended_sessions(pool, long_ago), now)
    await licence_store.revoke_of_subjects(pool, long_ago, now)
    changed = await licence_store.list_changed_holders(pool, long_ago - _SETTLING)
    for at in range(0, len(changed), _PAGE):
        await _revoke_of_licences(pool, changed[at : at + _PAGE], now)


async def _sweep_licences(pool: Pool, now: datetime) -> None:
    """Looks at every holder's, a page at a time."""
    page = [_LOWEST_ID]
    while page := await licence_store.list_holders(pool, page[-1], _PAGE):
        await _revoke_of_licences(pool, page, now)


async def _revoke_of_licences(pool: Pool, holder_ids: Sequence[UUID], now: datetime) -> None:
    kinds = {kind.id: kind.parts for kind in (await get_types(pool)).values()}
    await licence_store.revoke_of_licences(pool, holder_ids, kinds, today(now), now)


async def list_revoked(pool: Pool, now: datetime) -> int:
    """Gives whatever was revoked its mark in a list; how many things. One that fails half-way begins again."""
    count = 0
    while True:
        batches = await certificate_store.list_unlisted(pool, _PAGE)
        papers = await paper_store.list_unlisted(pool, _PAGE)
        licences = await licence_store.list_unlisted(pool, _PAGE)
        if not batches and not papers and not licences:
            break
        places = [(row["list_no"], place) for row in batches for place in row["places"]]
        places += [(row["list_no"], row["place"]) for row in (*papers, *licences)]
        async with transaction(pool) as db:
            await list_store.lock_listing(db)
            covered = await list_store.get_covered(db)
            # Later than all that a publication says it has, whatever this machine's clock says.
            moment = now if covered is None else max(now, covered + timedelta(microseconds=1))
            await list_store.insert_revocations(db, places, moment)
        await certificate_store.mark_listed(pool, batches, now)
        await paper_store.mark_listed(pool, papers, now)
        await licence_store.mark_listed(pool, licences, now)
        count += len(places)
    if count:
        log.info("status.revoked", places=count)
    return count
