"""Moving an inbox to another recipient, when two accounts become one."""

from __future__ import annotations

from uuid import UUID

from push import moving_store, reach_store
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


async def move_choices(connection: Connection, *, source: UUID, target: UUID) -> None:
    """What one recipient agreed to be sent and wants to hear of, another does, but for what they chose themself.

    Where the first was reached is no place of the other's until somebody logs in there: remove it by itself.
    """
    await moving_store.copy_choices(connection, source, target)
    await reach_store.delete_allowances(connection, source)
    await reach_store.delete_preferences(connection, source)
