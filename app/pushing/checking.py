"""Asking each provider whether it takes what the settings' file says, by messages that nobody gets.

Each goes to an address that no provider has given to anybody. An answer that speaks of the address, and not of us, says
that key, app and the way there are right.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from app.pushing.categories import name_fields
from app.pushing.model import PushSettings
from app.pushing.opening import PushClients
from push import alipay_answers, apns_answers, wechat_answers
from push.addresses import PushChannel
from push.alipay import AlipayMessage
from push.apns import ApnsMessage, Environment
from push.fcm import FcmMessage
from push.notices import Fault, Refused, Retry, Unavailable
from push.rendering import write_apns_payload, write_fcm_content
from push.sending import SendOutcome, Unanswered
from push.templates import Template, fill_template, write_page
from push.wechat import WeChatMessage
from push.wordings import Spoken, TopicRule

_NOBODYS_PHONE = "dead" + "0" * 60
_NOBODY = "suixing-check"
_RULE = TopicRule(category="security")
_LIFE = timedelta(minutes=1)
_OF_MESSAGE = frozenset(
    {*apns_answers.MESSAGE, *wechat_answers.MESSAGE.values(), *alipay_answers.MESSAGE, "INVALID_ARGUMENT"}
)
"""What is said of the message itself: of its template in the settings' file, since nothing else can be wrong in it."""


class Line(msgspec.Struct, frozen=True):
    """What was asked of one app, environment or template, named as the alarms name it; `reason` is the provider's
    word.
    """

    channel: PushChannel
    name: str
    is_good: bool
    reason: str


async def check_lines(
    push: PushSettings, clients: PushClients, now: Callable[[], datetime]
) -> AsyncGenerator[Line, None]:
    """Each line in turn."""
    if clients.apns is not None and push.apns is not None:
        for key in push.apns.keys:
            for topic in key.topics:
                for environment in key.environments:
                    message = _for_apple(topic, environment, now())
                    yield _judge("apns", f"{topic} {environment}", await clients.apns.send(message))
    if clients.fcm is not None and push.fcm is not None:
        for account in push.fcm.accounts:
            outcome = await clients.fcm.send(_for_firebase(account.project_id, now()))
            yield _judge("fcm", account.project_id, outcome)
    for template in push.templates:
        outcome = await _try_template(template, push, clients, now())
        yield _judge(template.channel, f"{template.app_id} {template.template_id}", outcome)


def _for_apple(topic: str, environment: Environment, now: datetime) -> ApnsMessage:
    message_id = uuid4()
    return ApnsMessage(
        token=_NOBODYS_PHONE,
        environment=environment,
        topic=topic,
        apns_id=message_id,
        payload=write_apns_payload(_SPOKEN, message_id, _RULE),
        expires_at=now + _LIFE,
    )


def _for_firebase(project: str, now: datetime) -> FcmMessage:
    message_id = uuid4()
    return FcmMessage(
        project=project,
        token=_NOBODYS_PHONE,
        content=write_fcm_content(_SPOKEN, message_id, _RULE),
        tag=str(message_id),
        expires_at=now + _LIFE,
    )


async def _try_template(template: Template, push: PushSettings, clients: PushClients, now: datetime) -> SendOutcome:
    message_id = uuid4()
    data, page = _fill(template, message_id, now), write_page(template, message_id)
    if template.channel == "alipay":
        if clients.alipay is None:
            return Fault("app-without-keys")
        card = AlipayMessage(
            app_id=template.app_id, open_id=_NOBODY, user_template_id=template.template_id, page=page, data=data
        )
        return await clients.alipay.send(card)
    if clients.wechat is None:
        return Fault("app-unknown")
    note = WeChatMessage(
        app_id=template.app_id,
        openid=_NOBODY,
        template_id=template.template_id,
        data=data,
        page=page,
        miniprogram_state=push.mini_program_state,
    )
    return await clients.wechat.send(note)


_SPOKEN = Spoken(title="检查", body="没有人会收到这条消息。", fields={"province": "上海"})


def _fill(template: Template, message_id: UUID, now: datetime) -> dict[str, str]:
    fields = {**_SPOKEN.fields, **name_fields(template.categories[0])}
    spoken = msgspec.structs.replace(_SPOKEN, fields=fields)
    return fill_template(template, spoken, "zh-CN", message_id=message_id, at=now)


def _judge(channel: PushChannel, name: str, outcome: SendOutcome) -> Line:
    reason: str = getattr(outcome, "reason", "accepted")
    match outcome:
        case Fault():
            is_good = channel == "alipay" and _is_of_nobody(reason)
        case Refused():
            is_good = reason not in _OF_MESSAGE
        case Retry() | Unavailable() | Unanswered():
            is_good = False
        case _:
            is_good = True
    return Line(channel, name, is_good, reason)


def _is_of_nobody(reason: str) -> bool:
    """What Alipay says of a user that there is not is documented nowhere. Its gateway, which looks at keys and apps,
    has words of its own, in small letters; of templates its messages do.
    """
    return reason.isupper() and "TEMPLATE" not in reason
