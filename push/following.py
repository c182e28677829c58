"""How messages went beside the inbox, as far as the outbox still has it: a week after the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

from push import following_store as store
from push.addresses import PushChannel
from push.fanning import dedupe_key_of
from push.store import Executor, Row

PushState: TypeAlias = Literal["queued", "sent", "accepted", "refused", "expired", "withheld"]

_ENDED: Mapping[str, PushState] = {
    "delivered": "accepted",
    "unknown": "sent",
    "refused": "refused",
    "given-up": "refused",
    "expired": "expired",
    "withheld": "withheld",
}


class Push(msgspec.Struct, frozen=True):
    """How one message went: on which channel, how far it came, and when."""

    state: PushState
    channel: PushChannel
    at: datetime
    """When that was; of what is queued, when it is due. Of what may have come through and is tried again, when it was
    enqueued: no row says when it was tried.
    """


class PushCount(msgspec.Struct, frozen=True):
    """How many pushes of a topic came to one end in one minute."""

    minute: datetime
    topic: str
    channel: PushChannel
    state: PushState
    total: int


async def count_pushes(db: Executor, *, since: datetime, until: datetime) -> list[PushCount]:
    """By minute, topic, channel and end; `since` is the beginning of one."""
    return [
        PushCount(row["minute"], row["topic"], row["channel"], _ENDED[row["outcome"]], row["total"])
        for row in await store.count_pushes(db, since, until)
    ]


async def find_pushes(
    db: Executor, recipient: UUID, message_ids: Sequence[UUID], *, routing_keys: Sequence[int]
) -> Mapping[UUID, Push]:
    """By message. `routing_keys` are those under which the recipient is told of anything."""
    if not message_ids:
        return {}
    named = {dedupe_key_of(message_id): message_id for message_id in message_ids}
    rows = await store.find_pushes(db, routing_keys, list(named), recipient)
    return {named[row["dedupe_key"]]: _read(row) for row in rows}


def _read(row: Row) -> Push:
    if row["outcome"] is not None:
        return Push(_ENDED[row["outcome"]], row["channel"], row["settled_at"])
    if row["pinned"] is not None:  # to a place: an attempt may have come through there
        return Push("sent", row["channel"], row["created_at"])
    return Push("queued", row["channel"], row["due_at"])
