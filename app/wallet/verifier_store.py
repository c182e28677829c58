"""Verifiers elsewhere, in PostgreSQL: one statement a function."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import msgspec

from app.database import Connection, Executor


class Verifier(msgspec.Struct, frozen=True):
    """Somebody elsewhere who may ask this wallet, in the name of a venue and for its purpose."""

    verifier_id: UUID
    client_id: str
    name: str
    venue_id: UUID
    keys: list[dict[str, str]]
    origins: list[str]
    registered_at: datetime
    proposed_by: UUID
    withdrawn_at: datetime | None = None

    @property
    def may_ask(self) -> bool:
        return self.withdrawn_at is None

    @classmethod
    def of(cls, row: Any) -> Self:
        return cls(**row)


INSERT_VERIFIER = """
INSERT INTO verifiers (verifier_id, client_id, name, venue_id, keys, origins, registered_at, proposed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (client_id) DO NOTHING RETURNING 1
"""


async def insert_verifier(db: Connection, one: Verifier) -> bool:
    """False where the client_id has one already."""
    values = (one.verifier_id, one.client_id, one.name, one.venue_id, one.keys, one.origins, one.registered_at)
    return await db.fetchval(INSERT_VERIFIER, *values, one.proposed_by) is not None


GET_VERIFIER = """
SELECT verifier_id, client_id, name, venue_id, keys, origins, registered_at, proposed_by, withdrawn_at
FROM verifiers WHERE verifier_id = $1
"""


async def get_verifier(db: Executor, verifier_id: UUID) -> Verifier | None:
    row = await db.fetchrow(GET_VERIFIER, verifier_id)
    return Verifier.of(row) if row else None


FIND_VERIFIER = """
SELECT verifier_id, client_id, name, venue_id, keys, origins, registered_at, proposed_by, withdrawn_at
FROM verifiers WHERE client_id = $1
"""


async def find_verifier(db: Executor, client_id: str) -> Verifier | None:
    row = await db.fetchrow(FIND_VERIFIER, client_id)
    return Verifier.of(row) if row else None


LIST_VERIFIERS = """
SELECT verifier_id, client_id, name, venue_id, keys, origins, registered_at, proposed_by, withdrawn_at
FROM verifiers WHERE verifier_id > $1 ORDER BY verifier_id LIMIT $2
"""


async def list_verifiers(db: Executor, after: UUID, limit: int) -> list[Verifier]:
    return [Verifier.of(row) for row in await db.fetch(LIST_VERIFIERS, after, limit)]


HAS_ORIGIN = """
SELECT EXISTS (SELECT FROM verifiers WHERE $1 = ANY(origins) AND withdrawn_at IS NULL)
"""


async def has_origin(db: Executor, origin: str) -> bool:
    """Whether some verifier that may ask is there."""
    found: bool = await db.fetchval(HAS_ORIGIN, origin)
    return found


# The client_id is freed: whoever is registered anew has other keys, and is let in by two persons again.
WITHDRAW_VERIFIER = """
UPDATE verifiers SET withdrawn_at = $2, client_id = client_id || '#' || verifier_id
WHERE verifier_id = $1 AND withdrawn_at IS NULL RETURNING 1
"""


async def withdraw_verifier(db: Connection, verifier_id: UUID, now: datetime) -> bool:
    return await db.fetchval(WITHDRAW_VERIFIER, verifier_id, now) is not None
