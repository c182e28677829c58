"""What rotating the master and index keys does to residents and lookups: pages, in the order of their keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias, get_args
from uuid import UUID

from app.database import UPKEEP_SECONDS, Connection, Executor, Record

Table: TypeAlias = Literal[
    "phone_lookups", "login_lookups", "identity_lookups", "guardian_consent_lookups", "retained_lookups"
]
TABLES: tuple[Table, ...] = get_args(Table)

LIST_KEYS = """
SELECT resident_id, wrapped_key FROM residents WHERE resident_id > $1 AND wrapped_key IS NOT NULL
ORDER BY resident_id LIMIT $2
"""


async def list_keys(db: Executor, after: UUID, limit: int) -> list[Record]:
    """(resident_id, wrapped_key), without waiting for anybody."""
    return await db.fetch(LIST_KEYS, after, limit, timeout=UPKEEP_SECONDS)


HOLD_KEYS = """
SELECT resident_id, wrapped_key FROM residents WHERE resident_id = ANY($1::uuid[]) AND wrapped_key IS NOT NULL
ORDER BY resident_id FOR NO KEY UPDATE
"""


async def hold_keys(db: Connection, resident_ids: Sequence[UUID]) -> list[Record]:
    """The same, as they are now; whoever unlinks, merges, locks or erases one of them waits until this is over."""
    return await db.fetch(HOLD_KEYS, list(resident_ids), timeout=UPKEEP_SECONDS)


REPLACE_KEYS = """
UPDATE residents AS r SET wrapped_key = n.wrapped_key
FROM unnest($1::uuid[], $2::bytea[]) AS n (resident_id, wrapped_key) WHERE r.resident_id = n.resident_id
"""


async def replace_keys(db: Connection, wrapped: Sequence[tuple[UUID, bytes]]) -> None:
    await db.execute(REPLACE_KEYS, [one[0] for one in wrapped], [one[1] for one in wrapped], timeout=UPKEEP_SECONDS)


class _Statements(NamedTuple):
    page: str
    follow: str
    missing: str
    delete: str


LIST_PHONES = """
SELECT phone_index AS index, resident_id FROM phone_lookups WHERE phone_index > $1 ORDER BY phone_index LIMIT $2
"""
LIST_LOGINS = """
SELECT login_index AS index, resident_id FROM login_lookups WHERE login_index > $1 ORDER BY login_index LIMIT $2
"""
LIST_IDENTITIES = """
SELECT identity_index AS index, resident_id FROM identity_lookups WHERE identity_index > $1
ORDER BY identity_index LIMIT $2
"""
LIST_GUARDIANS = """
SELECT l.person_index AS index, min(l.guardian_id::text)::uuid AS resident_id FROM guardian_consent_lookups AS l
WHERE l.person_index > $1 GROUP BY l.person_index ORDER BY l.person_index LIMIT $2
"""
LIST_RETAINED = """
SELECT l.person_index AS index, min(l.record_id::text)::uuid AS resident_id FROM retained_lookups AS l
WHERE l.person_index > $1 GROUP BY l.person_index ORDER BY l.person_index LIMIT $2
"""
FOLLOW_PHONES = """
INSERT INTO phone_lookups (phone_index, resident_id, login_id, created_at)
SELECT n.following, l.resident_id, l.login_id, l.created_at
FROM unnest($1::bytea[], $2::bytea[]) AS n (previous, following)
JOIN phone_lookups AS l ON l.phone_index = n.previous ON CONFLICT DO NOTHING RETURNING 1
"""
FOLLOW_LOGINS = """
INSERT INTO login_lookups (login_index, resident_id, login_id, created_at)
SELECT n.following, l.resident_id, l.login_id, l.created_at
FROM unnest($1::bytea[], $2::bytea[]) AS n (previous, following)
JOIN login_lookups AS l ON l.login_index = n.previous ON CONFLICT DO NOTHING RETURNING 1
"""
FOLLOW_IDENTITIES = """
INSERT INTO identity_lookups (identity_index, resident_id, created_at)
SELECT n.following, l.resident_id, l.created_at FROM unnest($1::bytea[], $2::bytea[]) AS n (previous, following)
JOIN identity_lookups AS l ON l.identity_index = n.previous ON CONFLICT DO NOTHING RETURNING 1
"""
FOLLOW_GUARDIANS = """
INSERT INTO guardian_consent_lookups (person_index, guardian_id, consent_id)
SELECT n.following, l.guardian_id, l.consent_id FROM unnest($1::bytea[], $2::bytea[]) AS n (previous, following)
JOIN guardian_consent_lookups AS l ON l.person_index = n.previous ON CONFLICT DO NOTHING RETURNING 1
"""
FOLLOW_RETAINED = """
INSERT INTO retained_lookups (person_index, record_id, kept_until)
SELECT n.following, l.record_id, l.kept_until FROM unnest($1::bytea[], $2::bytea[]) AS n (previous, following)
JOIN retained_lookups AS l ON l.person_index = n.previous ON CONFLICT DO NOTHING RETURNING 1
"""
HELD_PHONES = "SELECT phone_index AS index FROM phone_lookups WHERE phone_index = ANY($1::bytea[])"
HELD_LOGINS = "SELECT login_index AS index FROM login_lookups WHERE login_index = ANY($1::bytea[])"
HELD_IDENTITIES = "SELECT identity_index AS index FROM identity_lookups WHERE identity_index = ANY($1::bytea[])"
HELD_GUARDIANS = """
SELECT DISTINCT person_index AS index FROM guardian_consent_lookups WHERE person_index = ANY($1::bytea[])
"""
HELD_RETAINED = "SELECT DISTINCT person_index AS index FROM retained_lookups WHERE person_index = ANY($1::bytea[])"
DELETE_PHONES = "DELETE FROM phone_lookups WHERE phone_index = ANY($1::bytea[])"
DELETE_LOGINS = "DELETE FROM login_lookups WHERE login_index = ANY($1::bytea[])"
DELETE_IDENTITIES = "DELETE FROM identity_lookups WHERE identity_index = ANY($1::bytea[])"
DELETE_GUARDIANS = "DELETE FROM guardian_consent_lookups WHERE person_index = ANY($1::bytea[])"
DELETE_RETAINED = "DELETE FROM retained_lookups WHERE person_index = ANY($1::bytea[])"

_OF: dict[Table, _Statements] = {
    "phone_lookups": _Statements(LIST_PHONES, FOLLOW_PHONES, HELD_PHONES, DELETE_PHONES),
    "login_lookups": _Statements(LIST_LOGINS, FOLLOW_LOGINS, HELD_LOGINS, DELETE_LOGINS),
    "identity_lookups": _Statements(LIST_IDENTITIES, FOLLOW_IDENTITIES, HELD_IDENTITIES, DELETE_IDENTITIES),
    "guardian_consent_lookups": _Statements(LIST_GUARDIANS, FOLLOW_GUARDIANS, HELD_GUARDIANS, DELETE_GUARDIANS),
    "retained_lookups": _Statements(LIST_RETAINED, FOLLOW_RETAINED, HELD_RETAINED, DELETE_RETAINED),
}


async def list_lookups(db: Executor, table: Table, after: bytes, limit: int) -> list[Record]:
    """(index, resident_id), in the order of the indexes."""
    ASKED = _OF[table].page  # noqa: N806  one of the constants above
    return await db.fetch(ASKED, after, limit, timeout=UPKEEP_SECONDS)


async def follow_lookups(db: Connection, table: Table, pairs: Sequence[tuple[bytes, bytes]]) -> int:
    """Adds the rows under the following indexes, of those that are there still; how many were added."""
    ASKED = _OF[table].follow  # noqa: N806  one of the constants above
    rows = await db.fetch(ASKED, [one[0] for one in pairs], [one[1] for one in pairs], timeout=UPKEEP_SECONDS)
    return len(rows)


async def find_held(db: Executor, table: Table, indexes: Sequence[bytes]) -> set[bytes]:
    """Which of these have a row."""
    ASKED = _OF[table].missing  # noqa: N806  one of the constants above
    return {row["index"] for row in await db.fetch(ASKED, list(indexes), timeout=UPKEEP_SECONDS)}


async def delete_lookups(db: Executor, table: Table, indexes: Sequence[bytes]) -> None:
    ASKED = _OF[table].delete  # noqa: N806  one of the constants above
    await db.execute(ASKED, list(indexes), timeout=UPKEEP_SECONDS)


LIST_CONSENTS = """
SELECT guardian_id, consent_id, person_index FROM guardian_consents
WHERE (guardian_id, consent_id) > ($1::uuid, $2::uuid) ORDER BY guardian_id, consent_id LIMIT $3
"""


async def list_consents(db: Executor, after: tuple[UUID, UUID], limit: int) -> list[Record]:
    """Consents of guardians, each with the one index of its child."""
    return await db.fetch(LIST_CONSENTS, *after, limit, timeout=UPKEEP_SECONDS)


REPLACE_CHILD = """
UPDATE guardian_consents SET person_index = $4 WHERE guardian_id = $1 AND consent_id = $2 AND person_index = $3
"""


async def replace_child(db: Executor, guardian_id: UUID, consent_id: UUID, previous: bytes, following: bytes) -> None:
    await db.execute(REPLACE_CHILD, guardian_id, consent_id, previous, following, timeout=UPKEEP_SECONDS)


COUNT_INVITATIONS = """
SELECT count(*) FROM care_invitations WHERE ended_at IS NULL AND expires_at > $1 AND NOT EXISTS (
  SELECT FROM unnest(invitee_indexes) AS one WHERE length(one) > 32 AND substring(one FOR 2) > $2)
"""


async def count_invitations_under(db: Executor, number: int, now: datetime) -> int:
    """Relatives' invitations that wait for their answer, and are found by this index key or an older one alone."""
    count: int = await db.fetchval(COUNT_INVITATIONS, now, number.to_bytes(2, "big"), timeout=UPKEEP_SECONDS)
    return count


COUNT_UNDER_MASTER = """
SELECT 'residents' AS what, count(*) AS rows FROM residents
WHERE wrapped_key IS NOT NULL AND substring(wrapped_key FOR 2) = $1
UNION ALL SELECT 'one-time passwords', count(*) FROM otp_challenges WHERE substring(sealed_phone FOR 2) = $1
UNION ALL SELECT 'notices not sent yet', count(*) FROM outbox WHERE substring(sealed FOR 2) = $1
UNION ALL SELECT 'push addresses', count(*) FROM push_addresses WHERE substring(sealed_address FOR 2) = $1
UNION ALL SELECT 'kept answers', count(*) FROM idempotent_answers WHERE substring(sealed_answer FOR 2) = $1
UNION ALL SELECT 'platform events', count(*) FROM platform_events WHERE substring(sealed FOR 2) = $1
UNION ALL SELECT 'retained records', count(*) FROM retained_records WHERE substring(wrapped_key FOR 2) = $1
UNION ALL SELECT 'wallets of companies', count(*) FROM wallets WHERE substring(wrapped_key FOR 2) = $1
UNION ALL SELECT 'answers waiting for venues', count(*) FROM presentations WHERE substring(wrapped_key FOR 2) = $1
UNION ALL SELECT 'files of registries', count(*) FROM depot_keys WHERE substring(wrapped_key FOR 2) = $1
UNION ALL SELECT 'people at windows', count(*) FROM window_presences WHERE substring(sealed_person FOR 2) = $1
UNION ALL SELECT 'names of venue staff', count(*) FROM venue_staff WHERE substring(sealed_name FOR 2) = $1
UNION ALL SELECT 'reasons of proposals', count(*) FROM proposals WHERE substring(sealed_reason FOR 2) = $1
  AND sealed_for IS NULL
UNION ALL SELECT 'reasons of acts', count(*) FROM acts WHERE substring(sealed_reason FOR 2) = $1 AND sealed_for IS NULL
"""


async def count_under_master(db: Executor, number: int) -> dict[str, int]:
    """What is sealed under a master key still, by what it is."""
    rows = await db.fetch(COUNT_UNDER_MASTER, number.to_bytes(2, "big"), timeout=UPKEEP_SECONDS)
    return {row["what"]: row["rows"] for row in rows if row["rows"]}
