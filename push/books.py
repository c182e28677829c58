"""What sending changes of where recipients are reached and what they agreed to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import structlog

from push import address_store, reach_store, reaching
from push.addresses import Address, PushChannel
from push.notices import Fault, Refused, Retry, Unavailable
from push.sending import AddressDead, ConsentSpent, SendOutcome
from push.store import Pool
from push.walking import Stop

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

_Answer = TypeVar("_Answer")
_Key: TypeAlias = tuple[UUID, PushChannel, str, str]


class Books:
    """Keeps the ledger of consents, and removes an address by its provider's own words alone.

    A consent is taken before a message is sent by it, and put back where it surely was not. What is entered goes on
    where whoever waits for it is cut off; at the end of a channel, `finish` waits for that.
    """

    def __init__(self, db: Pool, now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now
        self._under_way: set[asyncio.Task[Any]] = set()

    async def finish(self) -> None:
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _begin(self, entry: Coroutine[Any, Any, _Answer]) -> asyncio.Task[_Answer]:
        task = asyncio.create_task(entry)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def spend(self, stop: Stop) -> bool:
        """Takes a consent, where the way asks for one; False where none is left."""
        key = _find_key(stop)
        if key is None:
            return True
        begun_at = self._now()
        taking = self._begin(reach_store.spend_allowance(self._db, key))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            await asyncio.shield(self._begin(self._put_back(key, taking, begun_at)))
            raise

    async def _put_back(self, key: _Key, taking: asyncio.Task[bool], begun_at: datetime) -> None:
        """Whoever was cut off while a consent was taken sends nothing: it stays agreed to."""
        try:
            if await taking:
                await reach_store.return_allowance(self._db, key, begun_at)
        except Exception as error:  # noqa: BLE001  what cut it off goes on
            _log.warning("push.note-failed", channel=key[1], error=type(error).__name__)

    async def note(self, stop: Stop, sent: SendOutcome, asked_at: datetime) -> None:
        """Enters what a provider said of an address; a database that is away does not make it unsaid."""
        await asyncio.shield(self._begin(self._try_to_enter(stop, sent, asked_at)))

    async def _try_to_enter(self, stop: Stop, sent: SendOutcome, asked_at: datetime) -> None:
        try:
            await self._enter(stop, sent, asked_at)
        except Exception as error:  # noqa: BLE001  whatever it is, what became of the notice stands
            _log.warning("push.note-failed", channel=stop.address.channel, error=type(error).__name__)

    async def _enter(self, stop: Stop, sent: SendOutcome, asked_at: datetime) -> None:
        match sent:
            case AddressDead(_, since):
                await self._remove(stop.address, since or asked_at)
            case ConsentSpent() if (key := _find_key(stop)) is not None:
                await reach_store.clear_allowances(self._db, *key, self._now(), known_until=asked_at)
            case Refused() | Retry() | Unavailable() | Fault() if (key := _find_key(stop)) is not None:
                await reach_store.return_allowance(self._db, key, asked_at)  # nothing was sent
            case _:
                pass

    async def _remove(self, address: Address, since: datetime) -> None:
        """It was registered before its provider found it dead, and not again."""
        async with self._db.acquire() as connection, connection.transaction():
            removed = await reaching.remove_addresses(
                connection,
                address.recipient,
                now=self._now(),
                address_ids=[address.address_id],
                channel=address.channel,
                app_ids=[address.app_id],
                registered_before=since,
            )
        if removed:
            _log.info("push.address-removed", channel=address.channel, address_id=address.address_id)

    async def note_environment(self, address: Address) -> None:
        """Enters of which of Apple's environments an address turned out to be."""
        try:
            await address_store.set_environment(self._db, address)
        except Exception as error:  # noqa: BLE001  the next notice finds it out again
            _log.warning("push.note-failed", channel=address.channel, error=type(error).__name__)


def _find_key(stop: Stop) -> _Key | None:
    """The consent that a message to a mini-program is sent by."""
    address, template = stop.address, stop.template
    return (address.recipient, address.channel, address.app_id, template.template_id) if template else None
