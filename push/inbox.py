"""The channel that always has the message: rows in this database, and a hint to whoever is watching."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from push import store
from push.messages import Message, MessagePage, read_cursor, write_cursor
from push.notices import Delivered, Notice, Outcome
from push.store import Executor

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

PAGE = 500
HINT_SECONDS = 0.5
_LOWEST_ID = UUID(int=0)


class InboxChannel:
    """Writes a batch of notices into their recipients' inboxes with one statement, then says whose inbox has news.

    The hint may be lost, so its failure is only logged: streams look again by themselves. What is told elsewhere too is
    handed to `fan_out` once it is there; an attempt repeated hands it over again.
    """

    name = "inbox"

    def __init__(
        self,
        db: Executor,
        *,
        now: Callable[[], datetime],
        on_delivered: Callable[[Sequence[UUID]], Awaitable[None]] | None = None,
        fan_out: Callable[[Sequence[Notice], datetime], Awaitable[None]] | None = None,
        batch: int = 250,
        concurrency: int = 2,
        deadline: float = 5.0,
    ) -> None:
        self.batch = batch
        self.concurrency = concurrency
        self.deadline = deadline
        self._db = db
        self._now = now
        self._on_delivered = on_delivered
        self._fan_out = fan_out

    async def deliver_many(self, notices: Sequence[Notice]) -> Sequence[Outcome]:
        now = self._now()
        await store.insert_messages(self._db, notices, now)
        try:
            if self._fan_out is not None:
                await self._fan_out(notices, now)
        finally:
            await self._hint(notices)
        return [Delivered()] * len(notices)

    async def _hint(self, notices: Sequence[Notice]) -> None:
        if self._on_delivered is not None:
            recipients = list(dict.fromkeys(n.recipient for n in notices))
            try:
                async with asyncio.timeout(HINT_SECONDS):
                    await self._on_delivered(recipients)
            except Exception as error:  # noqa: BLE001  the messages are there, whatever became of the hint
                _log.warning("push.inbox-hint-failed", error=type(error).__name__, recipients=len(recipients))


async def list_messages(db: Executor, recipient: UUID, *, after: str | None = None, limit: int = 50) -> MessagePage:
    """One page of the inbox, newest first; raises CursorError for an `after` that is no cursor."""
    position = read_cursor(after) if after is not None else None
    rows = await store.select_messages(db, recipient, position, limit + 1)
    items = rows[:limit]
    return MessagePage(items, write_cursor(items[-1]) if len(rows) > limit else None)


async def mark_read(db: Executor, recipient: UUID, message_ids: Sequence[UUID], *, now: datetime) -> list[str]:
    """Notes that the recipient read these messages; the topics of those that were not read before."""
    return await store.mark_read(db, recipient, message_ids, now)


async def messages_since(db: Executor, recipients: Sequence[UUID], since: datetime) -> list[Message]:
    """All messages of the recipients delivered at `since` or later, in the order of (delivered_at, message_id)."""
    found: list[Message] = []
    position = (since - timedelta(microseconds=1), _LOWEST_ID)
    while True:
        page = await store.select_messages_after(db, recipients, position, PAGE)
        found += page
        if len(page) < PAGE:
            return found
        position = (page[-1].delivered_at, page[-1].message_id)


class MessageTail:
    """Follows inboxes for streams: each `read` gives what earlier reads have not given, and misses nothing.

    A message is dated before it is committed, and by another machine's clock, so a later read may find one dated before
    what an earlier read gave. Each read therefore begins `look_back` before the last one did and leaves out what was
    given already. The look-back must exceed the inbox channel's deadline and the clocks' difference together. `since`
    is where a stream begins: a client that reconnects passes the time of its last message.
    """

    def __init__(self, since: datetime, *, look_back: timedelta = timedelta(seconds=30)) -> None:
        self._read_at = since
        self._look_back = look_back
        self._given: dict[UUID, datetime] = {}

    async def read(self, db: Executor, recipients: Sequence[UUID], *, now: datetime) -> list[Message]:
        """What is new for the recipients; one who joined since the last read gets what the look-back holds."""
        rows = await messages_since(db, recipients, self._read_at - self._look_back)
        fresh = [row for row in rows if row.message_id not in self._given]
        self._read_at = max(self._read_at, now)
        floor = self._read_at - self._look_back
        self._given = {i: at for i, at in self._given.items() if at >= floor}
        self._given.update((row.message_id, row.delivered_at) for row in fresh if row.delivered_at >= floor)
        return fresh
