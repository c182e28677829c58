"""What scanners have in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from app.database import Connection, Executor
from app.purging import purge_pages, write_purge
from app.venues.keys import ScannerKey, read_public_key
from app.venues.model import EnrolledScanner, RefusalCount, Scanner

INSERT_SCANNER = """
INSERT INTO scanners (scanner_id, venue_id, name, credential_hash, created_at, expires_at, public_key, key_thumbprint,
                      key_registered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $8::bytea IS NULL THEN NULL ELSE $5::timestamptz END)
ON CONFLICT (scanner_id) DO UPDATE SET expires_at = excluded.expires_at, revoked_at = NULL
"""


async def insert_scanner(
    db: Connection,
    scanner_id: UUID,
    *,
    venue_id: UUID,
    name: str,
    credential_hash: bytes,
    now: datetime,
    expires_at: datetime,
    key: ScannerKey | None = None,
) -> None:
    jwk, thumbprint = (key.jwk, key.thumbprint) if key else (None, None)
    await db.execute(INSERT_SCANNER, scanner_id, venue_id, name, credential_hash, now, expires_at, jwk, thumbprint)


REVOKE_SCANNER = """
UPDATE scanners SET revoked_at = coalesce(revoked_at, $3) WHERE venue_id = $1 AND scanner_id = $2 RETURNING 1
"""


async def revoke_scanner(db: Executor, venue_id: UUID, scanner_id: UUID, now: datetime) -> bool:
    return await db.fetchval(REVOKE_SCANNER, venue_id, scanner_id, now) is not None


REVOKE_SCANNERS = "UPDATE scanners SET revoked_at = $2 WHERE venue_id = $1 AND revoked_at IS NULL"


async def revoke_scanners(db: Connection, venue_id: UUID, now: datetime) -> None:
    await db.execute(REVOKE_SCANNERS, venue_id, now)


RENEW_SCANNER = """
UPDATE scanners SET previous_hash = credential_hash, previous_until = least(expires_at, $4), credential_hash = $3,
       expires_at = $5, renewed_at = $6
WHERE venue_id = $1 AND scanner_id = $2 AND revoked_at IS NULL RETURNING 1
"""


async def renew_scanner(
    db: Connection,
    venue_id: UUID,
    scanner_id: UUID,
    *,
    credential_hash: bytes,
    previous_until: datetime,
    expires_at: datetime,
    now: datetime,
) -> bool:
    """False where it was revoked, or is not this venue's."""
    renewed = await db.fetchval(RENEW_SCANNER, venue_id, scanner_id, credential_hash, previous_until, expires_at, now)
    return renewed is not None


CLAIM_KEY = """
UPDATE scanners SET public_key = $2, key_thumbprint = $3, key_registered_at = $4
WHERE scanner_id = $1 AND key_thumbprint IS NULL AND revoked_at IS NULL RETURNING 1
"""


async def claim_key(db: Connection, scanner_id: UUID, key: ScannerKey, now: datetime) -> bool:
    """False where it has a key already."""
    return await db.fetchval(CLAIM_KEY, scanner_id, key.jwk, key.thumbprint, now) is not None


GET_SCANNER = """
SELECT s.scanner_id, s.venue_id, s.name, v.name AS venue_name, v.purpose, p.fields, p.checks_person, p.strict,
       v.requires_shift, CASE WHEN p.strict THEN 'refuse' ELSE v.offline_policy END AS offline_policy,
       s.expires_at, coalesce(s.renewed_at, s.created_at) AS enrolled_at, v.approved_at IS NOT NULL AS approved,
       s.revoked_at IS NOT NULL OR v.closed_at IS NOT NULL AS revoked, s.credential_hash, s.previous_hash,
       s.previous_until, s.public_key
FROM scanners AS s JOIN venues AS v USING (venue_id) JOIN purposes AS p USING (purpose) WHERE s.scanner_id = $1
"""


async def get_scanner(db: Executor, scanner_id: UUID) -> Scanner | None:
    row = await db.fetchrow(GET_SCANNER, scanner_id)
    if row is None:
        return None
    found = dict(row)
    jwk = found.pop("public_key")
    return Scanner(**found, key=read_public_key(jwk) if jwk else None)


LIST_SCANNERS = """
SELECT s.scanner_id, s.name, s.created_at, s.expires_at, s.key_thumbprint, s.revoked_at,
       (SELECT max(t.last_at) FROM scanner_tallies AS t WHERE t.venue_id = $1 AND t.scanner_id = s.scanner_id)
       AS last_used_at
FROM scanners AS s WHERE s.venue_id = $1 AND s.scanner_id > $2 ORDER BY s.scanner_id LIMIT $3
"""


async def list_scanners(db: Executor, venue_id: UUID, *, after: UUID, limit: int) -> list[EnrolledScanner]:
    return [EnrolledScanner(**row) for row in await db.fetch(LIST_SCANNERS, venue_id, after, limit)]


ADD_TALLIES = """
INSERT INTO scanner_tallies AS held (venue_id, scanner_id, day, reason, count, last_at)
SELECT t.venue_id, t.scanner_id, t.day, t.reason, t.count, t.last_at
FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::text[], $5::bigint[], $6::timestamptz[])
     AS t (venue_id, scanner_id, day, reason, count, last_at)
ON CONFLICT (venue_id, scanner_id, day, reason) DO UPDATE
SET count = held.count + excluded.count, last_at = greatest(held.last_at, excluded.last_at)
"""


async def add_tallies(db: Executor, rows: Sequence[tuple[UUID, UUID, date, str, int, datetime]]) -> None:
    await db.execute(ADD_TALLIES, *(list(column) for column in zip(*rows, strict=True)))


COUNT_REFUSALS = """
SELECT scanner_id, reason, count FROM scanner_tallies
WHERE venue_id = $1 AND day = $2 AND reason <> 'used' ORDER BY scanner_id, count DESC, reason
"""


async def count_refusals(db: Executor, venue_id: UUID, day: date) -> list[RefusalCount]:
    return [RefusalCount(**row) for row in await db.fetch(COUNT_REFUSALS, venue_id, day)]


PURGE_TALLIES = write_purge("scanner_tallies", "venue_id, scanner_id, day, reason", "{row}.day < $1", by="day")


async def purge_tallies(db: Executor, before: date) -> None:
    await purge_pages(db, PURGE_TALLIES, before)
