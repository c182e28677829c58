"""Who looked at a resident: shown to them, and disputed by them; a mistaken scan is annulled by its scanner."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.database import Pool, transaction
from app.errors import NotFoundError
from app.identifiers import new_id
from app.people.bindings import list_subject_nos
from app.people.model import ResidentCaller
from app.people.profiles import seal_for
from app.people.rules import require_own_eyes
from app.sealing import Vault
from app.venues import store
from app.venues.errors import ScanNotAnnullableError
from app.venues.model import Access, Scanner
from push.notices import Notice
from push.outbox import enqueue

_ANNULLABLE = timedelta(hours=24)
_NOTICE_LIFE = timedelta(days=30)


async def list_accesses(pool: Pool, caller: ResidentCaller, *, before: UUID | None, limit: int) -> list[Access]:
    """Every look at the caller, newest first."""
    require_own_eyes(caller)
    subject_nos = await list_subject_nos(pool, caller.resident_id)
    return await store.list_accesses(pool, subject_nos, before=before, limit=limit)


async def dispute_access(
    pool: Pool, vault: Vault, caller: ResidentCaller, access_id: UUID, *, reason: str, now: datetime
) -> None:
    """Keep that this was not the resident, for the desk; saying it twice changes nothing."""
    require_own_eyes(caller)
    subject_no = await store.get_access_subject(pool, await list_subject_nos(pool, caller.resident_id), access_id)
    if subject_no is None:
        raise NotFoundError
    sealed = await seal_for(pool, vault, caller.resident_id, reason, "reason")
    async with pool.acquire() as db:
        await store.mark_access(
            db, subject_no, access_id, mark="disputed", marked_by=caller.resident_id, sealed_reason=sealed, now=now
        )


async def annul_scan(pool: Pool, vault: Vault, scanner: Scanner, scan_id: UUID, *, reason: str, now: datetime) -> None:
    """Takes a mistaken scan back: it stays in the log, marked, and the resident is told. The code stays used."""
    scan = await store.get_scan(pool, scan_id, scanner.scanner_id)
    if scan is None:
        raise NotFoundError
    if scan["recorded_at"] < now - _ANNULLABLE:
        raise ScanNotAnnullableError
    sealed = await seal_for(pool, vault, scan["resident_id"], reason, "reason")
    async with transaction(pool) as db:
        is_first = await store.mark_access(
            db,
            scan["subject_no"],
            scan_id,
            mark="annulled",
            marked_by=scanner.scanner_id,
            sealed_reason=sealed,
            now=now,
        )
        if is_first:
            await enqueue(db, _annulled_notice(scan["subject_no"], scan["resident_id"], scanner, scan_id, now))


def _annulled_notice(subject_no: int, resident_id: UUID, scanner: Scanner, scan_id: UUID, now: datetime) -> Notice:
    return Notice(
        routing_key=subject_no,
        notice_id=new_id(),
        recipient=resident_id,
        channel="inbox",
        topic="scan.annulled",
        dedupe_key=f"annul:{scan_id}",
        data={"access_id": scan_id, "venue_id": scanner.venue_id, "purpose": scanner.purpose, "at": now},
        sealed=None,
        created_at=now,
        due_at=now,
        expires_at=now + _NOTICE_LIFE,
    )
