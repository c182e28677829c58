"""Every statement of the outbox and the inbox. JSON goes as text, so that any connection's codecs will do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import msgspec

from push.messages import Message
from push.notices import Notice, Urgency
from push.rules import Ruling

if TYPE_CHECKING:
    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Executor: TypeAlias = Connection | Pool
    Row: TypeAlias = asyncpg.Record
else:
    Connection = Pool = Executor = Row = Any

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


INSERT_NOTICE = """
INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, sealed, created_at, due_at,
                    expires_at, urgency)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING
"""


async def insert_notice(db: Executor, notice: Notice) -> bool:
    """Adds the notice unless its id or its dedupe key is there."""
    status = await db.execute(
        INSERT_NOTICE,
        notice.routing_key,
        notice.notice_id,
        notice.recipient,
        notice.channel,
        notice.topic,
        notice.dedupe_key,
        _encode(notice.data).decode(),
        notice.sealed,
        notice.created_at,
        notice.due_at,
        notice.expires_at,
        notice.urgency,
    )
    return status == "INSERT 0 1"


CLAIM_NOTICES = """
SELECT routing_key, notice_id, recipient, channel, topic, dedupe_key, data::text AS data, sealed, created_at, due_at,
       expires_at, attempts, tried, pinned, is_abandoned, urgency
FROM claim_notices($1, $2, $3, $4)
"""


async def lease_notices(
    db: Executor, channel: str, *, limit: int, now: datetime, leased_until: datetime
) -> list[Notice]:
    """Leases up to `limit` due notices of the channel to the caller, the most urgent first."""
    rows = await db.fetch(CLAIM_NOTICES, channel, limit, now, leased_until)
    return [_read_notice(row) for row in rows]


def _read_notice(row: Row) -> Notice:
    return Notice(
        routing_key=row["routing_key"],
        notice_id=row["notice_id"],
        recipient=row["recipient"],
        channel=row["channel"],
        topic=row["topic"],
        dedupe_key=row["dedupe_key"],
        data=_decode(row["data"]),
        sealed=row["sealed"],
        created_at=row["created_at"],
        due_at=row["due_at"],
        expires_at=row["expires_at"],
        attempts=row["attempts"],
        tried=tuple(row["tried"]),
        pinned=row["pinned"],
        is_abandoned=row["is_abandoned"],
        urgency=Urgency(row["urgency"]),
    )


# `attempts` tells whose claim it is: a worker whose lease ran out must not overrule the one that holds the notice now,
# except with the news that it has arrived.
RECORD_RULINGS = """
UPDATE outbox AS o
SET outcome = r.outcome, settled_at = CASE WHEN r.outcome IS NOT NULL THEN $7::timestamptz END, reason = r.reason,
    due_at = CASE WHEN r.outcome IS NULL THEN r.due_at ELSE o.due_at END,
    -- What was abandoned once stays known for it, by a lease that has ended.
    leased_until = CASE WHEN r.outcome IS NULL AND r.is_abandoned THEN r.due_at END,
    sealed = CASE WHEN r.outcome IS NULL THEN o.sealed END,
    channel = r.channel, tried = string_to_array(r.tried, ' '), pinned = r.pinned
FROM unnest($1::bigint[], $2::uuid[], $3::smallint[], $4::text[], $5::text[], $6::timestamptz[], $8::text[], $9::text[],
            $10::uuid[], $11::boolean[])
     AS r (routing_key, notice_id, attempts, outcome, reason, due_at, channel, tried, pinned, is_abandoned)
WHERE o.routing_key = r.routing_key AND o.notice_id = r.notice_id AND o.settled_at IS NULL
  AND (o.attempts = r.attempts OR r.outcome = 'delivered')
"""


async def record_rulings(db: Executor, rulings: Sequence[Ruling], now: datetime) -> int:
    """Settles or postpones a batch of claimed notices; those that another worker has taken over meanwhile stay as they
    are.
    """
    status = await db.execute(
        RECORD_RULINGS,
        [r.notice.routing_key for r in rulings],
        [r.notice.notice_id for r in rulings],
        [r.notice.attempts for r in rulings],
        [r.outcome for r in rulings],
        [r.reason for r in rulings],
        [r.due_at for r in rulings],
        now,
        [r.notice.channel for r in rulings],
        [" ".join(r.notice.tried) for r in rulings],
        [r.notice.pinned for r in rulings],
        [r.notice.is_abandoned for r in rulings],
    )
    return count_rows(status)


PIN_NOTICE = """
UPDATE outbox SET pinned = $4
WHERE routing_key = $1 AND notice_id = $2 AND attempts = $3 AND settled_at IS NULL AND leased_until IS NOT NULL
"""


async def pin_notice(db: Executor, notice: Notice, address_id: UUID) -> bool:
    """Notes that a claimed notice is about to be sent to an address; False where another worker has taken it over."""
    status = await db.execute(PIN_NOTICE, notice.routing_key, notice.notice_id, notice.attempts, address_id)
    return count_rows(status) > 0


COUNT_PENDING = """
SELECT channel, count(*) AS pending, min(due_at) FILTER (WHERE due_at <= $1) AS oldest_due_at
FROM outbox WHERE settled_at IS NULL GROUP BY channel
"""


async def count_pending(db: Executor, now: datetime) -> list[tuple[str, int, datetime | None]]:
    """For each channel: its name, how many notices wait, and since when the oldest of them is due."""
    rows = await db.fetch(COUNT_PENDING, now)
    return [(row["channel"], row["pending"], row["oldest_due_at"]) for row in rows]


COUNT_SETTLED = """
SELECT outcome, count(*) AS settled FROM outbox WHERE settled_at >= $1 GROUP BY outcome
"""


async def count_settled(db: Executor, since: datetime) -> dict[str, int]:
    """How many notices have ended since then, by outcome."""
    rows = await db.fetch(COUNT_SETTLED, since)
    return {row["outcome"]: row["settled"] for row in rows}


DELETE_SETTLED = """
WITH old AS MATERIALIZED (
    SELECT routing_key, notice_id FROM outbox WHERE settled_at < $1 ORDER BY settled_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
DELETE FROM outbox AS o USING old WHERE o.routing_key = old.routing_key AND o.notice_id = old.notice_id
"""


async def delete_settled(db: Executor, before: datetime, limit: int) -> int:
    """Deletes up to `limit` notices that were settled before then."""
    return count_rows(await db.execute(DELETE_SETTLED, before, limit))


DELETE_MESSAGES = """
WITH old AS MATERIALIZED (
    SELECT recipient, message_id FROM messages WHERE created_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
)
DELETE FROM messages AS m USING old WHERE m.recipient = old.recipient AND m.message_id = old.message_id
"""


async def delete_messages(db: Executor, before: datetime, limit: int) -> int:
    """Deletes up to `limit` messages that were caused before then."""
    return count_rows(await db.execute(DELETE_MESSAGES, before, limit))


EXPIRE_ABANDONED = """
WITH late AS MATERIALIZED (
    SELECT routing_key, notice_id FROM outbox
    WHERE settled_at IS NULL AND expires_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
    LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE outbox AS o SET settled_at = $1, sealed = NULL, leased_until = NULL,
    outcome = CASE WHEN o.pinned IS NULL AND o.leased_until IS NULL THEN 'expired' ELSE 'unknown' END
FROM late WHERE o.routing_key = late.routing_key AND o.notice_id = late.notice_id
"""


async def expire_abandoned(db: Executor, now: datetime, limit: int) -> int:
    """Settles up to `limit` notices that expired while nobody held them."""
    return count_rows(await db.execute(EXPIRE_ABANDONED, now, limit))


INSERT_MESSAGES = """
INSERT INTO messages (recipient, message_id, topic, data, created_at, delivered_at)
SELECT n.recipient, n.message_id, n.topic, n.data::jsonb, n.created_at, $6
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[])
     AS n (recipient, message_id, topic, data, created_at)
ON CONFLICT DO NOTHING
"""


async def insert_messages(db: Executor, notices: Sequence[Notice], delivered_at: datetime) -> int:
    """Puts the notices into their recipients' inboxes; those that are there already stay as they are."""
    status = await db.execute(
        INSERT_MESSAGES,
        [n.recipient for n in notices],
        [n.notice_id for n in notices],
        [n.topic for n in notices],
        [_encode(n.data).decode() for n in notices],
        [n.created_at for n in notices],
        delivered_at,
    )
    return count_rows(status)


SELECT_NEWEST_MESSAGES = """
SELECT recipient, message_id, topic, data::text AS data, created_at, delivered_at, read_at FROM messages
WHERE recipient = $1
ORDER BY delivered_at DESC, message_id DESC LIMIT $2
"""

SELECT_OLDER_MESSAGES = """
SELECT recipient, message_id, topic, data::text AS data, created_at, delivered_at, read_at FROM messages
WHERE recipient = $1 AND (delivered_at, message_id) < ($2, $3)
ORDER BY delivered_at DESC, message_id DESC LIMIT $4
"""


async def select_messages(
    db: Executor, recipient: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[Message]:
    """The recipient's messages, newest first, from before a position or from the newest on."""
    rows = (
        await db.fetch(SELECT_NEWEST_MESSAGES, recipient, limit)
        if before is None
        else await db.fetch(SELECT_OLDER_MESSAGES, recipient, *before, limit)
    )
    return [_read_message(row) for row in rows]


SELECT_MESSAGES_AFTER = """
SELECT recipient, message_id, topic, data::text AS data, created_at, delivered_at, read_at FROM messages
WHERE recipient = ANY($1::uuid[]) AND (delivered_at, message_id) > ($2, $3)
ORDER BY delivered_at, message_id LIMIT $4
"""


async def select_messages_after(
    db: Executor, recipients: Sequence[UUID], after: tuple[datetime, UUID], limit: int
) -> list[Message]:
    """Messages of any of the recipients from after a position, oldest first."""
    rows = await db.fetch(SELECT_MESSAGES_AFTER, recipients, *after, limit)
    return [_read_message(row) for row in rows]


def _read_message(row: Row) -> Message:
    return Message(
        recipient=row["recipient"],
        message_id=row["message_id"],
        topic=row["topic"],
        data=_decode(row["data"]),
        created_at=row["created_at"],
        delivered_at=row["delivered_at"],
        read_at=row["read_at"],
    )


MARK_READ = """
UPDATE messages SET read_at = $3 WHERE recipient = $1 AND message_id = ANY($2::uuid[]) AND read_at IS NULL
RETURNING topic
"""


async def mark_read(db: Executor, recipient: UUID, message_ids: Sequence[UUID], now: datetime) -> list[str]:
    """Notes when the recipient first read these; the topics of those that were new to them."""
    return [row["topic"] for row in await db.fetch(MARK_READ, recipient, message_ids, now)]


def count_rows(status: str) -> int:
    """The number of rows at the end of PostgreSQL's command tag."""
    return int(status.rpartition(" ")[2])
