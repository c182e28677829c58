"""Where messages reach a resident beside their inbox: phones and mini-programs, registered by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, put
from litestar.params import FromPath, JSONBody

from api.callers import AnyRequest, Audience, ResidentRequest
from api.problems import prefers_english
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.devices import listing, registering
from app.devices.model import Device, PhoneAddress, PlatformChannel, TemplateAnswer
from push.addresses import Locale

_LONGEST_BODY = 16 * 2**10
_UNTRUSTED = ("installation-not-approved", "session-expired")

Token = Annotated[str, msgspec.Meta(min_length=1, max_length=4096, description="as Apple or Firebase gave it")]
Environment = Annotated[
    Literal["production", "sandbox"], msgspec.Meta(description="of Apple's; at Firebase there is one alone")
]
AppName = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=255, description="the bundle id, or the project; where there are several"),
]
AppId = Annotated[str, msgspec.Meta(min_length=1, max_length=64, description="of the mini-program")]
TemplateId = Annotated[str, msgspec.Meta(min_length=1, max_length=64, description="of the template that asked")]
GrantedAt = Annotated[
    datetime,
    msgspec.Meta(tz=True, description="when the resident answered; what comes again with the same time counts once"),
]


class ApnsIn(msgspec.Struct, frozen=True, tag_field="channel", tag="apns"):
    """A phone's app, as Apple knows it."""

    token: Token
    environment: Environment
    locale: Locale
    app_id: AppName | None = None


class FcmIn(msgspec.Struct, frozen=True, tag_field="channel", tag="fcm"):
    """A phone's app, as Firebase knows it."""

    token: Token
    locale: Locale
    environment: Environment = "production"
    app_id: AppName | None = None


class _AnswerIn(msgspec.Struct, frozen=True, tag_field="channel"):
    """What a mini-program was answered, whichever platform it is of."""

    app_id: AppId
    template_id: TemplateId
    granted: bool
    granted_at: GrantedAt | None = None


class WechatIn(_AnswerIn, frozen=True, tag="wechat"):
    """What was answered when the WeChat mini-program asked whether it may send by a template."""


class AlipayIn(_AnswerIn, frozen=True, tag="alipay"):
    """The same in Alipay."""


DeviceIn: TypeAlias = ApnsIn | FcmIn | WechatIn | AlipayIn


class DeviceRegisteredOut(msgspec.Struct, frozen=True):
    """The place as it is known now; null where a mini-program was told no, and reaches nobody."""

    device: Device | None


class DevicesOut(msgspec.Struct, frozen=True):
    """Every place, the one that was used last first; they are few, so there is one page."""

    items: list[Device]
    next_cursor: str | None = None


class DeviceController(Controller):
    """A resident's phones and mini-programs."""

    path = "/v1/me/devices"
    request_max_body_size = _LONGEST_BODY

    @put(
        "/{installation_id:uuid}",
        operation_id="registerDevice",
        summary="Have my messages pushed here too",
        description=(
            "Call it whenever the app starts with a token, and in a mini-program with each answer to its question. "
            "A phone that was somebody else's is taken from them. One yes to a template is one message, unless the "
            "template lasts: give `granted_at` and repeat the call as often as needed, it counts once. Without it, "
            "what comes again within ten seconds is taken for the same answer."
        ),
        **answers(
            Audience.RESIDENT,
            *_UNTRUSTED,
            "channel-not-offered",
            "messages-consent-required",
            "not-found",
            "platform-login-required",
            "too-many-requests",
            tag="messages",
        ),
    )
    async def register_device(
        self, request: ResidentRequest, installation_id: FromPath[UUID], data: JSONBody[DeviceIn]
    ) -> Response[DeviceRegisteredOut]:
        desk, caller, moment = services_of(request).devices, request.user, now()
        if isinstance(data, ApnsIn | FcmIn):
            channel: Literal["apns", "fcm"] = "apns" if isinstance(data, ApnsIn) else "fcm"
            phone = PhoneAddress(channel, data.token, data.environment, data.locale, data.app_id)
            device = await registering.register_phone(desk, caller, installation_id, phone, moment)
            return Response(DeviceRegisteredOut(device), headers=NO_STORE)
        answer = _answer(data, request)
        return Response(
            DeviceRegisteredOut(await registering.answer_template(desk, caller, installation_id, answer, moment)),
            headers=NO_STORE,
        )

    @get(
        operation_id="listDevices",
        summary="Where my messages are pushed",
        **answers(Audience.RESIDENT, "installation-not-approved", tag="messages", reads_input=False),
    )
    async def list_devices(self, request: ResidentRequest) -> Response[DevicesOut]:
        found = await listing.list_devices(services_of(request).devices, request.user)
        return Response(DevicesOut(found), headers=NO_STORE)

    @delete(
        "/{device_id:uuid}",
        operation_id="removeDevice",
        summary="Have nothing more pushed there: by the id of the list, or by this installation's own",
        **answers(Audience.RESIDENT, *_UNTRUSTED, "not-found", "too-many-requests", tag="messages"),
    )
    async def remove_device(self, request: ResidentRequest, device_id: FromPath[UUID]) -> None:
        await listing.remove_device(services_of(request).devices, request.user, device_id, now())


def _answer(data: WechatIn | AlipayIn, request: AnyRequest) -> TemplateAnswer:
    channel: PlatformChannel = "wechat" if isinstance(data, WechatIn) else "alipay"
    locale: Locale = "en" if prefers_english(request.headers.get("accept-language", "")) else "zh-CN"
    return TemplateAnswer(channel, data.app_id, data.template_id, data.granted, data.granted_at, locale)
