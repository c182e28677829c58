"""Credentials of licences in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from app.database import UPKEEP_SECONDS, Connection, Executor, Record
from app.purging import purge_pages, write_purge


class IssuedCredential(msgspec.Struct, frozen=True):
    """One credential of a licence, in the order of its columns; what it says is nowhere."""

    holder_id: UUID
    credential_id: UUID
    licence_id: UUID
    licence_type: str
    subject_no: int
    kind: str
    session_id: UUID | None
    list_no: int
    place: int
    thumbprint: bytes
    issued_at: datetime
    expires_at: datetime
    kid: bytes
    content_stamp: bytes
    """Of what the licence said when it was made."""
    shown_at: datetime | None = None
    revoked_at: datetime | None = None


COUNT_LIVE = """
SELECT count(*)::integer AS live, min(expires_at) AS first_ends_at FROM licence_credentials
WHERE holder_id = $1 AND session_id = $2 AND expires_at > $3 AND revoked_at IS NULL AND shown_at IS NULL
"""


async def count_live(db: Connection, holder_id: UUID, session_id: UUID, now: datetime) -> tuple[int, datetime | None]:
    """How many credentials a session has that can still be shown, and when the first of them end."""
    row = await db.fetchrow(COUNT_LIVE, holder_id, session_id, now)
    assert row is not None  # noqa: S101  an aggregate has one row
    return row["live"], row["first_ends_at"]


INSERT_CREDENTIAL = """
INSERT INTO licence_credentials (holder_id, credential_id, licence_id, licence_type, subject_no, kind, session_id,
                                 list_no, place, thumbprint, issued_at, expires_at, kid, content_stamp, shown_at,
                                 revoked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
"""


async def insert_credentials(db: Connection, credentials: Sequence[IssuedCredential]) -> None:
    await db.executemany(INSERT_CREDENTIAL, [msgspec.structs.astuple(one) for one in credentials])


FIND_BY_PLACE = """
SELECT holder_id, credential_id, licence_id, licence_type, subject_no, kind, session_id, list_no, place, thumbprint,
       issued_at, expires_at, kid, content_stamp, shown_at, revoked_at
FROM licence_credentials WHERE list_no = $1 AND place = $2
"""


async def find_by_place(db: Executor, list_no: int, place: int) -> IssuedCredential | None:
    """Whose it is; a credential names no more of it than its place in a list."""
    row = await db.fetchrow(FIND_BY_PLACE, list_no, place)
    return IssuedCredential(**row) if row else None


CLAIM_SHOWING = """
UPDATE licence_credentials SET shown_at = $3
WHERE holder_id = $1 AND credential_id = $2 AND shown_at IS NULL AND revoked_at IS NULL AND expires_at > $3 RETURNING 1
"""


async def claim_showing(db: Connection, holder_id: UUID, credential_id: UUID, now: datetime) -> bool:
    """The one showing that a credential is for; False where it was shown, or has ended."""
    return await db.fetchval(CLAIM_SHOWING, holder_id, credential_id, now) is not None


REVOKE_OF_SESSIONS = """
UPDATE licence_credentials SET revoked_at = $2
WHERE session_id = ANY($1::uuid[]) AND revoked_at IS NULL AND expires_at > $2
"""


async def revoke_of_sessions(db: Executor, session_ids: Sequence[UUID], now: datetime) -> None:
    await db.execute(REVOKE_OF_SESSIONS, list(session_ids), now, timeout=UPKEEP_SECONDS)


LIST_ENDED_SUBJECTS = """
SELECT s.subject_no, s.codes_valid_from,
       s.ended_at IS NOT NULL OR s.suspended_at IS NOT NULL OR coalesce(s.ends_at <= $2, false) AS over
FROM subjects AS s
WHERE s.codes_valid_from > $1 OR s.ended_at > $1 OR s.suspended_at > $1 OR (s.ends_at > $1 AND s.ends_at <= $2)
"""
REVOKE_OF_SUBJECTS = """
UPDATE licence_credentials AS c SET revoked_at = $4
FROM unnest($1::bigint[], $2::timestamptz[], $3::boolean[]) AS e (subject_no, valid_from, over)
WHERE c.subject_no = e.subject_no AND c.revoked_at IS NULL AND c.expires_at > $4
  AND (e.over OR e.valid_from > c.issued_at)
"""


async def revoke_of_subjects(db: Executor, since: datetime, now: datetime) -> None:
    """What hangs on subjects that ended since, or whose codes were ended; in two steps: they lie on other shards."""
    ended = await db.fetch(LIST_ENDED_SUBJECTS, since, now, timeout=UPKEEP_SECONDS)
    columns = [[row[name] for row in ended] for name in ("subject_no", "codes_valid_from", "over")]
    if ended:
        await db.execute(REVOKE_OF_SUBJECTS, *columns, now, timeout=UPKEEP_SECONDS)


# Of those who have credentials at all: most holders of licences have none.
LIST_CHANGED_HOLDERS = """
SELECT n.holder_id FROM (SELECT l.holder_id FROM licences AS l WHERE l.ended_at > $1
                         UNION SELECT l.holder_id FROM licences AS l WHERE l.renewed_at > $1) AS n
WHERE EXISTS (SELECT FROM licence_credentials AS c WHERE c.holder_id = n.holder_id AND c.revoked_at IS NULL)
"""


async def list_changed_holders(db: Executor, since: datetime) -> list[UUID]:
    """Whose licences ended since, or say something else, by the word of a registry."""
    return [row["holder_id"] for row in await db.fetch(LIST_CHANGED_HOLDERS, since, timeout=UPKEEP_SECONDS)]


LIST_HOLDERS = """
SELECT DISTINCT holder_id FROM licence_credentials WHERE holder_id > $1 AND revoked_at IS NULL
ORDER BY holder_id LIMIT $2
"""


async def list_holders(db: Executor, after: UUID, limit: int) -> list[UUID]:
    """A page of those who have credentials that were not revoked."""
    return [row["holder_id"] for row in await db.fetch(LIST_HOLDERS, after, limit, timeout=UPKEEP_SECONDS)]


# A credential's licence lies on its own shard: what is not good any more, says something else or is gone takes its
# credentials along, and so does a kind that is there no more ($6: those that are). A composite is good while all its
# parts are ($3 and $4: kinds, and what each stands for).
REVOKE_OF_LICENCES = """
UPDATE licence_credentials AS c SET revoked_at = $2
WHERE c.holder_id = ANY($5::uuid[]) AND c.revoked_at IS NULL AND c.expires_at > $2
  AND (NOT EXISTS (SELECT FROM licences AS l
                   WHERE l.holder_id = c.holder_id AND l.licence_id = c.licence_id AND l.type_id = ANY($6::text[])
                     AND l.content_stamp = c.content_stamp AND l.standing = 'valid'
                     AND (l.valid_from IS NULL OR l.valid_from <= $1)
                     AND (l.valid_until IS NULL OR l.valid_until >= $1))
       OR EXISTS (SELECT FROM unnest($3::text[], $4::text[]) AS n (composite, part)
                  WHERE n.composite = c.licence_type AND NOT EXISTS (
                      SELECT FROM licences AS l
                      WHERE l.holder_id = c.holder_id AND l.type_id = n.part AND l.type_id = ANY($6::text[])
                        AND l.standing = 'valid'
                        AND (l.valid_from IS NULL OR l.valid_from <= $1)
                        AND (l.valid_until IS NULL OR l.valid_until >= $1))))
"""


async def revoke_of_licences(
    db: Executor,
    holder_ids: Sequence[UUID],
    kinds: Mapping[str, Sequence[str]],
    today: date,
    now: datetime,
) -> None:
    """Of these holders: there are too many credentials to look at all of them each time. `kinds` has the parts of
    each kind.
    """
    parts = [(kind, part) for kind, needed in kinds.items() for part in needed]
    columns = ([one[0] for one in parts], [one[1] for one in parts], list(holder_ids), list(kinds))
    await db.execute(REVOKE_OF_LICENCES, today, now, *columns, timeout=UPKEEP_SECONDS)


LIST_OF_KEY = """
SELECT holder_id, credential_id FROM licence_credentials
WHERE kid = $1 AND revoked_at IS NULL AND expires_at > $2 AND (holder_id, credential_id) > ($3, $4)
ORDER BY holder_id, credential_id LIMIT $5
"""
REVOKE = """
UPDATE licence_credentials AS c SET revoked_at = $3 FROM unnest($1::uuid[], $2::uuid[]) AS n (holder_id, credential_id)
WHERE c.holder_id = n.holder_id AND c.credential_id = n.credential_id AND c.revoked_at IS NULL
"""


async def revoke_of_key(
    db: Executor, kid: bytes, now: datetime, *, after: tuple[UUID, UUID], limit: int
) -> tuple[UUID, UUID] | None:
    """A page of what a key signed, after this one; answers the last of it, None where nothing is left."""
    rows = await db.fetch(LIST_OF_KEY, kid, now, *after, limit, timeout=UPKEEP_SECONDS)
    if not rows:
        return None
    holders, ids = [row["holder_id"] for row in rows], [row["credential_id"] for row in rows]
    await db.execute(REVOKE, holders, ids, now, timeout=UPKEEP_SECONDS)
    return holders[-1], ids[-1]


LIST_UNLISTED = """
SELECT holder_id, credential_id, list_no, place FROM licence_credentials
WHERE revoked_at IS NOT NULL AND listed_at IS NULL ORDER BY holder_id, credential_id LIMIT $1
"""


async def list_unlisted(db: Executor, limit: int) -> list[Record]:
    """What was revoked, and stands in no list yet."""
    return await db.fetch(LIST_UNLISTED, limit, timeout=UPKEEP_SECONDS)


MARK_LISTED = """
UPDATE licence_credentials AS c SET listed_at = $3 FROM unnest($1::uuid[], $2::uuid[]) AS n (holder_id, credential_id)
WHERE c.holder_id = n.holder_id AND c.credential_id = n.credential_id
"""


async def mark_listed(db: Executor, credentials: Sequence[Record], now: datetime) -> None:
    holders, ids = [row["holder_id"] for row in credentials], [row["credential_id"] for row in credentials]
    await db.execute(MARK_LISTED, holders, ids, now, timeout=UPKEEP_SECONDS)


LIST_OF_HOLDER = """
SELECT licence_type, session_id, issued_at, expires_at, shown_at, revoked_at FROM licence_credentials
WHERE holder_id = $1 ORDER BY credential_id
"""


async def list_of_holder(db: Executor, holder_id: UUID) -> list[Record]:
    return await db.fetch(LIST_OF_HOLDER, holder_id)


PURGE = write_purge("licence_credentials", "holder_id, credential_id", "expires_at < $1", by="expires_at")


async def purge(db: Executor, before: datetime) -> None:
    await purge_pages(db, PURGE, before)
