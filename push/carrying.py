"""The channel of one provider: a notice of the outbox to its recipient's addresses there, or on to another channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog

from push import address_store, reaching, store
from push.addresses import Address, Locale, PushChannel, Reach
from push.books import Books
from push.channels import Attempt
from push.couriers import Courier, Letter
from push.departing import Departure
from push.fanning import read_message_id
from push.lines import Lines
from push.notices import Delivered, Notice, Outcome, Retry, Unknown, Withheld
from push.sending import Accepted, AddressDead, OtherEnvironment, SendOutcome, Unanswered
from push.store import Pool
from push.templates import TemplateBook
from push.troubles import Troubles
from push.walking import KNOWING_IDS, Stop, Walk, begin, conclude, finish, pass_over, plan
from push.wordings import Spoken, Wordings

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

DEADLINE = 15.0
_FRESH = timedelta(seconds=1)
"""For so long it is believed that an address is its recipient's still; behind a slow provider a notice waits longer."""
_NOWHERE = Reach()


class ProviderChannel:
    """Loads how all recipients of a batch are reached and what they are told, and then sends to each by itself.

    `served` are the channels that this deployment has lanes for; `open_sealed` gives an address's name at its provider.
    """

    def __init__(
        self,
        courier: Courier,
        db: Pool,
        *,
        wordings: Wordings,
        book: TemplateBook,
        served: Collection[str],
        open_sealed: Callable[[Address], str],
        now: Callable[[], datetime],
        deadline: float = DEADLINE,
        troubles: Troubles | None = None,
    ) -> None:
        self.name: PushChannel = courier.channel
        self.concurrency = courier.concurrency
        self.deadline = deadline
        self._post = _Post(courier, db, open_sealed, now, Troubles() if troubles is None else troubles)
        self._db = db
        self._wordings = wordings
        self._book = book
        self._served = served
        self._now = now

    async def prepare(self, notices: Sequence[Notice]) -> Sequence[Attempt | Outcome]:
        reaches = await reaching.load_reach(self._db, [notice.recipient for notice in notices])
        locales: dict[UUID, Locale] = {recipient: reach.preferences.locale for recipient, reach in reaches.items()}
        reached = [notice for notice in notices if notice.recipient in reaches]
        spoken: Mapping[UUID, Spoken] = await self._wordings.speak(reached, locales) if reached else {}
        now = self._now()
        return [
            self._make_ready(notice, reaches.get(notice.recipient, _NOWHERE), spoken.get(notice.notice_id), now)
            for notice in notices
        ]

    async def finish(self) -> None:
        await self._post.books.finish()

    def _make_ready(self, notice: Notice, reach: Reach, spoken: Spoken | None, now: datetime) -> Attempt | Outcome:
        """One that cannot be made ready holds up no other of its batch."""
        try:
            return self._choose_way(notice, reach, spoken, now)
        except Exception as error:  # noqa: BLE001  data of another version, say
            _log.error("push.not-made-ready", notice_id=notice.notice_id, error=type(error).__name__)
            return Retry("channel-error")

    def _choose_way(self, notice: Notice, reach: Reach, spoken: Spoken | None, now: datetime) -> Attempt | Outcome:
        rule = self._wordings.topics.get(notice.topic)
        if rule is None:
            return Withheld("topic-not-pushed")
        walk = plan(notice, reach, rule, self._book, own=self.name, served=self._served)
        stops = begin(walk, reach, rule, now)
        if not isinstance(stops, tuple):
            return stops
        if spoken is None:
            return Withheld("no-words")
        letter = Letter(
            notice=notice,
            message_id=read_message_id(notice),
            rule=rule,
            spoken=spoken,
            locale=reach.preferences.locale,
        )
        return _Sending(self._post, walk, letter, stops, now)


class _Hindrance(NamedTuple):
    """Why an address cannot be asked now."""

    reason: str


class _Post:
    """What the attempts of a channel share."""

    def __init__(
        self,
        courier: Courier,
        db: Pool,
        open_sealed: Callable[[Address], str],
        now: Callable[[], datetime],
        troubles: Troubles,
    ) -> None:
        self.courier = courier
        self.db = db
        self.lines = Lines(courier.channel, troubles)
        self.books = Books(db, now)
        self.now = now
        self._open_sealed = open_sealed

    async def still_reaches(self, address: Address, known_at: datetime) -> bool:
        """Whether its recipient is reached there: a phone may have changed hands, or a session ended, meanwhile."""
        return self.now() - known_at < _FRESH or await address_store.has_address(self.db, address)

    def find_name(self, stop: Stop, line: str) -> str | _Hindrance:
        """The provider's name for an address that can be asked now; of one that does not open an operator is told."""
        if self.lines.is_resting(line):
            return _Hindrance("paused")
        try:
            return self._open_sealed(stop.address)
        except Exception as error:  # noqa: BLE001  whatever fails, its words may hold what was sealed
            _log.error("push.sealed-unreadable", address_id=stop.address.address_id, error=type(error).__name__)
            return _Hindrance("sealed-unreadable")


class _Sending:
    """One attempt: the addresses of this channel one after another, until one takes it."""

    def __init__(self, post: _Post, walk: Walk, letter: Letter, stops: Sequence[Stop], made_at: datetime) -> None:
        self._post = post
        self._walk = walk
        self._letter = letter
        self._stops = stops
        self._made_at = made_at
        self._asked_at = letter.notice.due_at
        self._under_way: Stop | None = None
        self._departure = Departure()
        self._outcome: Outcome | None = None

    async def send(self) -> Outcome:
        reason, hindrance = "no-consent-left", None
        for stop in self._stops:
            line = self._post.courier.name_line(stop)
            name = self._post.find_name(stop, line)
            if isinstance(name, _Hindrance):
                if (outcome := pass_over(self._walk, stop, name.reason)) is not None:
                    return outcome
                hindrance = name.reason
                continue
            # Counted before anything is waited for, so that a line that may be probed is probed by one alone.
            self._post.lines.begin(line)
            try:
                found = await self._try(stop, name)
            finally:
                self._post.lines.end(line)
            if isinstance(found, Outcome):
                return found
            reason = found
        return finish(self._walk, reason, hindrance)

    async def _try(self, stop: Stop, name: str) -> Outcome | str:
        """What becomes of the notice by one address; or why it goes on to the next."""
        if not await self._post.still_reaches(stop.address, self._made_at):
            return Unknown("address-gone") if self._walk.is_bound else "address-gone"
        if self._walk.own not in KNOWING_IDS and not await self._pin(stop):
            return Retry("overtaken")
        if not await self._post.books.spend(stop):
            return "no-consent-left"
        self._asked_at = self._post.now()
        try:
            sent = await self._ask(stop, name)
        except (Exception, asyncio.CancelledError):
            await self._stay(stop)
            raise
        self._outcome = conclude(self._walk, stop, sent)
        if isinstance(sent, Accepted):
            return Delivered()
        await self._post.books.note(stop, sent, self._asked_at)
        return self._outcome or sent.reason

    async def _stay(self, stop: Stop) -> None:
        """What had not departed when its sending was cut off, or failed, never does, and has spent no consent."""
        if self._departure.call_back():
            self._under_way = None
            await self._post.books.note(stop, Retry("not-departed"), self._asked_at)

    def cut(self, reason: str) -> Outcome:
        if self._outcome is None and self._under_way is not None:
            self._outcome = conclude(self._walk, self._under_way, Unanswered(reason))
        return self._outcome or Retry(reason)

    async def _ask(self, stop: Stop, name: str) -> SendOutcome:
        """Sends to one address; where it is of its provider's other environment, there."""
        sent = await self._ask_at(stop, name)
        other = self._post.courier.turn(stop) if isinstance(sent, OtherEnvironment) else None
        if other is None:
            return sent
        again = await self._ask_at(other, name)
        if isinstance(again, Accepted):
            self._outcome = conclude(self._walk, stop, again)
            await self._post.books.note_environment(other.address)
        return AddressDead(again.reason) if isinstance(again, OtherEnvironment) else again

    async def _ask_at(self, stop: Stop, name: str) -> SendOutcome:
        self._under_way, self._departure = stop, Departure()
        sent = await self._post.courier.send(self._letter, stop, name, self._departure)
        self._under_way = None
        self._post.lines.weigh(self._post.courier.name_line(stop), sent)
        return sent

    async def _pin(self, stop: Stop) -> bool:
        """That something is about to be spent and sent is known beforehand, where it must not be sent twice: whoever is
        killed in between leaves nothing that a second consent would be spent on.
        """
        return await store.pin_notice(self._post.db, self._letter.notice, stop.address.address_id)
