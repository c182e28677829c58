"""What proposals have in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.database import Connection, Executor
from app.staff.model import Proposal

INSERT_PROPOSAL = """
INSERT INTO proposals (proposal_id, kind, object_id, details, sealed_reason, sealed_for, proposed_by, proposed_at,
                       expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def insert_proposal(db: Connection, proposal: Proposal) -> None:
    await db.execute(
        INSERT_PROPOSAL, proposal.proposal_id, proposal.kind, proposal.object_id, proposal.details,
        proposal.sealed_reason, proposal.sealed_for, proposal.proposed_by, proposal.proposed_at, proposal.expires_at,
    )  # fmt: skip


HOLD_PROPOSAL = """
SELECT proposal_id, kind, object_id, details, sealed_reason, sealed_for, proposed_by, proposed_at, expires_at, decision,
       decided_by, decided_at, executed_at, failed_at
FROM proposals WHERE proposal_id = $1 FOR UPDATE
"""


async def hold_proposal(db: Connection, proposal_id: UUID) -> Proposal | None:
    """Of two who decide at once, one waits for the other and sees what was decided."""
    row = await db.fetchrow(HOLD_PROPOSAL, proposal_id)
    return Proposal(**row) if row else None


LIST_PROPOSALS = """
SELECT proposal_id, kind, object_id, details, sealed_reason, sealed_for, proposed_by, proposed_at, expires_at, decision,
       decided_by, decided_at, executed_at, failed_at
FROM proposals
WHERE ($1::uuid IS NULL OR proposal_id < $1) AND (NOT $2 OR (decision IS NULL AND expires_at > $3))
ORDER BY proposal_id DESC LIMIT $4
"""


async def list_proposals(
    db: Executor, *, before: UUID | None, waiting: bool, now: datetime, limit: int
) -> list[Proposal]:
    return [Proposal(**row) for row in await db.fetch(LIST_PROPOSALS, before, waiting, now, limit)]


DECIDE_PROPOSAL = """
UPDATE proposals SET decision = $2, decided_by = $3, decided_at = $4 WHERE proposal_id = $1
"""


async def decide_proposal(db: Connection, proposal_id: UUID, *, decision: str, decided_by: UUID, now: datetime) -> None:
    await db.execute(DECIDE_PROPOSAL, proposal_id, decision, decided_by, now)


EXECUTE_PROPOSAL = "UPDATE proposals SET executed_at = $2 WHERE proposal_id = $1"


async def mark_executed(db: Connection, proposal_id: UUID, now: datetime) -> None:
    await db.execute(EXECUTE_PROPOSAL, proposal_id, now)


LIST_APPROVED = """
SELECT proposal_id FROM proposals
WHERE decision = 'approved' AND executed_at IS NULL AND failed_at IS NULL AND kind = ANY($1::text[])
  AND (retry_at IS NULL OR retry_at <= $2)
ORDER BY decided_at LIMIT 100
"""


async def list_approved(db: Executor, kinds: Sequence[str], now: datetime) -> list[UUID]:
    """What a worker is still to do and is due, the oldest decision first."""
    return [row["proposal_id"] for row in await db.fetch(LIST_APPROVED, list(kinds), now)]


# Twice as long after each failure; the last one is the end.
POSTPONE_PROPOSAL = """
UPDATE proposals SET attempts = attempts + 1, retry_at = $2::timestamptz + $3::interval * power(2, least(attempts, 20)),
                     failed_at = CASE WHEN attempts + 1 >= $4 THEN $2 END
WHERE proposal_id = $1 AND executed_at IS NULL RETURNING failed_at IS NOT NULL
"""


async def postpone_proposal(
    db: Executor, proposal_id: UUID, *, first_wait: timedelta, attempts: int, now: datetime
) -> bool:
    """Notes that it failed; answers whether it is given up."""
    return bool(await db.fetchval(POSTPONE_PROPOSAL, proposal_id, now, first_wait, attempts))
