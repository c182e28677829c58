"""What consents and leaving have in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor
from app.rights.model import Consent, Deletion, GuardianConsent, Holder, Merged

GET_HOLDER = """
SELECT resident_id, subject_no, wrapped_key, sealed_phone, sealed_name, sealed_masked_name, sealed_id_number,
       created_at, verified_at, verified_by, locked_at
FROM residents WHERE resident_id = $1 AND wrapped_key IS NOT NULL
"""


async def get_holder(db: Executor, resident_id: UUID) -> Holder | None:
    """None where there is no such resident any more."""
    row = await db.fetchrow(GET_HOLDER, resident_id)
    return Holder(**row) if row else None


HOLD = "SELECT 1 FROM residents WHERE resident_id = $1 FOR NO KEY UPDATE"


async def hold(db: Connection, resident_id: UUID) -> None:
    """Lets nobody else that holds the resident in between until the transaction ends."""
    await db.execute(HOLD, resident_id)


LIST_MERGED = """
SELECT merged_id AS resident_id, merged_subject_no AS subject_no, merged_at FROM mergers
WHERE resident_id = $1 ORDER BY merged_at
"""


async def list_merged(db: Executor, resident_id: UUID) -> list[Merged]:
    """The accounts that became a part of this one."""
    return [Merged(**row) for row in await db.fetch(LIST_MERGED, resident_id)]


LIST_CONSENTS = """
SELECT kind, version, granted_at, withdrawn_at FROM consents WHERE resident_id = $1
"""


async def list_consents(db: Executor, resident_id: UUID) -> list[Consent]:
    return [Consent(**row) for row in await db.fetch(LIST_CONSENTS, resident_id)]


INSERT_CONSENT = """
INSERT INTO consents (resident_id, consent_id, kind, version, granted_at, withdrawn_at) VALUES ($1, $2, $3, $4, $5, $6)
"""


async def insert_consent(db: Connection, resident_id: UUID, consent_id: UUID, consent: Consent) -> None:
    await db.execute(
        INSERT_CONSENT,
        resident_id,
        consent_id,
        consent.kind,
        consent.version,
        consent.granted_at,
        consent.withdrawn_at,
    )


WITHDRAW_CONSENT = """
UPDATE consents SET withdrawn_at = $3 WHERE resident_id = $1 AND kind = $2 AND withdrawn_at IS NULL RETURNING 1
"""


async def withdraw_consent(db: Connection, resident_id: UUID, kind: str, now: datetime) -> bool:
    """False where none is living."""
    return await db.fetchval(WITHDRAW_CONSENT, resident_id, kind, now) is not None


WITHHOLD = "UPDATE subjects SET withheld = $2 WHERE subject_no = $1"


async def withhold(db: Connection, subject_no: int, fields: Sequence[str]) -> None:
    """What no scan of this subject's codes answers from now on."""
    await db.execute(WITHHOLD, subject_no, list(fields))


FORGET_IDENTITY = """
UPDATE residents SET sealed_name = NULL, sealed_masked_name = NULL, sealed_id_number = NULL, verified_at = NULL,
                     verified_by = NULL, locked_at = NULL
WHERE resident_id = $1
"""


async def forget_identity(db: Connection, resident_id: UUID) -> None:
    await db.execute(FORGET_IDENTITY, resident_id)


FREE_IDENTITY = "DELETE FROM identity_lookups WHERE resident_id = $1"


async def free_identity(db: Connection, resident_id: UUID) -> None:
    """Lets the identity go, so that it can be proven by whoever it belongs to."""
    await db.execute(FREE_IDENTITY, resident_id)


FORGET_CHECKS = "DELETE FROM identity_checks WHERE resident_id = $1"


async def forget_checks(db: Connection, resident_id: UUID) -> None:
    await db.execute(FORGET_CHECKS, resident_id)


END_CLAIMS = """
UPDATE identity_claims SET state = 'locked', decided_at = $2 WHERE resident_id = $1 AND state IN ('open', 'approved')
"""


async def end_claims(db: Connection, resident_id: UUID, now: datetime) -> None:
    """Claims on an identity that is not held any more lead nowhere; whoever made them proves it afresh."""
    await db.execute(END_CLAIMS, resident_id, now)


LIST_ROLES = "SELECT role FROM roles WHERE resident_id = $1 ORDER BY role"


async def list_roles(db: Executor, resident_id: UUID) -> list[str]:
    return [row["role"] for row in await db.fetch(LIST_ROLES, resident_id)]


MANAGES_VENUES = """
SELECT EXISTS (SELECT FROM venues WHERE manager_id = $1 AND approved_at IS NOT NULL AND closed_at IS NULL)
"""


async def manages_venues(db: Executor, resident_id: UUID) -> bool:
    """Whether a venue that may scan has nobody else to answer for it."""
    manages: bool = await db.fetchval(MANAGES_VENUES, resident_id)
    return manages


INSERT_DELETION = """
INSERT INTO deletions (resident_id, requested_at, due_at) VALUES ($1, $2, $3)
ON CONFLICT (resident_id) DO UPDATE SET due_at = least(deletions.due_at, excluded.due_at)
RETURNING resident_id, requested_at, due_at, key_destroyed_at
"""


async def insert_deletion(db: Connection, resident_id: UUID, *, now: datetime, due_at: datetime) -> Deletion:
    """The deletion under way; one that was asked for before stands, unless it was to come later."""
    row = await db.fetchrow(INSERT_DELETION, resident_id, now, due_at)
    assert row is not None  # noqa: S101  it inserts or updates
    return Deletion(**row)


GET_DELETION = """
SELECT resident_id, requested_at, due_at, key_destroyed_at FROM deletions WHERE resident_id = $1 AND erased_at IS NULL
"""


async def get_deletion(db: Executor, resident_id: UUID) -> Deletion | None:
    row = await db.fetchrow(GET_DELETION, resident_id)
    return Deletion(**row) if row else None


CANCEL_DELETION = """
DELETE FROM deletions WHERE resident_id = $1 AND key_destroyed_at IS NULL AND due_at > $2 RETURNING requested_at
"""


async def cancel_deletion(db: Connection, resident_id: UUID, now: datetime) -> datetime | None:
    """When it was asked for; None where there is none that can be taken back."""
    requested_at: datetime | None = await db.fetchval(CANCEL_DELETION, resident_id, now)
    return requested_at


SUSPEND_SUBJECT = "UPDATE subjects SET ended_at = $2 WHERE subject_no = $1 AND ended_at IS NULL"


async def suspend_subject(db: Connection, subject_no: int, now: datetime) -> None:
    """No code of this subject is good while its resident is leaving, whoever issued it when."""
    await db.execute(SUSPEND_SUBJECT, subject_no, now)


RESUME_SUBJECT = """
UPDATE subjects SET ended_at = NULL, codes_valid_from = greatest(codes_valid_from, $2) WHERE subject_no = $1
"""


async def resume_subject(db: Connection, subject_no: int, valid_from: datetime) -> None:
    await db.execute(RESUME_SUBJECT, subject_no, valid_from)


LIST_GUARDIAN_CONSENTS = """
SELECT consent_id, relation, sealed_child, given_at, withdrawn_at, used_at, confirmed_at,
       confirmed_by
FROM guardian_consents
WHERE guardian_id = $1 ORDER BY given_at DESC
"""


async def list_guardian_consents(db: Executor, guardian_id: UUID) -> list[GuardianConsent]:
    """What a guardian consented to, the latest first."""
    return [GuardianConsent(**row) for row in await db.fetch(LIST_GUARDIAN_CONSENTS, guardian_id)]
