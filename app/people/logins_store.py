"""The accounts by which residents come in: one statement a function.

A phone and a platform's account are looked up in tables of their own, which speak alike: an index leads to a resident
and to a login of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from app.database import Connection, Executor
from app.people.model import Lookup, StoredLogin

Table: TypeAlias = Literal["phone", "login"]

FIND_PHONES = """
SELECT phone_index AS index, resident_id, coalesce(login_id, resident_id) AS login_id FROM phone_lookups
WHERE phone_index = ANY($1::bytea[])
"""
FIND_ACCOUNTS = """
SELECT login_index AS index, resident_id, login_id FROM login_lookups WHERE login_index = ANY($1::bytea[])
"""


async def find_lookups(db: Executor, table: Table, indexes: Sequence[bytes]) -> list[Lookup]:
    asked = list(indexes)
    rows = await db.fetch(FIND_PHONES, asked) if table == "phone" else await db.fetch(FIND_ACCOUNTS, asked)
    return [Lookup(**row) for row in rows]


CLAIM_PHONES = """
INSERT INTO phone_lookups (phone_index, resident_id, login_id, created_at)
SELECT unnest($1::bytea[]), $2, $3, $4 ON CONFLICT DO NOTHING RETURNING 1
"""
CLAIM_ACCOUNTS = """
INSERT INTO login_lookups (login_index, resident_id, login_id, created_at)
SELECT unnest($1::bytea[]), $2, $3, $4 ON CONFLICT DO NOTHING RETURNING 1
"""


async def claim_lookups(
    db: Connection, table: Table, indexes: Sequence[bytes], *, resident_id: UUID, login_id: UUID, now: datetime
) -> int:
    """How many of these were free. They are taken in order, so that two who want the same do not wait in a circle."""
    given = (sorted(indexes), resident_id, login_id, now)
    return len(await db.fetch(CLAIM_PHONES, *given) if table == "phone" else await db.fetch(CLAIM_ACCOUNTS, *given))


MOVE_PHONES = """
UPDATE phone_lookups SET resident_id = $3, login_id = coalesce(login_id, resident_id)
WHERE phone_index = ANY($1::bytea[]) AND resident_id = $2
"""
MOVE_ACCOUNTS = """
UPDATE login_lookups SET resident_id = $3 WHERE login_index = ANY($1::bytea[]) AND resident_id = $2
"""


async def move_lookups(db: Connection, table: Table, indexes: Sequence[bytes], *, source: UUID, target: UUID) -> None:
    given = (list(indexes), source, target)
    await (db.execute(MOVE_PHONES, *given) if table == "phone" else db.execute(MOVE_ACCOUNTS, *given))


DELETE_PHONES = "DELETE FROM phone_lookups WHERE phone_index = ANY($1::bytea[]) AND resident_id = $2"
DELETE_ACCOUNTS = "DELETE FROM login_lookups WHERE login_index = ANY($1::bytea[]) AND resident_id = $2"


async def delete_lookups(db: Connection, table: Table, indexes: Sequence[bytes], resident_id: UUID) -> None:
    given = (list(indexes), resident_id)
    await (db.execute(DELETE_PHONES, *given) if table == "phone" else db.execute(DELETE_ACCOUNTS, *given))


INSERT_LOGIN = """
INSERT INTO logins (resident_id, login_id, kind, app_id, sealed_account, linked_at, last_used_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
"""


async def insert_login(db: Connection, resident_id: UUID, login: StoredLogin) -> None:
    await db.execute(
        INSERT_LOGIN,
        resident_id,
        login.login_id,
        login.kind.value,
        login.app_id,
        login.sealed_account,
        login.linked_at,
        login.last_used_at,
    )


LIST_LOGINS = """
SELECT login_id, kind, app_id, sealed_account, linked_at, last_used_at FROM logins
WHERE resident_id = $1 ORDER BY linked_at, login_id
"""


async def list_logins(db: Executor, resident_id: UUID) -> list[StoredLogin]:
    """All of a resident's logins, the oldest first."""
    return [StoredLogin.of(row) for row in await db.fetch(LIST_LOGINS, resident_id)]


GET_LOGIN = """
SELECT login_id, kind, app_id, sealed_account, linked_at, last_used_at FROM logins
WHERE resident_id = $1 AND login_id = $2
"""


async def get_login(db: Executor, resident_id: UUID, login_id: UUID) -> StoredLogin | None:
    row = await db.fetchrow(GET_LOGIN, resident_id, login_id)
    return StoredLogin.of(row) if row else None


TOUCH_LOGIN = "UPDATE logins SET last_used_at = $3 WHERE resident_id = $1 AND login_id = $2 RETURNING 1"


async def touch_login(db: Connection, resident_id: UUID, login_id: UUID, now: datetime) -> bool:
    """False where the resident has no such login (any more)."""
    return await db.fetchval(TOUCH_LOGIN, resident_id, login_id, now) is not None


RESEAL_LOGIN = "UPDATE logins SET sealed_account = $3 WHERE resident_id = $1 AND login_id = $2"


async def reseal_login(db: Connection, resident_id: UUID, login_id: UUID, sealed_account: bytes) -> None:
    await db.execute(RESEAL_LOGIN, resident_id, login_id, sealed_account)


DELETE_LOGIN = "DELETE FROM logins WHERE resident_id = $1 AND login_id = $2"


async def delete_login(db: Connection, resident_id: UUID, login_id: UUID) -> None:
    await db.execute(DELETE_LOGIN, resident_id, login_id)


SET_PHONE = "UPDATE residents SET sealed_phone = $2 WHERE resident_id = $1"


async def set_phone(db: Connection, resident_id: UUID, sealed_phone: bytes | None) -> None:
    """The phone at which the resident is texted; one of their logins, where they have any."""
    await db.execute(SET_PHONE, resident_id, sealed_phone)


GET_SESSION_LOGIN = """
SELECT coalesce(login_id, resident_id) FROM sessions
WHERE resident_id = $1 AND session_id = $2 AND ended_at IS NULL AND expires_at > $3
"""


async def get_session_login(db: Executor, resident_id: UUID, session_id: UUID, now: datetime) -> UUID | None:
    """The login by which a session was opened; None where the session is over."""
    login_id: UUID | None = await db.fetchval(GET_SESSION_LOGIN, resident_id, session_id, now)
    return login_id


SET_SESSION_LOGIN = "UPDATE sessions SET login_id = $3 WHERE resident_id = $1 AND session_id = $2"


async def set_session_login(db: Connection, resident_id: UUID, session_id: UUID, login_id: UUID) -> None:
    await db.execute(SET_SESSION_LOGIN, resident_id, session_id, login_id)


END_SESSIONS_OF_LOGIN = """
UPDATE sessions SET ended_at = $3, ended_for = 'unlinked'
WHERE resident_id = $1 AND coalesce(login_id, resident_id) = $2 AND ended_at IS NULL
RETURNING session_id
"""


async def end_sessions_of_login(db: Connection, resident_id: UUID, login_id: UUID, now: datetime) -> list[UUID]:
    """Ends what was opened by a login; answers which were alive."""
    return [row["session_id"] for row in await db.fetch(END_SESSIONS_OF_LOGIN, resident_id, login_id, now)]


LIST_LEFT_INSTALLATIONS = """
SELECT DISTINCT e.installation_id FROM sessions AS e
WHERE e.resident_id = $1 AND e.session_id = ANY($2::uuid[]) AND NOT EXISTS (
    SELECT 1 FROM sessions AS s
    WHERE s.resident_id = $1 AND s.installation_id = e.installation_id AND s.ended_at IS NULL AND s.expires_at > $3
)
"""


async def list_left_installations(
    db: Connection, resident_id: UUID, session_ids: Sequence[UUID], now: datetime
) -> list[UUID]:
    """Of which of these sessions' installations no session lives."""
    rows = await db.fetch(LIST_LEFT_INSTALLATIONS, resident_id, session_ids, now)
    return [row["installation_id"] for row in rows]


FIND_IDENTITY = "SELECT identity_index, resident_id FROM identity_lookups WHERE identity_index = ANY($1::bytea[])"


async def get_identity_holder(db: Executor, indexes: Sequence[bytes]) -> UUID | None:
    """The resident whose identity this is."""
    rows = await db.fetch(FIND_IDENTITY, list(indexes))
    return rows[0]["resident_id"] if rows else None


async def list_identity_holders(db: Executor, indexes: Sequence[bytes]) -> list[UUID]:
    """The residents whose identities these are."""
    return sorted({row["resident_id"] for row in await db.fetch(FIND_IDENTITY, list(indexes))})


CLAIM_IDENTITY = """
INSERT INTO identity_lookups (identity_index, resident_id, created_at) SELECT unnest($1::bytea[]), $2, $3
ON CONFLICT DO NOTHING RETURNING 1
"""


async def claim_identity(db: Connection, indexes: Sequence[bytes], resident_id: UUID, now: datetime) -> int:
    """How many of these were free, taken in order."""
    return len(await db.fetch(CLAIM_IDENTITY, sorted(indexes), resident_id, now))
