"""What became of a message beside its inbox: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from push.store import Executor, Row

_SECONDS = 60.0

# By the index of what is settled.
COUNT_PUSHES = """
SELECT date_bin('1 minute', settled_at, $1) AS minute, topic, channel, outcome, count(*) AS total FROM outbox
WHERE settled_at >= $1 AND settled_at < $2 AND channel IN ('apns', 'fcm', 'wechat', 'alipay')
GROUP BY minute, topic, channel, outcome
"""


async def count_pushes(db: Executor, since: datetime, until: datetime) -> list[Row]:
    """What has become of pushes, by the minute."""
    return await db.fetch(COUNT_PUSHES, since, until, timeout=_SECONDS)


FIND_PUSHES = """
SELECT dedupe_key, channel, created_at, due_at, settled_at, outcome, pinned FROM outbox
WHERE routing_key = ANY($1::bigint[]) AND dedupe_key = ANY($2::text[]) AND recipient = $3
"""


async def find_pushes(
    db: Executor, routing_keys: Sequence[int], dedupe_keys: Sequence[str], recipient: UUID
) -> list[Row]:
    """Those of a recipient's messages that were to be pushed and are kept."""
    return await db.fetch(FIND_PUSHES, list(routing_keys), list(dedupe_keys), recipient)
