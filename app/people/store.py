"""What people have in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.database import Connection, Executor, Record
from app.people.model import AdvancedSession, Resident, Role, Session, Standing
from app.purging import purge_pages, write_purge

CLAIM_QUOTA = "SELECT claim_quota($1, $2, $3, $4)"


async def claim_quota(db: Executor, bucket: bytes, most: int, span: timedelta, now: datetime) -> datetime | None:
    """None where a place was free; otherwise when the next one will be."""
    free_at: datetime | None = await db.fetchval(CLAIM_QUOTA, bucket, most, span, now)
    return free_at


INSERT_CHALLENGE = """
INSERT INTO otp_challenges (challenge_id, phone_index, sealed_phone, otp_hash, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""


async def insert_challenge(
    db: Connection,
    challenge_id: UUID,
    *,
    phone_index: bytes,
    sealed_phone: bytes,
    otp_hash: bytes,
    now: datetime,
    expires_at: datetime,
) -> None:
    await db.execute(INSERT_CHALLENGE, challenge_id, phone_index, sealed_phone, otp_hash, now, expires_at)


CLAIM_OTP = "SELECT outcome, phone_index, sealed_phone FROM claim_otp_of_any($1, $2, $3, $4)"


async def claim_otp(
    db: Executor, challenge_id: UUID, otp_hashes: Sequence[bytes], attempts: int, now: datetime
) -> Record:
    """A row of outcome ('right', 'wrong', 'expired'), and of the phone where it is right."""
    row = await db.fetchrow(CLAIM_OTP, challenge_id, list(otp_hashes), attempts, now)
    assert row is not None  # noqa: S101  the function always answers
    return row


INSERT_RESIDENT = """
INSERT INTO residents (resident_id, subject_no, wrapped_key, sealed_phone, created_at) VALUES ($1, $2, $3, $4, $5)
"""


async def insert_resident(
    db: Connection, resident_id: UUID, *, subject_no: int, wrapped_key: bytes, sealed_phone: bytes | None, now: datetime
) -> None:
    await db.execute(INSERT_RESIDENT, resident_id, subject_no, wrapped_key, sealed_phone, now)


INSERT_SUBJECT = """
INSERT INTO subjects (subject_no, kind, resident_id, codes_valid_from, created_at) VALUES ($1, $2, $3, $4, $5)
"""


async def insert_subject(
    db: Connection, subject_no: int, *, kind: str, resident_id: UUID, valid_from: datetime, now: datetime
) -> None:
    await db.execute(INSERT_SUBJECT, subject_no, kind, resident_id, valid_from, now)


GRANT_ROLE = "INSERT INTO roles (resident_id, role, granted_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"


async def grant_role(db: Connection, resident_id: UUID, role: Role, now: datetime) -> None:
    await db.execute(GRANT_ROLE, resident_id, role.value, now)


GET_RESIDENT = """
SELECT resident_id, subject_no, wrapped_key, sealed_phone, sealed_name, sealed_masked_name, verified_at, locked_at
FROM residents WHERE resident_id = $1 AND erased_at IS NULL AND merged_into IS NULL
"""


async def get_resident(db: Executor, resident_id: UUID) -> Resident | None:
    row = await db.fetchrow(GET_RESIDENT, resident_id)
    return Resident(**row) if row else None


TOUCH_INSTALLATION = """
INSERT INTO installations (resident_id, installation_id, created_at, last_seen_at) VALUES ($1, $2, $3, $3)
ON CONFLICT (resident_id, installation_id) DO UPDATE SET last_seen_at = excluded.last_seen_at
RETURNING created_at = $3
"""


async def touch_installation(db: Connection, resident_id: UUID, installation_id: UUID, now: datetime) -> bool:
    """True where this installation was never seen with this resident."""
    is_new: bool = await db.fetchval(TOUCH_INSTALLATION, resident_id, installation_id, now)
    return is_new


HOLD_RESIDENT = "SELECT 1 FROM residents WHERE resident_id = $1 FOR NO KEY UPDATE"


async def hold_resident(db: Connection, resident_id: UUID) -> None:
    """Lets no other transaction that holds the resident, such as a lock of the account, in between until this ends."""
    await db.execute(HOLD_RESIDENT, resident_id)


TRUST_INSTALLATION = """
UPDATE installations AS i SET trusted_at = coalesce(i.trusted_at, $3), approved_by = coalesce(i.approved_by, $4)
FROM (SELECT trusted_at FROM installations WHERE resident_id = $1 AND installation_id = $2 FOR UPDATE) AS before
WHERE i.resident_id = $1 AND i.installation_id = $2 RETURNING before.trusted_at IS NULL
"""


async def trust_installation(
    db: Connection, resident_id: UUID, installation_id: UUID, *, now: datetime, approved_by: UUID | None
) -> bool | None:
    """Whether that was news; None where the installation was never seen with this resident."""
    is_news: bool | None = await db.fetchval(TRUST_INSTALLATION, resident_id, installation_id, now, approved_by)
    return is_news


DISTRUST_INSTALLATIONS = """
UPDATE installations SET trusted_at = NULL, approved_by = NULL WHERE resident_id = $1 AND trusted_at IS NOT NULL
"""


async def distrust_installations(db: Connection, resident_id: UUID) -> None:
    await db.execute(DISTRUST_INSTALLATIONS, resident_id)


COUNT_INSTALLATIONS = "SELECT count(*) FROM installations WHERE resident_id = $1"


async def count_installations(db: Connection, resident_id: UUID) -> int:
    count: int = await db.fetchval(COUNT_INSTALLATIONS, resident_id)
    return count


LIST_INSTALLATIONS = """
SELECT installation_id FROM installations WHERE resident_id = $1 ORDER BY last_seen_at DESC
"""


async def list_installations(db: Connection, resident_id: UUID) -> list[UUID]:
    """Those that a resident was ever seen on, the latest first."""
    return [row["installation_id"] for row in await db.fetch(LIST_INSTALLATIONS, resident_id)]


READ_STANDING = """
SELECT r.resident_id, r.subject_no, r.verified_at IS NOT NULL AS verified, i.trusted_at IS NOT NULL AS trusted,
       ARRAY(SELECT o.role FROM roles AS o WHERE o.resident_id = r.resident_id) AS roles,
       EXISTS (SELECT FROM staff_factors AS f WHERE f.resident_id = r.resident_id AND f.confirmed_at IS NOT NULL)
       AS has_factor
FROM residents AS r JOIN installations AS i ON i.resident_id = r.resident_id AND i.installation_id = $2
WHERE r.resident_id = $1 AND r.erased_at IS NULL AND r.merged_into IS NULL
"""


async def get_standing(db: Executor, resident_id: UUID, installation_id: UUID) -> Standing | None:
    row = await db.fetchrow(READ_STANDING, resident_id, installation_id)
    if row is None:
        return None
    roles = frozenset(Role(role) for role in row["roles"])
    return Standing(
        row["resident_id"], row["subject_no"], row["verified"], row["trusted"], roles, has_factor=row["has_factor"]
    )


INSERT_SESSION = """
INSERT INTO sessions (resident_id, session_id, installation_id, generation, created_at, refreshed_at, expires_at,
                      login_id)
VALUES ($1, $2, $3, 1, $4, $4, $5, $6)
"""


async def insert_session(
    db: Connection,
    resident_id: UUID,
    session_id: UUID,
    *,
    installation_id: UUID,
    login_id: UUID,
    now: datetime,
    expires_at: datetime,
) -> None:
    await db.execute(INSERT_SESSION, resident_id, session_id, installation_id, now, expires_at, login_id)


INSERT_STAFF_SESSION = """
INSERT INTO sessions (resident_id, session_id, installation_id, generation, created_at, refreshed_at, expires_at,
                      staff_until, second_factor_at)
VALUES ($1, $2, $3, 1, $4, $4, $5, $6, $4)
"""


async def insert_staff_session(
    db: Connection,
    resident_id: UUID,
    session_id: UUID,
    *,
    installation_id: UUID,
    now: datetime,
    expires_at: datetime,
    staff_until: datetime,
) -> None:
    await db.execute(INSERT_STAFF_SESSION, resident_id, session_id, installation_id, now, expires_at, staff_until)


ADVANCE_SESSION = """
UPDATE sessions SET generation = generation + 1, refreshed_at = $4,
       expires_at = CASE WHEN staff_until IS NULL THEN $5 ELSE least($6, staff_until) END
WHERE resident_id = $1 AND session_id = $2 AND generation = $3 AND ended_at IS NULL AND expires_at > $4
RETURNING installation_id, expires_at, staff_until, second_factor_at
"""


async def advance_session(
    db: Connection,
    resident_id: UUID,
    session_id: UUID,
    *,
    generation: int,
    now: datetime,
    expires_at: datetime,
    idle_until: datetime,
) -> AdvancedSession | None:
    """The session, where the generation was the one that is good; one of two rivals gets it. One of staff lives until
    `idle_until`, and never beyond its own end.
    """
    row = await db.fetchrow(ADVANCE_SESSION, resident_id, session_id, generation, now, expires_at, idle_until)
    return AdvancedSession(**row) if row else None


REPEAT_GENERATION = """
UPDATE sessions SET repeated_generation = $3
WHERE resident_id = $1 AND session_id = $2 AND generation = $3 + 1 AND refreshed_at >= $5 AND ended_at IS NULL
  AND expires_at > $4 AND staff_until IS NULL AND repeated_generation IS DISTINCT FROM $3
RETURNING installation_id, expires_at, staff_until, second_factor_at
"""


async def repeat_generation(
    db: Connection, resident_id: UUID, session_id: UUID, *, generation: int, now: datetime, refreshed_since: datetime
) -> AdvancedSession | None:
    """The session, where this generation was advanced since then and its token comes for the second time; once."""
    row = await db.fetchrow(REPEAT_GENERATION, resident_id, session_id, generation, now, refreshed_since)
    return AdvancedSession(**row) if row else None


IS_GENERATION_PAST = """
SELECT generation > $3 FROM sessions
WHERE resident_id = $1 AND session_id = $2 AND ended_at IS NULL AND expires_at > $4
"""


async def is_generation_past(
    db: Connection, resident_id: UUID, session_id: UUID, *, generation: int, now: datetime
) -> bool:
    """Whether a later refresh token of this living session was handed out already."""
    return bool(await db.fetchval(IS_GENERATION_PAST, resident_id, session_id, generation, now))


LIST_SESSIONS = """
SELECT session_id, installation_id, created_at, refreshed_at, expires_at FROM sessions
WHERE resident_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY refreshed_at DESC
"""


async def list_sessions(db: Executor, resident_id: UUID, now: datetime) -> list[Session]:
    return [Session(**row) for row in await db.fetch(LIST_SESSIONS, resident_id, now)]


END_SESSIONS = """
UPDATE sessions SET ended_at = $2, ended_for = $3
WHERE resident_id = $1 AND ended_at IS NULL AND ($4::uuid IS NULL OR session_id = $4)
  AND ($5::uuid IS NULL OR installation_id = $5)
RETURNING session_id
"""


async def end_sessions(
    db: Connection,
    resident_id: UUID,
    *,
    now: datetime,
    reason: str,
    session_id: UUID | None = None,
    installation_id: UUID | None = None,
) -> list[UUID]:
    """Ends one session, those of an installation, or all; answers which were alive."""
    rows = await db.fetch(END_SESSIONS, resident_id, now, reason, session_id, installation_id)
    return [row["session_id"] for row in rows]


END_STAFF_SESSIONS = """
UPDATE sessions SET ended_at = $2, ended_for = $3
WHERE resident_id = $1 AND ended_at IS NULL AND staff_until IS NOT NULL AND ($4::uuid IS NULL OR installation_id = $4)
RETURNING session_id
"""


async def end_staff_sessions(
    db: Connection, resident_id: UUID, *, now: datetime, reason: str, installation_id: UUID | None = None
) -> list[UUID]:
    """Ends those alone that were opened with a second factor."""
    rows = await db.fetch(END_STAFF_SESSIONS, resident_id, now, reason, installation_id)
    return [row["session_id"] for row in rows]


LIMIT_TRANSACTION = """
SELECT set_config('statement_timeout', '5s', true), set_config('idle_in_transaction_session_timeout', '5s', true)
"""


async def limit_transaction(db: Connection) -> None:
    """Has PostgreSQL itself give a transaction up that has been idle, or in one statement, for five seconds."""
    await db.execute(LIMIT_TRANSACTION)


INSERT_ENDINGS = """
INSERT INTO session_endings (session_id, ended_at) SELECT unnest($1::uuid[]), $2 ON CONFLICT DO NOTHING
"""


async def insert_endings(db: Connection, session_ids: Sequence[UUID], now: datetime) -> None:
    await db.execute(INSERT_ENDINGS, list(session_ids), now)


LIST_ENDINGS = "SELECT session_id, ended_at FROM session_endings WHERE ended_at > $1"


async def list_endings(db: Executor, after: datetime) -> list[Record]:
    return await db.fetch(LIST_ENDINGS, after)


MARK_LOCKED = "UPDATE residents SET locked_at = $2 WHERE resident_id = $1"


async def mark_locked(db: Connection, resident_id: UUID, now: datetime) -> None:
    await db.execute(MARK_LOCKED, resident_id, now)


END_CODES = """
UPDATE subjects SET codes_valid_from = greatest(codes_valid_from, $2) WHERE subject_no = ANY($1::bigint[])
"""


async def end_codes(db: Connection, subject_nos: Sequence[int], valid_from: datetime) -> None:
    """Every code of these subjects that was issued before `valid_from` is refused from now on."""
    await db.execute(END_CODES, list(subject_nos), valid_from)


PURGE_CHALLENGES = write_purge("otp_challenges", "challenge_id", "expires_at < $1", by="expires_at")
PURGE_QUOTAS = write_purge("quotas", "bucket", "expires_at < $1", by="expires_at")
PURGE_ENDINGS = write_purge("session_endings", "session_id", "ended_at < $1", by="ended_at")


async def purge(db: Executor, before: datetime) -> None:
    """Forgets what limits and challenges no longer need."""
    for statement in (PURGE_CHALLENGES, PURGE_QUOTAS, PURGE_ENDINGS):
        await purge_pages(db, statement, before)
