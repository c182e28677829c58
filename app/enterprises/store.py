"""Companies and their representatives in PostgreSQL: one statement a function, each on the one shard of its company."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.database import UPKEEP_SECONDS, Connection, Executor
from app.enterprises.credit_codes import CreditCode
from app.enterprises.model import Company, Ending, RegistryAnswer, Representative, Scope

CLAIM_PLACE = "SELECT claim_quota($1, $2, $3, $4)"


async def claim_place(db: Executor, bucket: bytes, most: int, span: timedelta, now: datetime) -> datetime | None:
    """None where there was room for one more; otherwise when there will be."""
    free_at: datetime | None = await db.fetchval(CLAIM_PLACE, bucket, most, span, now)
    return free_at


LIST_SCOPES = "SELECT scope AS id, name_zh, name_en FROM enterprise_scopes ORDER BY place, scope"


async def list_scopes(db: Executor) -> list[Scope]:
    return [Scope(**row) for row in await db.fetch(LIST_SCOPES)]


WRITE_COMPANY = """
INSERT INTO enterprises AS e
  (company_id, unified_social_credit_code, name, state, claimed_at, checked_at, check_due_at)
VALUES ($1, $2, $3, $4, $5, $5, $6)
ON CONFLICT (company_id) DO UPDATE SET
  name = $3, state = $4, checked_at = $5, check_due_at = $6, check_failures = 0 WHERE e.checked_at <= $5
RETURNING 1
"""


async def write_company(
    db: Connection, code: CreditCode, answer: RegistryAnswer, asked_at: datetime, due_at: datetime
) -> bool:
    """Keeps what the registry said, and the company until the transaction ends; False where it said newer things."""
    written = await db.fetchval(
        WRITE_COMPANY, code.company_id, code.text, answer.name, answer.state.value, asked_at, due_at
    )
    return written is not None


HOLD_COMPANY = """
SELECT company_id, unified_social_credit_code, name, state, claimed_at, checked_at, check_failures FROM enterprises
WHERE company_id = $1 FOR NO KEY UPDATE
"""


async def hold_company(db: Connection, company_id: UUID) -> Company | None:
    """Lets nobody else change who acts for the company until the transaction ends."""
    row = await db.fetchrow(HOLD_COMPANY, company_id)
    return Company.of(row) if row else None


GET_COMPANY = """
SELECT company_id, unified_social_credit_code, name, state, claimed_at, checked_at, check_failures FROM enterprises
WHERE company_id = $1
"""


async def get_company(db: Executor, company_id: UUID) -> Company | None:
    row = await db.fetchrow(GET_COMPANY, company_id)
    return Company.of(row) if row else None


LIST_NAMES = "SELECT company_id, name FROM enterprises WHERE company_id = ANY($1::uuid[])"


async def list_names(db: Executor, company_ids: Sequence[UUID]) -> dict[UUID, str]:
    return {row["company_id"]: row["name"] for row in await db.fetch(LIST_NAMES, list(company_ids))}


INSERT_REPRESENTATIVE = """
INSERT INTO enterprise_representatives (company_id, binding_id, resident_id, subject_no, since_at)
VALUES ($1, $2, $3, $4, $5)
"""


async def insert_representative(db: Connection, representative: Representative) -> None:
    await db.execute(
        INSERT_REPRESENTATIVE,
        representative.company_id,
        representative.binding_id,
        representative.resident_id,
        representative.subject_no,
        representative.since_at,
    )


GET_STANDING = """
SELECT company_id, binding_id, resident_id, subject_no, since_at FROM enterprise_representatives
WHERE company_id = $1 AND ended_at IS NULL
"""


async def get_standing(db: Executor, company_id: UUID) -> Representative | None:
    """Who represents the company now, as far as it is known here."""
    row = await db.fetchrow(GET_STANDING, company_id)
    return Representative(**row) if row else None


END_REPRESENTATIVE = """
UPDATE enterprise_representatives SET ended_at = $3, ended_for = $4
WHERE company_id = $1 AND binding_id = $2 AND ended_at IS NULL
"""


async def end_representative(db: Connection, standing: Representative, why: Ending, now: datetime) -> None:
    await db.execute(END_REPRESENTATIVE, standing.company_id, standing.binding_id, now, why.value)


LIST_DUE_CHECKS = """
SELECT company_id FROM enterprises WHERE state = 'active' AND check_due_at <= $1 ORDER BY check_due_at LIMIT $2
"""


async def list_due_checks(db: Executor, now: datetime, limit: int) -> list[UUID]:
    return [row["company_id"] for row in await db.fetch(LIST_DUE_CHECKS, now, limit, timeout=UPKEEP_SECONDS)]


CLAIM_CHECK = """
UPDATE enterprises SET check_due_at = $3 WHERE company_id = $1 AND state = 'active' AND check_due_at <= $2
RETURNING company_id, unified_social_credit_code, name, state, claimed_at, checked_at, check_failures
"""


async def claim_check(db: Executor, company_id: UUID, now: datetime, until: datetime) -> Company | None:
    """Takes a check over until then; of two workers who would, one gets it."""
    row = await db.fetchrow(CLAIM_CHECK, company_id, now, until)
    return Company.of(row) if row else None


PUT_CHECK_OFF = """
UPDATE enterprises SET check_due_at = $2, check_failures = check_failures + 1 WHERE company_id = $1
"""


async def put_check_off(db: Executor, company_id: UUID, due_at: datetime) -> None:
    await db.execute(PUT_CHECK_OFF, company_id, due_at)


LIST_LAST_USES = """
SELECT subject_no, max(recorded_at) AS used_at FROM accesses WHERE subject_no = ANY($1::bigint[]) GROUP BY subject_no
"""


async def list_last_uses(db: Executor, subject_nos: Sequence[int]) -> Mapping[int, datetime]:
    """When a code of each subject was last scanned; of those alone that ever were."""
    rows = await db.fetch(LIST_LAST_USES, list(subject_nos))
    return {row["subject_no"]: row["used_at"] for row in rows}


GET_SHOWN = """
SELECT e.name, e.unified_social_credit_code, d.scopes FROM enterprises AS e
LEFT JOIN enterprise_delegations AS d ON d.company_id = e.company_id AND d.delegation_id = $2
WHERE e.company_id = $1
"""


async def get_shown(db: Executor, company_id: UUID, binding_id: UUID) -> tuple[str, str, list[str] | None] | None:
    """Name, code, and the scopes of a delegate; of a representative None."""
    row = await db.fetchrow(GET_SHOWN, company_id, binding_id)
    return (row["name"], row["unified_social_credit_code"], row["scopes"]) if row else None
