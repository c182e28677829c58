"""A stage for pushing: people with phones and mini-programs, couriers that answer as told, notices walked by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace
from uuid_utils.compat import uuid7

from app.database import Pool, transaction
from push import reaching
from push.addresses import CHANNELS, Address, Locale, PushChannel
from push.carrying import ProviderChannel
from push.couriers import Letter
from push.departing import Departure
from push.notices import Notice, Outcome
from push.rules import Pace, Ruling, rule
from push.sending import Accepted, SendOutcome
from push.templates import Template, TemplateBook
from push.troubles import Troubles
from push.walking import Stop
from push.wordings import Spoken, TopicRule
from tests.harness.clock import Clock
from tests.push.harness import make_notice, put

APP, WECHAT, ALIPAY = "cn.suixing.app", "wx0123456789abcdef", "2021000000000000"
TOPICS: Mapping[str, TopicRule] = {
    "code.scanned": TopicRule(category="codes"),
    "roaming.arrived": TopicRule(category="roaming", life=timedelta(minutes=10), collapses=True),
    "account.locked": TopicRule(category="security", is_critical=True),
    "campaign": TopicRule(category="campaigns", is_silent=True),
}
ONE_TIME = Template(
    channel="wechat",
    app_id=WECHAT,
    template_id="one-time",
    categories=("codes", "security"),
    fields={"thing1": "title"},
    page="pages/message/index",
)
LASTING = replace(ONE_TIME, channel="alipay", app_id=ALIPAY, template_id="lasting", fields={"keyword1": "title"})
BOOK = TemplateBook([ONE_TIME, LASTING])


class StageWordings:
    """Says the topic, in the language that is asked for; nothing of what it is told to be silent about."""

    topics = TOPICS

    def __init__(self) -> None:
        self.silent: set[str] = set()

    async def speak(self, notices: Sequence[Notice], locales: Mapping[UUID, Locale], /) -> Mapping[UUID, Spoken]:
        return {
            notice.notice_id: Spoken(title=f"{notice.topic} {locales[notice.recipient]}", body="…")
            for notice in notices
            if notice.topic not in self.silent
        }


class Sent(msgspec.Struct, frozen=True):
    """One request to a provider."""

    channel: str
    name: str
    notice_id: UUID
    collapse_id: str
    title: str
    environment: str


async def _be_ready() -> None:
    """There is no token to fetch, and no connection to make."""


class ScriptedCourier:
    """Answers for each address what the test says, in turn, and then accepts; what it sent is on the stage's list."""

    def __init__(self, channel: PushChannel, sent: list[Sent]) -> None:
        self.channel = channel
        self.concurrency = 20
        self.answers: defaultdict[str, list[SendOutcome | BaseException]] = defaultdict(list)
        self.always: SendOutcome | None = None
        self.other_environments = channel == "apns"
        self.accepted: list[UUID] = []
        self.make_ready: Callable[[], Awaitable[None]] = _be_ready
        self._sent = sent

    def name_line(self, stop: Stop) -> str:
        return stop.address.app_id

    def turn(self, stop: Stop) -> Stop | None:
        if not self.other_environments:
            return None
        other = "production" if stop.address.environment == "sandbox" else "sandbox"
        return replace(stop, address=replace(stop.address, environment=other))

    async def send(self, letter: Letter, stop: Stop, name: str, departure: Departure) -> SendOutcome:
        await self.make_ready()
        departure.go()
        notice_id, title = letter.notice.notice_id, letter.spoken.title
        self._sent.append(Sent(self.channel, name, notice_id, letter.collapse_id, title, stop.address.environment))
        answer = self.answers[name].pop(0) if self.answers[name] else self.always or Accepted()
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Accepted):
            self.accepted.append(notice_id)
        return answer


class Stage:
    """One deployment's pushing, without its lanes: notices are walked from ruling to ruling."""

    def __init__(self, pool: Pool, clock: Clock, served: Sequence[PushChannel] = CHANNELS) -> None:
        self.pool = pool
        self.clock = clock
        self.served = served
        self.sent: list[Sent] = []
        self.wordings = StageWordings()
        self.troubles = Troubles()
        self.couriers = {channel: ScriptedCourier(channel, self.sent) for channel in CHANNELS}
        self.channels = {channel: self.open_channel(channel) for channel in served}

    def open_channel(self, channel: PushChannel, now: Callable[[], datetime] | None = None) -> ProviderChannel:
        """Another of the same, as another worker has."""
        return ProviderChannel(
            self.couriers[channel],
            self.pool,
            wordings=self.wordings,
            book=BOOK,
            served=self.served,
            open_sealed=lambda address: address.sealed.decode(),
            now=now or self.clock,
            troubles=self.troubles,
        )

    async def give_address(self, recipient: UUID, channel: PushChannel, name: str, **given: Any) -> Address:
        """Registers an address that its provider knows by this name."""
        apps = {"wechat": WECHAT, "alipay": ALIPAY}
        fields: dict[str, Any] = {
            "recipient": recipient,
            "channel": channel,
            "app_id": apps.get(channel, APP),
            "address_id": uuid7(),
            "environment": "production" if channel == "apns" else "",
            "sealed": name.encode(),
            "locale": "zh-CN",
            "registered_at": self.clock.now,
            "seen_at": self.clock.now,
        }
        address = Address(**(fields | given))
        index = sha256(f"{channel} {name}".encode()).digest()
        async with transaction(self.pool) as db:
            await reaching.register_address(db, address, index=index, indexes=[index])
        return address

    async def give_consent(self, recipient: UUID, channel: PushChannel = "wechat", *, lasts: bool = False) -> None:
        """As if the mini-program had asked and been allowed."""
        template = ONE_TIME if channel == "wechat" else LASTING
        await reaching.grant_allowance(
            self.pool,
            recipient,
            channel,
            template.app_id,
            template.template_id,
            lasts=lasts,
            granted_at=self.clock.turn(1),
            now=self.clock.now,
        )

    def make(self, recipient: UUID, channel: str = "apns", topic: str = "code.scanned", **given: Any) -> Notice:
        """A notice of a message, as a worker that has just claimed it holds it."""
        fields = {"recipient": recipient, "topic": topic, "dedupe_key": f"push:{uuid7()}", "attempts": 1}
        return make_notice(channel, self.clock.now, **(fields | given))

    async def claim(self, recipient: UUID, channel: PushChannel = "apns") -> Notice:
        """A notice whose row is there, claimed by us."""
        notice = await put(self.pool, self.make(recipient, channel, due_at=self.clock.now + timedelta(days=30)))
        await self.pool.execute(
            "UPDATE outbox SET attempts = 1, leased_until = $3 WHERE routing_key = $1 AND notice_id = $2",
            notice.routing_key,
            notice.notice_id,
            self.clock.now + timedelta(minutes=1),
        )
        return notice

    async def attempt(self, notice: Notice, channel: ProviderChannel | None = None) -> Outcome:
        """What one claim of a notice comes to."""
        (answer,) = await (channel or self.channels[notice.channel]).prepare([notice])  # type: ignore[index]
        return answer if isinstance(answer, Outcome) else await answer.send()

    async def step(self, notice: Notice) -> Ruling:
        """What is recorded of one claim."""
        outcome = await self.attempt(notice)
        return rule(notice, outcome, self.clock.now, Pace(), 0.0)

    async def walk(self, notice: Notice, most: int = 20) -> Ruling:
        """Until it ends: each time when it is due."""
        for _ in range(most):
            ruling = await self.step(notice)
            if ruling.outcome is not None:
                return ruling
            self.clock.now = max(self.clock.now, ruling.due_at)
            notice = await self._claim(ruling.notice)
        raise AssertionError(f"still under way after {most} claims")

    async def _claim(self, notice: Notice) -> Notice:
        """The next claim of a notice, also of its row, where it has one."""
        await self.pool.execute(
            "UPDATE outbox SET attempts = $3 WHERE routing_key = $1 AND notice_id = $2",
            notice.routing_key,
            notice.notice_id,
            notice.attempts + 1,
        )
        return replace(notice, attempts=notice.attempts + 1)

    @property
    def names(self) -> list[str]:
        """Whom the providers were asked to tell, in order."""
        return [sent.name for sent in self.sent]
