"""Claims on identities, and accounts that become one: one statement a function."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor, Record
from app.people.model import Claim, ClaimState

INSERT_CLAIM = """
INSERT INTO identity_claims (resident_id, claim_id, claimant_id, installation_id, evidence, opened_at, due_at,
                             expires_at, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open')
"""


async def insert_claim(db: Connection, claim: Claim) -> None:
    await db.execute(
        INSERT_CLAIM,
        claim.resident_id,
        claim.claim_id,
        claim.claimant_id,
        claim.installation_id,
        claim.evidence.value,
        claim.opened_at,
        claim.due_at,
        claim.expires_at,
    )


INSERT_CLAIM_LOOKUP = "INSERT INTO claim_lookups (claimant_id, claim_id, resident_id) VALUES ($1, $2, $3)"


async def insert_claim_lookup(db: Connection, claimant_id: UUID, claim_id: UUID, resident_id: UUID) -> None:
    await db.execute(INSERT_CLAIM_LOOKUP, claimant_id, claim_id, resident_id)


LIST_CLAIM_LOOKUPS = "SELECT claim_id, resident_id FROM claim_lookups WHERE claimant_id = $1"


async def list_claim_lookups(db: Executor, claimant_id: UUID) -> list[Record]:
    """(claim_id, resident_id) of each claim that somebody made."""
    return await db.fetch(LIST_CLAIM_LOOKUPS, claimant_id)


GET_CLAIM_LOOKUP = "SELECT resident_id FROM claim_lookups WHERE claimant_id = $1 AND claim_id = $2"


async def get_claimed_resident(db: Executor, claimant_id: UUID, claim_id: UUID) -> UUID | None:
    """Whose identity a claim of this claimant is on."""
    found: UUID | None = await db.fetchval(GET_CLAIM_LOOKUP, claimant_id, claim_id)
    return found


LIST_CLAIMS = """
SELECT resident_id, claim_id, claimant_id, installation_id, evidence, opened_at, due_at, expires_at, state, decided_at
FROM identity_claims WHERE resident_id = $1 ORDER BY opened_at DESC, claim_id DESC LIMIT 100
"""


async def list_claims(db: Executor, resident_id: UUID) -> list[Claim]:
    """The claims on a resident's identity, the newest first."""
    return [Claim.of(row) for row in await db.fetch(LIST_CLAIMS, resident_id)]


GET_CLAIM = """
SELECT resident_id, claim_id, claimant_id, installation_id, evidence, opened_at, due_at, expires_at, state, decided_at
FROM identity_claims WHERE resident_id = $1 AND claim_id = $2
"""


async def get_claim(db: Executor, resident_id: UUID, claim_id: UUID) -> Claim | None:
    row = await db.fetchrow(GET_CLAIM, resident_id, claim_id)
    return Claim.of(row) if row else None


DECIDE_CLAIM = """
UPDATE identity_claims SET state = $3, decided_at = $4, decided_by = coalesce($5, decided_by)
WHERE resident_id = $1 AND claim_id = $2 AND state IN ('open', 'approved')
"""


async def decide_claim(
    db: Connection, resident_id: UUID, claim_id: UUID, *, state: ClaimState, now: datetime, decided_by: UUID | None
) -> None:
    await db.execute(DECIDE_CLAIM, resident_id, claim_id, state.value, now, decided_by)


RIPEN_CLAIM = """
UPDATE identity_claims SET evidence = $3, due_at = $4 WHERE resident_id = $1 AND claim_id = $2 AND due_at IS NULL
"""


async def ripen_claim(db: Connection, claim: Claim) -> None:
    """Lets a claim hold without an approval, since better evidence was given for it."""
    await db.execute(RIPEN_CLAIM, claim.resident_id, claim.claim_id, claim.evidence.value, claim.due_at)


LOCK_CLAIMS = """
UPDATE identity_claims SET state = 'locked', decided_at = $2 WHERE resident_id = $1 AND state IN ('open', 'approved')
"""


async def lock_claims(db: Connection, resident_id: UUID, now: datetime) -> None:
    """Ends every claim under way on a resident who locks the account."""
    await db.execute(LOCK_CLAIMS, resident_id, now)


MARK_VERIFIED = """
UPDATE residents SET sealed_name = $2, sealed_id_number = $3, sealed_masked_name = $4, verified_by = $5,
                     verified_at = $6, locked_at = NULL
WHERE resident_id = $1
"""


async def mark_verified(
    db: Connection,
    resident_id: UUID,
    *,
    sealed_name: bytes | None,
    sealed_id_number: bytes | None,
    sealed_masked_name: bytes | None,
    verified_by: str,
    now: datetime,
) -> None:
    await db.execute(MARK_VERIFIED, resident_id, sealed_name, sealed_id_number, sealed_masked_name, verified_by, now)


UNLOCK = "UPDATE residents SET locked_at = NULL WHERE resident_id = $1"


async def unlock(db: Connection, resident_id: UUID) -> None:
    await db.execute(UNLOCK, resident_id)


MARK_MERGED = "UPDATE residents SET merged_into = $2, sealed_phone = NULL WHERE resident_id = $1"


async def mark_merged(db: Connection, resident_id: UUID, into: UUID) -> None:
    await db.execute(MARK_MERGED, resident_id, into)


INSERT_MERGER = """
INSERT INTO mergers (resident_id, merged_id, merged_subject_no, merged_at) VALUES ($1, $2, $3, $4)
"""


async def insert_merger(db: Connection, resident_id: UUID, merged_id: UUID, subject_no: int, now: datetime) -> None:
    await db.execute(INSERT_MERGER, resident_id, merged_id, subject_no, now)


LIST_MERGERS = "SELECT resident_id, merged_id, merged_subject_no FROM mergers WHERE merged_at > $1"


async def list_mergers(db: Executor, after: datetime) -> list[Record]:
    """(resident_id, merged_id, merged_subject_no) of the accounts that were merged since."""
    return await db.fetch(LIST_MERGERS, after)


HAND_SUBJECT = "UPDATE subjects SET resident_id = $2, ended_at = $3 WHERE subject_no = $1"


async def hand_subject(db: Connection, subject_no: int, resident_id: UUID, now: datetime) -> None:
    """Ends a subject, and has another resident told of what comes of it still."""
    await db.execute(HAND_SUBJECT, subject_no, resident_id, now)


DELETE_NOTICES = "DELETE FROM outbox WHERE routing_key = $1 AND recipient = $2 AND topic = ANY($3::text[])"
DELETE_MESSAGES = "DELETE FROM messages WHERE recipient = $1 AND topic = ANY($2::text[])"


async def delete_notices(db: Connection, subject_no: int, resident_id: UUID, topics: Collection[str]) -> None:
    """Delivered or not."""
    await db.execute(DELETE_NOTICES, subject_no, resident_id, list(topics))


async def delete_messages(db: Connection, resident_id: UUID, topics: Collection[str]) -> None:
    await db.execute(DELETE_MESSAGES, resident_id, list(topics))
