"""Delegations and invitations in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.database import UPKEEP_SECONDS, Connection, Executor
from app.enterprises.model import Ending, StoredDelegation

INSERT_DELEGATION = """
INSERT INTO enterprise_delegations (company_id, delegation_id, granted_by, scopes, starts_at, ends_at, sealed_handler,
                                    sealed_for, phone_index, invited_at, answer_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""


async def insert_delegation(db: Connection, one: StoredDelegation) -> None:
    await db.execute(
        INSERT_DELEGATION,
        one.company_id,
        one.delegation_id,
        one.granted_by,
        one.scopes,
        one.starts_at,
        one.ends_at,
        one.sealed_handler,
        one.sealed_for,
        one.phone_index,
        one.invited_at,
        one.answer_by,
    )


COUNT_OPEN = "SELECT count(*) FROM enterprise_delegations WHERE company_id = $1 AND ended_at IS NULL"


async def count_open(db: Connection, company_id: UUID) -> int:
    count: int = await db.fetchval(COUNT_OPEN, company_id)
    return count


GET_DELEGATION = """
SELECT company_id, delegation_id, granted_by, scopes, starts_at, ends_at, sealed_handler, sealed_for, phone_index,
       invited_at, answer_by, delegate_id, subject_no, accepted_at, review_due_at, ended_at, ended_for
FROM enterprise_delegations WHERE company_id = $1 AND delegation_id = $2
"""


async def get_delegation(db: Executor, company_id: UUID, delegation_id: UUID) -> StoredDelegation | None:
    row = await db.fetchrow(GET_DELEGATION, company_id, delegation_id)
    return StoredDelegation.of(row) if row else None


HOLD_DELEGATION = f"{GET_DELEGATION} FOR NO KEY UPDATE"


async def hold_delegation(db: Connection, company_id: UUID, delegation_id: UUID) -> StoredDelegation | None:
    """As it is now, and stays until the transaction ends: accepting and ending come one after the other."""
    row = await db.fetchrow(HOLD_DELEGATION, company_id, delegation_id)
    return StoredDelegation.of(row) if row else None


LIST_DELEGATIONS = """
SELECT company_id, delegation_id, granted_by, scopes, starts_at, ends_at, sealed_handler, sealed_for, phone_index,
       invited_at, answer_by, delegate_id, subject_no, accepted_at, review_due_at, ended_at, ended_for
FROM enterprise_delegations WHERE company_id = $1 AND delegation_id < $2 ORDER BY delegation_id DESC LIMIT $3
"""


async def list_delegations(db: Executor, company_id: UUID, *, before: UUID, limit: int) -> list[StoredDelegation]:
    """The latest first, ended ones too."""
    return [StoredDelegation.of(row) for row in await db.fetch(LIST_DELEGATIONS, company_id, before, limit)]


LIST_OPEN = """
SELECT delegation_id FROM enterprise_delegations WHERE company_id = $1 AND ended_at IS NULL ORDER BY delegation_id
"""


async def list_open(db: Connection, company_id: UUID) -> list[UUID]:
    return [row["delegation_id"] for row in await db.fetch(LIST_OPEN, company_id)]


ACCEPT = """
UPDATE enterprise_delegations SET delegate_id = $3, subject_no = $4, accepted_at = $5, sealed_handler = $6,
                                  sealed_for = $3
WHERE company_id = $1 AND delegation_id = $2
"""


async def accept(
    db: Connection,
    one: StoredDelegation,
    *,
    delegate_id: UUID,
    subject_no: int,
    sealed_handler: bytes,
    now: datetime,
) -> None:
    await db.execute(ACCEPT, one.company_id, one.delegation_id, delegate_id, subject_no, now, sealed_handler)


END_DELEGATION = """
UPDATE enterprise_delegations
SET ended_at = $3, ended_for = $4, sealed_handler = CASE WHEN accepted_at IS NULL THEN ''::bytea ELSE sealed_handler END
WHERE company_id = $1 AND delegation_id = $2 AND ended_at IS NULL
"""


async def end_delegation(db: Connection, one: StoredDelegation, why: Ending, now: datetime) -> None:
    """Who was invited and never accepted is forgotten with it."""
    await db.execute(END_DELEGATION, one.company_id, one.delegation_id, now, why.value)


ASK_REVIEW = """
UPDATE enterprise_delegations SET review_due_at = $3
WHERE company_id = $1 AND delegation_id = $2 AND review_due_at IS NULL
"""


async def ask_review(db: Connection, one: StoredDelegation, due_at: datetime) -> None:
    await db.execute(ASK_REVIEW, one.company_id, one.delegation_id, due_at)


KEEP = """
UPDATE enterprise_delegations SET review_due_at = NULL, granted_by = $3 WHERE company_id = $1 AND delegation_id = $2
"""


async def keep(db: Connection, one: StoredDelegation, granted_by: UUID) -> None:
    await db.execute(KEEP, one.company_id, one.delegation_id, granted_by)


class Due(NamedTuple):
    """A delegation whose time is up."""

    company_id: UUID
    delegation_id: UUID


LIST_DUE = """
SELECT company_id, delegation_id FROM enterprise_delegations
WHERE ended_at IS NULL AND (ends_at <= $1 OR (accepted_at IS NULL AND answer_by <= $1) OR review_due_at <= $1)
LIMIT $2
"""


async def list_due(db: Executor, now: datetime, limit: int) -> list[Due]:
    """Those past their end, unanswered, or not kept by a new representative."""
    return [Due(*row) for row in await db.fetch(LIST_DUE, now, limit, timeout=UPKEEP_SECONDS)]


INSERT_INVITATION = """
INSERT INTO enterprise_invitations (phone_index, delegation_id, company_id, invited_at) VALUES ($1, $2, $3, $4)
"""


async def insert_invitation(db: Connection, one: StoredDelegation) -> None:
    await db.execute(INSERT_INVITATION, one.phone_index, one.delegation_id, one.company_id, one.invited_at)


DELETE_INVITATION = "DELETE FROM enterprise_invitations WHERE phone_index = $1 AND delegation_id = $2"


async def delete_invitation(db: Connection, one: StoredDelegation) -> None:
    await db.execute(DELETE_INVITATION, one.phone_index, one.delegation_id)


LIST_INVITATIONS = """
SELECT company_id, delegation_id FROM enterprise_invitations WHERE phone_index = ANY($1::bytea[])
ORDER BY delegation_id DESC LIMIT $2
"""


async def list_invitations(db: Executor, phone_indexes: Sequence[bytes], limit: int) -> list[Due]:
    """Where whoever has these phones is invited, the latest first."""
    return [Due(*row) for row in await db.fetch(LIST_INVITATIONS, list(phone_indexes), limit)]


COUNT_INVITATIONS = """
SELECT count(*) FROM enterprise_delegations WHERE ended_at IS NULL AND accepted_at IS NULL AND answer_by > $1
AND NOT (length(phone_index) > 32 AND substring(phone_index FOR 2) > $2)
"""


async def count_invitations_under(db: Executor, number: int, now: datetime) -> int:
    """Delegates' invitations that wait for their answer, and are found by this index key or an older one."""
    count: int = await db.fetchval(COUNT_INVITATIONS, now, number.to_bytes(2, "big"), timeout=UPKEEP_SECONDS)
    return count


LIST_UNTOLD = """
SELECT company_id, delegation_id FROM enterprise_invitations WHERE told_at IS NULL ORDER BY invited_at LIMIT $1
"""


async def list_untold(db: Executor, limit: int) -> list[Due]:
    return [Due(*row) for row in await db.fetch(LIST_UNTOLD, limit, timeout=UPKEEP_SECONDS)]


CLAIM_TELLING = """
UPDATE enterprise_invitations SET told_at = $3 WHERE phone_index = $1 AND delegation_id = $2 AND told_at IS NULL
RETURNING 1
"""


async def claim_telling(db: Connection, one: StoredDelegation, now: datetime) -> bool:
    """Of two workers who would tell, one does."""
    return await db.fetchval(CLAIM_TELLING, one.phone_index, one.delegation_id, now) is not None
