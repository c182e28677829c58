"""One notice in words, as each provider's client takes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from push.addresses import Locale, PushChannel
from push.alipay import AlipayClient, AlipayMessage
from push.apns import ApnsClient, ApnsMessage, Environment
from push.departing import Departure
from push.fcm import FcmClient, FcmMessage
from push.notices import Notice
from push.rendering import write_apns_payload, write_fcm_content
from push.sending import SendOutcome
from push.templates import Template, fill_template, write_page
from push.walking import Stop
from push.wechat import MiniProgramState, WeChatClient, WeChatMessage
from push.wordings import Spoken, TopicRule


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as it is told to its recipient now."""

    notice: Notice
    message_id: UUID
    rule: TopicRule
    spoken: Spoken
    locale: Locale

    @property
    def collapse_id(self) -> str:
        """What on a phone takes the place of what: a topic's latest, or else this message's latest attempt."""
        return self.notice.topic if self.rule.collapses else str(self.message_id)


class Courier(Protocol):
    """Carries letters to the addresses of one channel."""

    @property
    def channel(self) -> PushChannel: ...

    @property
    def concurrency(self) -> int:
        """How many requests may be under way at once."""
        ...

    def name_line(self, stop: Stop) -> str:
        """What fails together: the app, and whatever else is set up by itself."""
        ...

    def turn(self, stop: Stop) -> Stop | None:
        """The same address in its provider's other environment, where there is one that this deployment sends to."""
        ...

    async def send(self, letter: Letter, stop: Stop, name: str, departure: Departure) -> SendOutcome:
        """Sends to whom the provider knows by this name, and says when it departs: making ready, fetching and
        waiting, before that, have sent nothing.
        """
        ...


class ApnsCourier:
    """To phones of Apple's: the attempt's id is the notice's, so that one repeated is known as the same."""

    channel: PushChannel = "apns"

    def __init__(self, client: ApnsClient, *, concurrency: int = 300) -> None:
        self.concurrency = concurrency
        self._client = client

    def name_line(self, stop: Stop) -> str:
        return f"{stop.address.app_id} {_read_environment(stop)}"

    def turn(self, stop: Stop) -> Stop | None:
        other: Environment = "production" if _read_environment(stop) == "sandbox" else "sandbox"
        if not self._client.serves(stop.address.app_id, other):
            return None
        return replace(stop, address=replace(stop.address, environment=other))

    async def send(self, letter: Letter, stop: Stop, name: str, departure: Departure) -> SendOutcome:
        notice, address = letter.notice, stop.address
        message = ApnsMessage(
            token=name,
            environment=_read_environment(stop),
            topic=address.app_id,
            apns_id=notice.notice_id,
            payload=write_apns_payload(letter.spoken, letter.message_id, letter.rule),
            priority=5 if letter.rule.is_silent else 10,
            expires_at=notice.expires_at,
            collapse_id=letter.collapse_id,
        )
        return await self._client.send(message, departure)


class FcmCourier:
    """To phones by Firebase: a tag keeps what is sent twice from showing twice."""

    channel: PushChannel = "fcm"

    def __init__(self, client: FcmClient, *, concurrency: int = 300) -> None:
        self.concurrency = concurrency
        self._client = client

    def name_line(self, stop: Stop) -> str:
        return stop.address.app_id

    def turn(self, stop: Stop) -> None:
        del stop

    async def send(self, letter: Letter, stop: Stop, name: str, departure: Departure) -> SendOutcome:
        rule = letter.rule
        message = FcmMessage(
            project=stop.address.app_id,
            token=name,
            content=write_fcm_content(letter.spoken, letter.message_id, rule),
            tag=letter.collapse_id,
            expires_at=letter.notice.expires_at,
            priority="normal" if rule.is_silent else "high",
            # Firebase keeps four of these for a phone that is off: they are for what has no more than one latest.
            collapse_key=letter.notice.topic if rule.collapses else "",
            channel_id=rule.category,
        )
        return await self._client.send(message, departure)


class WeChatCourier:
    """To users of WeChat's mini-programs, by a template that they agreed to."""

    channel: PushChannel = "wechat"

    def __init__(self, client: WeChatClient, *, state: MiniProgramState = "formal", concurrency: int = 32) -> None:
        self.concurrency = concurrency
        self._client = client
        self._state: MiniProgramState = state

    def name_line(self, stop: Stop) -> str:
        return _name_template(stop)

    def turn(self, stop: Stop) -> None:
        del stop

    async def send(self, letter: Letter, stop: Stop, name: str, departure: Departure) -> SendOutcome:
        template = require_template(stop)
        message = WeChatMessage(
            app_id=stop.address.app_id,
            openid=name,
            template_id=template.template_id,
            data=_fill(template, letter),
            page=write_page(template, letter.message_id),
            miniprogram_state=self._state,
            lang="en_US" if letter.locale == "en" else "zh_CN",
        )
        return await self._client.send(message, departure)


class AlipayCourier:
    """To users of Alipay's mini-programs, by a template that they agreed to."""

    channel: PushChannel = "alipay"

    def __init__(self, client: AlipayClient, *, concurrency: int = 32) -> None:
        self.concurrency = concurrency
        self._client = client

    def name_line(self, stop: Stop) -> str:
        return _name_template(stop)

    def turn(self, stop: Stop) -> None:
        del stop

    async def send(self, letter: Letter, stop: Stop, name: str, departure: Departure) -> SendOutcome:
        template = require_template(stop)
        message = AlipayMessage(
            app_id=stop.address.app_id,
            open_id=name,
            user_template_id=template.template_id,
            page=write_page(template, letter.message_id),
            data=_fill(template, letter),
        )
        return await self._client.send(message, departure)


def _read_environment(stop: Stop) -> Environment:
    return "sandbox" if stop.address.environment == "sandbox" else "production"


def require_template(stop: Stop) -> Template:
    """The template of a mini-program's address, without which it is on no way."""
    if stop.template is None:
        raise ValueError("nothing is sent to a mini-program without a template")
    return stop.template


def _name_template(stop: Stop) -> str:
    return f"{stop.address.app_id} {require_template(stop).template_id}"


def _fill(template: Template, letter: Letter) -> dict[str, str]:
    at = _read_moment(letter.notice)
    return fill_template(template, letter.spoken, letter.locale, message_id=letter.message_id, at=at)


def _read_moment(notice: Notice) -> datetime:
    """When it happened of which a notice tells."""
    try:
        at = datetime.fromisoformat(notice.data["at"])
    except (KeyError, TypeError, ValueError):
        return notice.created_at
    return at if at.tzinfo else at.replace(tzinfo=UTC)
