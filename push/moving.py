"""Moving an inbox to another recipient, when two accounts become one."""

from __future__ import annotations

from uuid import UUID

from push import moving_store
from push.store import Connection


async def redirect_notices(connection: Connection, *, routing_key: int, source: UUID, target: UUID) -> None:
    """What one recipient is still to be told, another is told.

    A notice that a worker holds at this moment is delivered where it was to go: move the messages once more, later.
    """
    await moving_store.redirect_notices(connection, routing_key, source, target)


async def move_messages(connection: Connection, *, source: UUID, target: UUID) -> None:
    """Every message that is in one inbox now is in the other instead; run it in a transaction."""
    message_ids = await moving_store.list_message_ids(connection, source)
    if message_ids:
        await moving_store.copy_messages(connection, source, target, message_ids)
        await moving_store.delete_messages(connection, source, message_ids)
