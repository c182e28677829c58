"""From the inbox to the phone: a message that somebody can be told of elsewhere gets a notice that goes there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from push import many, reach_store
from push.addresses import CHANNELS, PushChannel
from push.notices import Notice, Urgency
from push.store import Pool
from push.wordings import TopicRule

_KEY = "push:"


class FanOut:
    """Enqueues one notice a message, whatever the channels: so at most one shows. Told twice, it enqueues once.

    Recipients without an address cost one query a batch, together. `served` are the channels that this deployment has
    lanes for; `on_enqueued` is told which of them have something new.
    """

    def __init__(self, db: Pool, topics: Mapping[str, TopicRule], served: Collection[PushChannel]) -> None:
        self.on_enqueued: Callable[[Collection[str]], None] = _tell_nobody
        self._db = db
        self._topics = topics
        self._served: list[PushChannel] = [channel for channel in CHANNELS if channel in served]

    async def __call__(self, messages: Sequence[Notice], now: datetime) -> None:
        pushed = [message for message in messages if message.topic in self._topics and self._end_of(message) > now]
        if not pushed or not self._served:
            return
        first = await self._find_first({message.recipient for message in pushed})
        notices = [
            self._follow(message, channel, now)
            for message in pushed
            if (channel := first.get(message.recipient)) is not None
        ]
        if not notices:
            return
        # In the order of their keys, so that two workers with the same messages never wait for each other in a circle.
        notices.sort(key=lambda notice: (notice.routing_key, notice.dedupe_key))
        async with self._db.acquire() as connection:
            await many.enqueue_many(connection, notices)
        self.on_enqueued({notice.channel for notice in notices})

    async def _find_first(self, recipients: Collection[UUID]) -> Mapping[UUID, PushChannel]:
        """Where each recipient is tried first; who is reached nowhere is left out."""
        found = set(await reach_store.list_channels(self._db, list(recipients)))
        first: dict[UUID, PushChannel] = {}
        for channel in reversed(self._served):
            first.update((recipient, channel) for recipient in recipients if (recipient, channel) in found)
        return first

    def _end_of(self, message: Notice) -> datetime:
        """Until when it is worth showing."""
        return min(message.expires_at, message.created_at + self._topics[message.topic].life)

    def _follow(self, message: Notice, channel: PushChannel, now: datetime) -> Notice:
        is_critical = self._topics[message.topic].is_critical
        return Notice(
            routing_key=message.routing_key,
            recipient=message.recipient,
            channel=channel,
            topic=message.topic,
            dedupe_key=dedupe_key_of(message.notice_id),
            data=message.data,
            created_at=message.created_at,
            due_at=now,
            expires_at=self._end_of(message),
            urgency=Urgency.URGENT if is_critical else message.urgency,
        )


def dedupe_key_of(message_id: UUID) -> str:
    """By which the outbox knows a message's push."""
    return f"{_KEY}{message_id}"


def read_message_id(notice: Notice) -> UUID:
    """The message of which a notice tells."""
    return UUID(notice.dedupe_key.removeprefix(_KEY))


def _tell_nobody(_channels: Collection[str]) -> None:
    return
