"""What became of a message beside its inbox: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from push.store import Executor, Row

FIND_PUSHES = """
SELECT dedupe_key, channel, due_at, settled_at, outcome, reason, attempts, pinned FROM outbox
WHERE routing_key = ANY($1::bigint[]) AND dedupe_key = ANY($2::text[]) AND recipient = $3
"""


async def find_pushes(
    db: Executor, routing_keys: Sequence[int], dedupe_keys: Sequence[str], recipient: UUID
) -> list[Row]:
    """Those of a recipient's messages that were to be pushed and are kept."""
    return await db.fetch(FIND_PUSHES, list(routing_keys), list(dedupe_keys), recipient)
