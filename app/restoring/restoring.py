"""`suixing restored`: between restoring a backup and serving again.

What happened after the backup was taken is lost: claims of codes, ended sessions, texts that were sent, heads of the
access log. So every code and session from before now ends, what can be used once counts as used, no text is sent again,
the trust list goes on above the last one that anybody can have seen, status lists hand out no more places, and the log
starts a new witness, beside which the old one is kept: it is what tells an auditor how much was lost.
"""

from __future__ import annotations

import asyncio
import os
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec

from app.audit import record_act
from app.audit.checking import WITNESS
from app.audit.heads import heads_since
from app.audit.witness import WitnessFile
from app.database import Connection, Pool, open_pool, transaction
from app.errors import SettingsError
from app.people.rules import codes_end_at
from app.recognition.publishing import publish_next_trust_list
from app.restoring import store
from app.settings import Settings
from codes import KeyRing

NOBODY = UUID(int=0)
"""The actor of what the command line does."""


class Restored(msgspec.Struct, frozen=True):
    """What was done, in numbers."""

    subjects: int
    sessions: int
    proofs: int
    notices: int
    lists: int
    sequence: int
    heads_lost: int
    old_witness: str | None


async def settle_restored(
    settings: Settings, url: str, now: datetime, *, keep_sessions: bool = False, above: int | None = None
) -> Restored:
    """Makes a restored database safe to serve; once more does no harm. `above` is a sequence known to be published."""
    ring = KeyRing.load(settings.keys_folder)
    pool = await open_pool(settings, url, size=1)
    try:
        async with transaction(pool) as db:
            subjects, sessions, proofs, notices, lists = await _end_all(db, now, keep_sessions=keep_sessions)
            lifetime = timedelta(seconds=settings.trust_list_lifetime)
            sequence = await publish_next_trust_list(db, ring, lifetime=lifetime, now=now, above=above)
            await record_act(db, NOBODY, "deployment.restored", None, now)
        lost, old_witness = await _renew_witness(pool, settings.data / WITNESS, now)
    finally:
        await pool.close()
    return Restored(subjects, sessions, proofs, notices, lists, sequence, lost, old_witness)


async def _end_all(db: Connection, now: datetime, *, keep_sessions: bool) -> tuple[int, int, int, int, int]:
    if not await store.claim_turn(db):
        raise SettingsError("Another process is at this already.")
    others = await store.count_others(db)
    if others:
        raise SettingsError(f"{others} connections of servers or workers are open: stop them first.")
    return (
        await store.end_codes(db, codes_end_at(now)),
        0 if keep_sessions else await store.end_sessions(db, now),
        await store.use_up_proofs(db, now),
        await store.settle_notices(db, now),
        await store.close_lists(db),
    )


async def _renew_witness(pool: Pool, path: Path, now: datetime) -> tuple[int, str | None]:
    """A witness of what the database has; the old one is kept under another name where it has more."""
    witness = WitnessFile(path)
    last = await asyncio.to_thread(witness.last)
    held = await heads_since(pool, last.batch_no - 1, limit=1) if last else []
    if last is None or (held and held[0].head == last.head):
        return 0, None
    kept = path.with_name(f"{path.stem}.until-{now:%Y%m%dT%H%M%SZ}{path.suffix}")
    try:
        await asyncio.to_thread(os.rename, path, kept)
    except PermissionError:
        raise SettingsError(f"{path} cannot be renamed: take its append-only mark away, `chattr -a`.") from None
    seen = 0
    while page := await heads_since(pool, seen):
        await asyncio.to_thread(witness.append, page)
        seen = page[-1].batch_no
    return last.batch_no - seen, str(kept)
