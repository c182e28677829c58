"""A message in somebody's inbox, and the cursor that pages through them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A delivered notice as its recipient sees it; its words are chosen from `topic` and `data` by whoever shows it."""

    recipient: UUID
    message_id: UUID
    topic: str
    data: dict[str, Any]
    created_at: datetime
    delivered_at: datetime
    read_at: datetime | None


class MessagePage(msgspec.Struct, frozen=True):
    """Messages, newest first, and where the next page begins, if there is one."""

    items: list[Message]
    next_cursor: str | None


class CursorError(ValueError):
    """A cursor that this server did not make."""


def write_cursor(message: Message) -> str:
    """The position just after the message in the inbox; also good as the id of a stream's event."""
    micros = (message.delivered_at - _EPOCH) // _MICROSECOND
    return urlsafe_b64encode(micros.to_bytes(8, "big") + message.message_id.bytes).decode()


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """The position that a cursor names; raises CursorError for anything else."""
    try:
        raw = urlsafe_b64decode(cursor)
        if len(raw) != 24:  # noqa: PLR2004  8 bytes of time and 16 of id
            raise CursorError("not a cursor of this server")
        return _EPOCH + timedelta(microseconds=int.from_bytes(raw[:8], "big")), UUID(bytes=raw[8:])
    except (ValueError, OverflowError) as error:
        raise CursorError("not a cursor of this server") from error
