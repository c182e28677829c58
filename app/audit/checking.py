"""Verifying the chained log: everything is computed again and compared, page by page, however long the log is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from app.audit import store
from app.audit.act_checks import check_acts
from app.audit.chain_checks import check_chain
from app.audit.entry_checks import check_accesses, check_erasures, check_pending
from app.audit.model import FindingKind, Head, to_us
from app.audit.report import Progress, Report, say_time
from app.audit.signing import RingSigner, Verifier
from app.audit.witness import WitnessFile
from app.audit.witness_checks import check_witness
from app.database import Connection, Pool, open_pool
from app.settings import Settings
from codes import KeyRing

WITNESS = "audit-heads.jsonl"
"""The witness's name in the data folder."""
GAP_ALLOWED = timedelta(minutes=5)
"""A worker that made no head for so long is not working, or what it made is gone."""

WITNESS_DELAY = timedelta(seconds=30)
"""A head is in the witness file a moment after it is in the database: a chain that began since may have no file yet."""


async def verify_log(
    pool: Pool,
    verifier: Verifier,
    witness: Path | None,
    now: datetime,
    *,
    gap_allowed: timedelta = GAP_ALLOWED,
    first_batch: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Verifies the whole log, or from a batch on whose predecessor was verified before; `witness` None leaves it out.

    One snapshot is read throughout, so the deployment may go on serving meanwhile.
    """
    report = Report(progress)
    file = WitnessFile(witness) if witness else None
    size = file.size() if file else None
    young_us = to_us(now - WITNESS_DELAY)
    async with pool.acquire() as db, db.transaction(isolation="repeatable_read", readonly=True):
        await store.hasten(db)
        silence_us = gap_allowed // timedelta(microseconds=1)
        spoilt = await check_chain(db, verifier, report, first_batch=first_batch, silence_us=silence_us)
        last_seen = None
        if file:
            last_seen = await check_witness(
                db, file, size, verifier, report, first_batch=first_batch, young_us=young_us
            )
        forged = await check_erasures(db, verifier, report, spoilt=spoilt, first_batch=first_batch)
        await check_accesses(db, report, spoilt=spoilt, forged=forged, first_batch=first_batch)
        since = await _find_since(db, first_batch)
        await check_acts(db, report, first_batch=first_batch, since=since)
        oldest_us = await check_pending(db, report, since=since, latest_us=to_us(now + gap_allowed))
    _check_freshness(report, last_seen, oldest_us, to_us(now - gap_allowed), has_witness=file is not None)
    return report


async def _find_since(db: Connection, first_batch: int | None) -> datetime | None:
    """From when accesses belong to these batches."""
    if first_batch is None or first_batch <= 1:
        return None
    before = await store.list_heads(db, first_batch - 2, limit=1)
    return before[0].until_at if before else None


def _check_freshness(
    report: Report, last_seen: Head | None, oldest_us: int | None, limit_us: int, *, has_witness: bool
) -> None:
    """A log that stands still: a note where the witness knows that nothing was cut off, for then it is the worker."""
    newest = report.newest
    if has_witness and newest and last_seen and last_seen.batch_no < newest.batch_no and newest.created_us < limit_us:
        detail = f"its newest head is {last_seen.batch_no}, the database's {newest.batch_no}"
        report.add(FindingKind.WITNESS_BEHIND, detail, batch_no=last_seen.batch_no)
    if newest and newest.created_us >= limit_us:
        return
    waits = oldest_us is not None and oldest_us < limit_us
    waiting = f"{report.waiting} accesses wait: is a worker running?" if waits else "nothing waits for one"
    if newest and last_seen and last_seen.head == newest.head:
        report.note(f"silence: no head since {say_time(newest)}, and {waiting}")
    elif newest:
        detail = f"no head since {say_time(newest)}, and no witness that it is the newest; {waiting}"
        report.add(FindingKind.HEADS_OVERDUE, detail, batch_no=newest.batch_no)
    elif waits:
        report.add(FindingKind.HEADS_OVERDUE, f"no head yet, and {waiting}")


async def verify_deployment(
    settings: Settings, database_url: str, now: datetime, echo: Callable[[str], None], *, first_batch: int | None = None
) -> Report:
    """`suixing audit verify`: with this deployment's keys and witness; tells what it finds, and one line in sum."""
    pool = await open_pool(settings, database_url, size=2)
    try:
        report = await verify_log(
            pool,
            RingSigner(KeyRing.load(settings.keys_folder), now),
            settings.data / WITNESS,
            now,
            gap_allowed=max(GAP_ALLOWED, timedelta(seconds=5 * settings.audit_interval)),
            first_batch=first_batch,
        )
    finally:
        await pool.close()
    for line in report.lines():
        echo(line)
    return report
