"""What erasing does in PostgreSQL: one statement a function, and each as good the second time as the first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import UPKEEP_SECONDS, Connection, Executor, Record
from app.purging import purge_pages, write_purge
from app.rights.model import Deletion

LIST_DUE = """
SELECT resident_id, requested_at, due_at, key_destroyed_at FROM deletions
WHERE erased_at IS NULL AND due_at <= $1 AND (due_at, resident_id) > ($2, $3) ORDER BY due_at, resident_id LIMIT $4
"""


async def list_due(db: Executor, now: datetime, *, after: tuple[datetime, UUID], limit: int) -> list[Deletion]:
    """Who is to be erased now, or was begun to be: a page after this one."""
    return [Deletion(**row) for row in await db.fetch(LIST_DUE, now, *after, limit)]


HOLD_DELETION = """
SELECT resident_id, requested_at, due_at, key_destroyed_at FROM deletions
WHERE resident_id = $1 AND erased_at IS NULL AND due_at <= $2 FOR UPDATE
"""


async def hold_deletion(db: Connection, resident_id: UUID, now: datetime) -> Deletion | None:
    """None where it was taken back, or done by another worker."""
    row = await db.fetchrow(HOLD_DELETION, resident_id, now)
    return Deletion(**row) if row else None


GET_MERGED_INTO = "SELECT merged_into FROM residents WHERE resident_id = $1"


async def get_merged_into(db: Connection, resident_id: UUID) -> UUID | None:
    merged_into: UUID | None = await db.fetchval(GET_MERGED_INTO, resident_id)
    return merged_into


DROP_DELETION = "DELETE FROM deletions WHERE resident_id = $1"


async def drop_deletion(db: Connection, resident_id: UUID) -> None:
    await db.execute(DROP_DELETION, resident_id)


GET_SUBJECT_NO = "SELECT subject_no FROM residents WHERE resident_id = $1"


async def get_subject_no(db: Executor, resident_id: UUID) -> int | None:
    subject_no: int | None = await db.fetchval(GET_SUBJECT_NO, resident_id)
    return subject_no


EMPTY_RESIDENT = """
UPDATE residents SET wrapped_key = NULL, sealed_phone = NULL, sealed_name = NULL, sealed_masked_name = NULL,
                     sealed_id_number = NULL, verified_at = NULL, verified_by = NULL, locked_at = NULL,
                     erased_at = coalesce(erased_at, $2)
WHERE resident_id = $1
"""


async def empty_resident(db: Connection, resident_id: UUID, now: datetime) -> None:
    """Destroys the key, and what it opened in this row; the row stays, so that ids in logs lead to nobody new."""
    await db.execute(EMPTY_RESIDENT, resident_id, now)


MARK_DESTROYED = "UPDATE deletions SET key_destroyed_at = $2 WHERE resident_id = $1 AND key_destroyed_at IS NULL"


async def mark_destroyed(db: Connection, resident_id: UUID, now: datetime) -> None:
    await db.execute(MARK_DESTROYED, resident_id, now)


MARK_ERASED = "UPDATE deletions SET erased_at = $2 WHERE resident_id = $1 AND erased_at IS NULL RETURNING 1"


async def mark_erased(db: Connection, resident_id: UUID, now: datetime) -> bool:
    """False where another worker was first."""
    return await db.fetchval(MARK_ERASED, resident_id, now) is not None


FORGET_CHALLENGES = "DELETE FROM otp_challenges WHERE phone_index = ANY($1::bytea[]) RETURNING challenge_id"


async def forget_challenges(db: Connection, phone_indexes: Sequence[bytes]) -> list[UUID]:
    """One-time passwords asked for by these phones; there are few challenges, and each is forgotten within the hour."""
    rows = await db.fetch(FORGET_CHALLENGES, list(phone_indexes), timeout=UPKEEP_SECONDS)
    return [row["challenge_id"] for row in rows]


FORGET_TEXTS = "DELETE FROM outbox WHERE routing_key = ANY($1::bigint[]) AND recipient = ANY($2::uuid[])"


async def forget_texts(db: Connection, routing_keys: Sequence[int], challenge_ids: Sequence[UUID]) -> None:
    """The texts of those challenges, which hold the number sealed until they are sent."""
    await db.execute(FORGET_TEXTS, list(routing_keys), list(challenge_ids))


LIST_LOGINS = "SELECT kind, sealed_account FROM logins WHERE resident_id = $1"


async def list_logins(db: Executor, resident_id: UUID) -> list[Record]:
    return await db.fetch(LIST_LOGINS, resident_id)


LIST_SESSIONS = """
SELECT session_id, installation_id, created_at, refreshed_at, ended_at, ended_for FROM sessions
WHERE resident_id = $1 ORDER BY created_at DESC LIMIT 2000
"""


async def list_sessions(db: Executor, resident_id: UUID) -> list[Record]:
    return await db.fetch(LIST_SESSIONS, resident_id)


FREE_PHONES = "DELETE FROM phone_lookups WHERE resident_id = $1"
FREE_ACCOUNTS = "DELETE FROM login_lookups WHERE resident_id = $1"
FREE_IDENTITY = "DELETE FROM identity_lookups WHERE resident_id = $1"
FREE_CHILDREN = "DELETE FROM guardian_consent_lookups WHERE guardian_id = $1"
FREE_ADDRESSES = "DELETE FROM push_address_lookups WHERE recipient = $1"
EMPTY_LOOKS = "UPDATE staff_looks SET sealed_case = '' WHERE resident_id = $1 AND sealed_case <> ''"
FORGET_NOTICES = "DELETE FROM outbox WHERE recipient = $1 AND settled_at IS NULL"

_BY_ANY_COLUMN = (FREE_PHONES, FREE_ACCOUNTS, FREE_IDENTITY, FREE_CHILDREN, FREE_ADDRESSES, EMPTY_LOOKS, FORGET_NOTICES)


async def free_lookups(db: Connection, resident_id: UUID) -> None:
    """Nothing leads to the resident any more: phone, accounts and identity may register anew."""
    for statement in _BY_ANY_COLUMN:
        await db.execute(statement, resident_id, timeout=UPKEEP_SECONDS)


DELETE_SESSIONS = "DELETE FROM sessions WHERE resident_id = $1"
DELETE_LOGINS = "DELETE FROM logins WHERE resident_id = $1"
DELETE_INSTALLATIONS = "DELETE FROM installations WHERE resident_id = $1"
DELETE_CONSENTS = "DELETE FROM consents WHERE resident_id = $1"
DELETE_MESSAGES = "DELETE FROM messages WHERE recipient = $1"
DELETE_ADDRESSES = "DELETE FROM push_addresses WHERE recipient = $1"
DELETE_ALLOWANCES = "DELETE FROM push_allowances WHERE recipient = $1"
DELETE_PREFERENCES = "DELETE FROM push_preferences WHERE recipient = $1"
DELETE_CHECKS = "DELETE FROM identity_checks WHERE resident_id = $1"
DELETE_CLAIMS = "DELETE FROM identity_claims WHERE resident_id = $1"
DELETE_CLAIM_LOOKUPS = "DELETE FROM claim_lookups WHERE claimant_id = $1"
DELETE_GUARDIAN_CONSENTS = "DELETE FROM guardian_consents WHERE guardian_id = $1"
DELETE_ROLES = "DELETE FROM roles WHERE resident_id = $1"
DELETE_FACTORS = "DELETE FROM staff_factors WHERE resident_id = $1"
DELETE_RECOVERY_CODES = "DELETE FROM staff_recovery_codes WHERE resident_id = $1"
DELETE_ATTEMPTS = "DELETE FROM staff_attempts WHERE resident_id = $1"
DELETE_CEREMONIES = "DELETE FROM staff_ceremonies WHERE resident_id = $1"
DELETE_ANSWERS = "DELETE FROM idempotent_answers WHERE caller_id = $1"
DELETE_MERGERS = "DELETE FROM mergers WHERE resident_id = $1"

_OWN = (
    DELETE_SESSIONS,
    DELETE_LOGINS,
    DELETE_INSTALLATIONS,
    DELETE_CONSENTS,
    DELETE_MESSAGES,
    DELETE_ADDRESSES,
    DELETE_ALLOWANCES,
    DELETE_PREFERENCES,
    DELETE_CHECKS,
    DELETE_CLAIMS,
    DELETE_CLAIM_LOOKUPS,
    DELETE_GUARDIAN_CONSENTS,
    DELETE_ROLES,
    DELETE_FACTORS,
    DELETE_RECOVERY_CODES,
    DELETE_ATTEMPTS,
    DELETE_CEREMONIES,
    DELETE_ANSWERS,
)


async def delete_own(db: Connection, resident_id: UUID) -> None:
    """Every row that is the resident's own."""
    for statement in _OWN:
        await db.execute(statement, resident_id, timeout=UPKEEP_SECONDS)


async def delete_mergers(db: Connection, resident_id: UUID) -> None:
    """What led to the accounts that were a part of this one; the last thing to go, since erasing them needs it."""
    await db.execute(DELETE_MERGERS, resident_id)


END_SUBJECT = "UPDATE subjects SET ended_at = coalesce(ended_at, $2), withheld = '{}' WHERE subject_no = $1"
DELETE_DISPUTE_ANSWERS = "DELETE FROM dispute_answers WHERE subject_no = $1"
DELETE_LOOK_TERMS = "DELETE FROM look_terms WHERE subject_no = $1"
DELETE_FINDINGS = "DELETE FROM scan_findings WHERE subject_no = $1"
DELETE_SUBJECT_NOTICES = "DELETE FROM outbox WHERE routing_key = $1"


async def end_subject(db: Connection, subject_no: int, now: datetime) -> None:
    await db.execute(END_SUBJECT, subject_no, now)


async def delete_about_subject(db: Connection, subject_no: int) -> None:
    """What was said of the subject's accesses, and what was still to be told."""
    await db.execute(DELETE_DISPUTE_ANSWERS, subject_no, timeout=UPKEEP_SECONDS)
    await db.execute(DELETE_LOOK_TERMS, subject_no, timeout=UPKEEP_SECONDS)
    await db.execute(DELETE_FINDINGS, subject_no, timeout=UPKEEP_SECONDS)
    await db.execute(DELETE_SUBJECT_NOTICES, subject_no, timeout=UPKEEP_SECONDS)


HAS_ACCESSES = "SELECT EXISTS (SELECT FROM accesses WHERE subject_no = $1)"


async def has_accesses(db: Executor, subject_no: int) -> bool:
    found: bool = await db.fetchval(HAS_ACCESSES, subject_no)
    return found


INSERT_RETAINED = """
INSERT INTO retained_records (record_id, wrapped_key, sealed_record, kept_since, kept_until) VALUES ($1, $2, $3, $4, $5)
"""


async def insert_retained(
    db: Connection, record_id: UUID, *, wrapped_key: bytes, sealed_record: bytes, now: datetime, kept_until: datetime
) -> None:
    await db.execute(INSERT_RETAINED, record_id, wrapped_key, sealed_record, now, kept_until)


INSERT_RETAINED_LOOKUPS = """
INSERT INTO retained_lookups (person_index, record_id, kept_until) SELECT unnest($1::bytea[]), $2, $3
ON CONFLICT DO NOTHING
"""


async def insert_retained_lookups(
    db: Connection, indexes: Sequence[bytes], record_id: UUID, kept_until: datetime
) -> None:
    await db.execute(INSERT_RETAINED_LOOKUPS, list(indexes), record_id, kept_until)


FIND_RETAINED = "SELECT record_id FROM retained_lookups WHERE person_index = ANY($1::bytea[]) AND kept_until > $2"


async def find_retained(db: Executor, indexes: Sequence[bytes], now: datetime) -> list[UUID]:
    rows = await db.fetch(FIND_RETAINED, list(indexes), now)
    return sorted({row["record_id"] for row in rows})


GET_RETAINED = "SELECT wrapped_key, sealed_record FROM retained_records WHERE record_id = $1 AND kept_until > $2"


async def get_retained(db: Executor, record_id: UUID, now: datetime) -> Record | None:
    return await db.fetchrow(GET_RETAINED, record_id, now)


LIST_RETAINED_KEYS = """
SELECT record_id, wrapped_key FROM retained_records WHERE substring(wrapped_key FOR 2) <> $1 LIMIT $2
"""
REPLACE_RETAINED_KEYS = """
UPDATE retained_records AS r SET wrapped_key = n.wrapped_key
FROM unnest($1::uuid[], $2::bytea[]) AS n (record_id, wrapped_key) WHERE r.record_id = n.record_id
"""


async def list_retained_keys(db: Executor, newest: bytes, limit: int) -> list[Record]:
    """Those that are not under this master key."""
    return await db.fetch(LIST_RETAINED_KEYS, newest, limit, timeout=UPKEEP_SECONDS)


async def replace_retained_keys(db: Executor, wrapped: Sequence[tuple[UUID, bytes]]) -> None:
    ids, keys = [one[0] for one in wrapped], [one[1] for one in wrapped]
    await db.execute(REPLACE_RETAINED_KEYS, ids, keys, timeout=UPKEEP_SECONDS)


PURGE_RETAINED = write_purge("retained_records", "record_id", "kept_until <= $1", by="kept_until")
PURGE_RETAINED_LOOKUPS = write_purge("retained_lookups", "person_index, record_id", "kept_until <= $1", by="kept_until")


async def purge_retained(db: Executor, now: datetime) -> None:
    for statement in (PURGE_RETAINED_LOOKUPS, PURGE_RETAINED):
        await purge_pages(db, statement, now)
