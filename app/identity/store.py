"""What proof of identity has in PostgreSQL: one statement a function."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.database import Executor
from app.identity.model import Applicant, EvidenceKind, StartedCheck
from app.purging import purge_pages, write_purge

CLAIM_ATTEMPT = "SELECT claim_quota($1, $2, $3, $4)"


async def claim_attempt(db: Executor, bucket: bytes, most: int, span: timedelta, now: datetime) -> datetime | None:
    """None where there was room for one more; otherwise when there will be."""
    free_at: datetime | None = await db.fetchval(CLAIM_ATTEMPT, bucket, most, span, now)
    return free_at


INSERT_CHECK = """
INSERT INTO identity_checks
  (resident_id, check_id, installation_id, kind, person_index, reference, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def insert_check(
    db: Executor,
    applicant: Applicant,
    check_id: UUID,
    *,
    kind: EvidenceKind,
    person_index: bytes | None,
    reference: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    await db.execute(
        INSERT_CHECK,
        applicant.resident_id,
        check_id,
        applicant.installation_id,
        kind,
        person_index,
        reference,
        now,
        expires_at,
    )


GET_LIVING_CHECK = """
SELECT person_index, reference FROM identity_checks
WHERE resident_id = $1 AND check_id = $2 AND installation_id = $3 AND kind = $4 AND used_at IS NULL AND expires_at > $5
"""


async def get_living_check(
    db: Executor, applicant: Applicant, check_id: UUID, kind: EvidenceKind, now: datetime
) -> StartedCheck | None:
    """A check that this applicant may still use, from the installation that it was started on."""
    row = await db.fetchrow(GET_LIVING_CHECK, applicant.resident_id, check_id, applicant.installation_id, kind, now)
    return StartedCheck(**row) if row else None


CLAIM_CHECK = """
UPDATE identity_checks SET used_at = $3 WHERE resident_id = $1 AND check_id = $2 AND used_at IS NULL RETURNING 1
"""


async def claim_check(db: Executor, applicant: Applicant, check_id: UUID, now: datetime) -> bool:
    """Uses a check up; of two who would, one gets it."""
    return await db.fetchval(CLAIM_CHECK, applicant.resident_id, check_id, now) is not None


PURGE_CHECKS = write_purge("identity_checks", "resident_id, check_id", "expires_at < $1", by="expires_at")


async def purge_checks(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE_CHECKS, before)
