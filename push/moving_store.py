"""The statements of moving an inbox."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from push.store import Connection

REDIRECT_NOTICES = """
UPDATE outbox SET recipient = $3
WHERE routing_key = $1 AND recipient = $2 AND channel IN ('inbox', 'apns', 'fcm', 'wechat', 'alipay')
  AND settled_at IS NULL
"""


async def redirect_notices(connection: Connection, routing_key: int, source: UUID, target: UUID) -> None:
    """Sends what is under way to one recipient to another."""
    await connection.execute(REDIRECT_NOTICES, routing_key, source, target)


LIST_MESSAGE_IDS = "SELECT message_id FROM messages WHERE recipient = $1"


async def list_message_ids(connection: Connection, recipient: UUID) -> list[UUID]:
    """All that a recipient has."""
    return [row["message_id"] for row in await connection.fetch(LIST_MESSAGE_IDS, recipient)]


COPY_MESSAGES = """
INSERT INTO messages (recipient, message_id, topic, data, created_at, delivered_at, read_at)
SELECT $2, m.message_id, m.topic, m.data, m.created_at, m.delivered_at, m.read_at FROM messages AS m
WHERE m.recipient = $1 AND m.message_id = ANY($3::uuid[])
ON CONFLICT DO NOTHING
"""


async def copy_messages(connection: Connection, source: UUID, target: UUID, message_ids: Sequence[UUID]) -> None:
    """Puts one recipient's messages into another's inbox; those that are there already stay as they are."""
    await connection.execute(COPY_MESSAGES, source, target, list(message_ids))


DELETE_MESSAGES = "DELETE FROM messages WHERE recipient = $1 AND message_id = ANY($2::uuid[])"


async def delete_messages(connection: Connection, recipient: UUID, message_ids: Sequence[UUID]) -> None:
    """Takes messages out of an inbox."""
    await connection.execute(DELETE_MESSAGES, recipient, list(message_ids))


COPY_ALLOWANCES = """
INSERT INTO push_allowances (recipient, channel, app_id, template_id, remaining, lasts, granted_at, changed_at)
SELECT $2, a.channel, a.app_id, a.template_id, a.remaining, a.lasts, a.granted_at, a.changed_at
FROM push_allowances AS a WHERE a.recipient = $1
ON CONFLICT DO NOTHING
"""
COPY_PREFERENCES = """
INSERT INTO push_preferences (recipient, locale, time_zone, quiet_from, quiet_until, muted, is_elder_view, changed_at)
SELECT $2, p.locale, p.time_zone, p.quiet_from, p.quiet_until, p.muted, p.is_elder_view, p.changed_at
FROM push_preferences AS p WHERE p.recipient = $1
ON CONFLICT DO NOTHING
"""


async def copy_choices(connection: Connection, source: UUID, target: UUID) -> None:
    """Gives another what one recipient agreed to and prefers; what the other chose stays as it is."""
    await connection.execute(COPY_ALLOWANCES, source, target)
    await connection.execute(COPY_PREFERENCES, source, target)
