"""The statements of enqueuing many notices at once, and of seeing whether there is room for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from push.notices import Notice, Urgency
from push.store import Connection

_encode = msgspec.json.Encoder().encode

INSERT_NOTICES = """
INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at,
                    urgency)
SELECT n.routing_key, n.notice_id, n.recipient, n.channel, n.topic, n.dedupe_key, n.data::jsonb, n.created_at, n.due_at,
       n.expires_at, n.urgency
FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
            $9::timestamptz[], $10::timestamptz[], $11::smallint[])
     AS n (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at, urgency)
ON CONFLICT DO NOTHING
"""


async def insert_notices(connection: Connection, notices: Sequence[Notice]) -> int:
    """Adds those whose id and dedupe key are not there yet; how many those were."""
    status = await connection.execute(
        INSERT_NOTICES,
        [n.routing_key for n in notices],
        [n.notice_id for n in notices],
        [n.recipient for n in notices],
        [n.channel for n in notices],
        [n.topic for n in notices],
        [n.dedupe_key for n in notices],
        [_encode(n.data).decode() for n in notices],
        [n.created_at for n in notices],
        [n.due_at for n in notices],
        [n.expires_at for n in notices],
        [n.urgency for n in notices],
    )
    return int(status.rpartition(" ")[2])


# What is the same of all goes once: of a page of thousands, that is most of it.
INSERT_BROADCAST = """
INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at,
                    urgency)
SELECT n.routing_key, n.notice_id, n.recipient, $4, $5, $6, $7::text::jsonb, $8, $8, $9, $10
FROM unnest($1::bigint[], $2::uuid[], $3::uuid[]) AS n (routing_key, notice_id, recipient)
ON CONFLICT DO NOTHING
"""


async def insert_broadcast(
    connection: Connection, notice: Notice, recipients: Sequence[tuple[int, UUID]], notice_ids: Sequence[UUID]
) -> int:
    """Adds the same notice, as a crowd's, for each recipient who has it not; how many those were."""
    status = await connection.execute(
        INSERT_BROADCAST,
        [routing_key for routing_key, _ in recipients],
        notice_ids,
        [recipient for _, recipient in recipients],
        notice.channel,
        notice.topic,
        notice.dedupe_key,
        _encode(notice.data).decode(),
        notice.created_at,
        notice.expires_at,
        Urgency.CROWD,
    )
    return int(status.rpartition(" ")[2])


# By outbox_by_urgency, and no further than up to the limit.
COUNT_DUE = """
SELECT count(*) FROM (
    SELECT FROM outbox WHERE settled_at IS NULL AND channel = $1 AND urgency = $2 AND due_at <= $3 LIMIT $4
) AS due
"""


async def count_due(connection: Connection, channel: str, urgency: Urgency, now: datetime, limit: int) -> int:
    """How many notices of the channel and so urgent wait to be sent, counted up to a limit."""
    found: int = await connection.fetchval(COUNT_DUE, channel, urgency, now, limit)
    return found
