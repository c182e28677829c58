"""What is measured, in PostgreSQL: one statement a function. What other domains keep is counted here, never written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from app.database import Executor, Record
from app.purging import purge_pages, write_purge

ADD_MEASUREMENTS = """
INSERT INTO measurements (name, at, value)
SELECT m.name, $1, m.value FROM unnest($2::text[], $3::double precision[]) AS m (name, value)
ON CONFLICT (name, at) DO UPDATE SET value = measurements.value + EXCLUDED.value
"""


async def add_measurements(db: Executor, minute: datetime, counted: Mapping[str, float]) -> None:
    """In one order everywhere, so that two processes never wait for each other."""
    names = sorted(counted)
    await db.execute(ADD_MEASUREMENTS, minute, names, [float(counted[name]) for name in names])


SET_MEASUREMENTS = """
INSERT INTO measurements (name, at, value)
SELECT m.name, $1, m.value FROM unnest($2::text[], $3::double precision[]) AS m (name, value)
ON CONFLICT (name, at) DO UPDATE SET value = EXCLUDED.value
"""


async def set_measurements(db: Executor, minute: datetime, seen: Mapping[str, float]) -> None:
    names = sorted(seen)
    await db.execute(SET_MEASUREMENTS, minute, names, [float(seen[name]) for name in names])


READ_STEPS = """
SELECT name, date_bin($3, at, $1) AS step, sum(value) AS total, max(value) AS most, count(*) AS minutes
FROM measurements WHERE name = ANY($4::text[]) AND at >= $1 AND at < $2
GROUP BY name, step
"""


async def read_steps(
    db: Executor, names: Sequence[str], *, since: datetime, until: datetime, step: timedelta
) -> list[Record]:
    return await db.fetch(READ_STEPS, since, until, step, names)


LIST_LARGEST = """
SELECT name FROM measurements WHERE name LIKE $1 AND at >= $2 AND at < $3
GROUP BY name ORDER BY sum(value) DESC, name LIMIT $4
"""


async def list_largest(db: Executor, prefix: str, *, since: datetime, until: datetime, limit: int) -> list[str]:
    """The names that begin so, by what was counted under them."""
    return [row["name"] for row in await db.fetch(LIST_LARGEST, f"{prefix}%", since, until, limit)]


PURGE_MEASUREMENTS = write_purge("measurements", "name, at", "{row}.at < $1")


async def purge_measurements(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE_MEASUREMENTS, before)


NOTE_WORKER = """
INSERT INTO workers (worker_id, started_at, seen_at, version) VALUES ($1, $2, $3, $4)
ON CONFLICT (worker_id) DO UPDATE SET seen_at = EXCLUDED.seen_at
"""


async def note_worker(db: Executor, worker_id: UUID, *, started_at: datetime, version: str, now: datetime) -> None:
    await db.execute(NOTE_WORKER, worker_id, started_at, now, version)


STOP_WORKER = "UPDATE workers SET seen_at = $2, stopped_at = $2 WHERE worker_id = $1"


async def stop_worker(db: Executor, worker_id: UUID, now: datetime) -> None:
    await db.execute(STOP_WORKER, worker_id, now)


LIST_WORKERS = """
SELECT worker_id, started_at, seen_at, stopped_at, version FROM workers WHERE seen_at >= $1
ORDER BY stopped_at IS NOT NULL, seen_at DESC, worker_id LIMIT 50
"""


async def list_workers(db: Executor, seen_since: datetime) -> list[Record]:
    return await db.fetch(LIST_WORKERS, seen_since)


PURGE_WORKERS = "DELETE FROM workers WHERE seen_at < $1"


async def purge_workers(db: Executor, before: datetime) -> None:
    await db.execute(PURGE_WORKERS, before)


ADD_DELIVERIES = """
INSERT INTO delivery_totals (channel, outcome, total)
SELECT d.channel, d.outcome, d.count FROM unnest($1::text[], $2::text[], $3::bigint[]) AS d (channel, outcome, count)
ON CONFLICT (channel, outcome) DO UPDATE SET total = delivery_totals.total + EXCLUDED.total
"""


async def add_deliveries(db: Executor, counted: Mapping[tuple[str, str], int]) -> None:
    keys = sorted(counted)
    channels, outcomes = [channel for channel, _ in keys], [outcome for _, outcome in keys]
    await db.execute(ADD_DELIVERIES, channels, outcomes, [counted[key] for key in keys])


LIST_DELIVERIES = "SELECT channel, outcome, total FROM delivery_totals"


async def list_deliveries(db: Executor) -> dict[tuple[str, str], int]:
    rows = await db.fetch(LIST_DELIVERIES)
    return {(row["channel"], row["outcome"]): row["total"] for row in rows}


SUM_SINCE = "SELECT name, sum(value) AS total FROM measurements WHERE name LIKE $1 AND at >= $2 GROUP BY name"


async def sum_since(db: Executor, prefix: str, since: datetime) -> dict[str, float]:
    rows = await db.fetch(SUM_SINCE, f"{prefix}%", since)
    return {row["name"]: row["total"] for row in rows}


# Days are Beijing's, as the desk's clock is.
SUM_DAYS = """
SELECT name, (at AT TIME ZONE 'Asia/Shanghai')::date AS day, sum(value) AS total FROM measurements
WHERE name LIKE ANY($1::text[]) AND at >= $2 GROUP BY name, day
"""


async def sum_days(db: Executor, patterns: Sequence[str], since: datetime) -> dict[tuple[date, str], float]:
    rows = await db.fetch(SUM_DAYS, list(patterns), since)
    return {(row["day"], row["name"]): row["total"] for row in rows}


READ_SCHEMA_VERSION = "SELECT max(version) FROM schema_migrations"


async def read_schema_version(db: Executor) -> str:
    version: str | None = await db.fetchval(READ_SCHEMA_VERSION)
    return version or ""


# The statuses of things that have all ended are nobody's concern.
LIST_STATUS_LISTS = """
SELECT l.list_no, l.use, l.opened_at, max(p.issued_at) AS issued_at, max(p.expires_at) AS expires_at
FROM status_lists AS l LEFT JOIN status_publications AS p ON p.list_no = l.list_no
WHERE l.last_expires_at > $1 GROUP BY l.list_no, l.use, l.opened_at ORDER BY l.list_no
"""


async def list_status_lists(db: Executor, now: datetime) -> list[Record]:
    return await db.fetch(LIST_STATUS_LISTS, now)


NEWEST_HEAD = "SELECT batch_no, created_at, until_at FROM access_batches ORDER BY batch_no DESC LIMIT 1"


async def get_newest_head(db: Executor) -> Record | None:
    return await db.fetchrow(NEWEST_HEAD)


# By the index of times, over every subject; a count that is cut off says as much as one that is not.
COUNT_UNCOMMITTED = """
SELECT count(*) FROM (SELECT FROM accesses WHERE recorded_at >= $1 LIMIT 100000) AS waiting
"""


async def count_uncommitted(db: Executor, since: datetime) -> int:
    waiting: int = await db.fetchval(COUNT_UNCOMMITTED, since)
    return waiting


COUNT_VENUES_WAITING = """
SELECT count(*) FROM venues WHERE approved_at IS NULL AND closed_at IS NULL AND judgement IS NULL
"""


async def count_venues_waiting(db: Executor) -> int:
    waiting: int = await db.fetchval(COUNT_VENUES_WAITING)
    return waiting


# Over every subject, by an index that holds the disputed ones alone.
COUNT_DISPUTES_OPEN = """
SELECT count(*) FROM access_marks AS m
LEFT JOIN dispute_answers AS d ON d.subject_no = m.subject_no AND d.access_id = m.access_id
WHERE m.mark = 'disputed' AND d.answered_at IS NULL
"""


async def count_disputes_open(db: Executor) -> int:
    waiting: int = await db.fetchval(COUNT_DISPUTES_OPEN)
    return waiting


# Over every subject, by scan_findings_by_time.
COUNT_FINDINGS = "SELECT kind, count(*) AS count FROM scan_findings WHERE found_at > $1 GROUP BY kind"


async def count_findings(db: Executor, since: datetime) -> dict[str, int]:
    return {row["kind"]: row["count"] for row in await db.fetch(COUNT_FINDINGS, since)}


COUNT_PROPOSALS_WAITING = "SELECT count(*) FROM proposals WHERE decision IS NULL AND expires_at > $1"


async def count_proposals_waiting(db: Executor, now: datetime) -> int:
    waiting: int = await db.fetchval(COUNT_PROPOSALS_WAITING, now)
    return waiting


# Over every holder, by wallets_by_sync.
COUNT_DUE_WALLETS = "SELECT count(*) AS waiting, min(sync_due_at) AS since FROM wallets WHERE sync_due_at <= $1"


async def count_due_wallets(db: Executor, now: datetime) -> Record:
    """(waiting, since): wallets that are to be brought up to date, and since when the first is."""
    row = await db.fetchrow(COUNT_DUE_WALLETS, now)
    assert row is not None  # noqa: S101  a count is always one row
    return row
