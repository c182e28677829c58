"""What WeChat and Alipay push to this deployment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.openapi.spec import RequestBody
from litestar.params import PathParameter, QueryParameter

from api.callers import AnyRequest, Audience
from api.counters import CALLBACKS
from api.documentation import ApiOperation, binary
from api.routes import answers
from api.services import now, services_of
from app.platforms import receiving
from app.platforms.wechat_callbacks import SignedQuery

_LONGEST_BODY = 64 * 2**10
_TEXT = "text/plain"
_DONE = "success"
"""What both platforms want to hear; after anything else they push again."""

AppId = Annotated[str, PathParameter(pattern=r"^[0-9A-Za-z]{8,32}$")]
Timestamp = Annotated[str, QueryParameter(description="seconds since 1970", min_length=1, max_length=16)]
Nonce = Annotated[str, QueryParameter(min_length=1, max_length=128)]
Signature = Annotated[str, QueryParameter(description="of token, timestamp and nonce", max_length=64)]
MsgSignature = Annotated[str, QueryParameter(description="of a sealed body besides", max_length=64)]
Echo = Annotated[str, QueryParameter(name="echostr", min_length=1, max_length=256)]


@dataclass
class WeChatPush(ApiOperation):
    """receiveWechatCallback, whose body is read as it came."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.request_body = RequestBody(content=binary("application/json", "text/xml"), required=True)


@dataclass
class AlipayPush(ApiOperation):
    """receiveAlipayCallback, likewise."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.request_body = RequestBody(content=binary("application/x-www-form-urlencoded"), required=True)


_REFUSALS = ("app-unknown", "callback-signature-invalid", "callback-stale")


class CallbackController(Controller):
    """For the platforms, who show who they are by their signatures."""

    path = "/v1/callbacks"
    request_max_body_size = _LONGEST_BODY

    @get(
        "/wechat/{app_id:str}",
        operation_id="checkWechatCallback",
        summary="Echoes what WeChat sends when this address is entered there",
        media_type=_TEXT,
        **answers(Audience.ANYONE, *_REFUSALS, tag="callbacks"),
    )
    async def check_wechat_callback(
        self,
        request: AnyRequest,
        app_id: AppId,
        timestamp: Timestamp,
        nonce: Nonce,
        signature: Signature,
        echo: Echo,
    ) -> Response[str]:
        app = services_of(request).platforms.wechat(app_id)
        receiving.check_wechat_echo(app, SignedQuery(timestamp, nonce, signature), now())
        return Response(echo, media_type=_TEXT)

    @post(
        "/wechat/{app_id:str}",
        operation_id="receiveWechatCallback",
        summary="Takes what WeChat pushes to a mini-program's server, JSON or XML, plain or sealed",
        status_code=200,
        media_type=_TEXT,
        **answers(Audience.ANYONE, *_REFUSALS, tag="callbacks", operation=WeChatPush),
    )
    async def receive_wechat_callback(
        self,
        request: AnyRequest,
        app_id: AppId,
        timestamp: Timestamp,
        nonce: Nonce,
        signature: Signature = "",
        msg_signature: MsgSignature = "",
    ) -> Response[str]:
        services = services_of(request)
        app = services.platforms.wechat(app_id)
        query = SignedQuery(timestamp, nonce, signature, msg_signature)
        outcome = await receiving.receive_wechat(services.pool, services.vault, app, query, await request.body(), now())
        CALLBACKS.labels("wechat", outcome).inc()
        return Response(_DONE, media_type=_TEXT)

    @post(
        "/alipay/{app_id:str}",
        operation_id="receiveAlipayCallback",
        summary="Takes what Alipay pushes to a mini-program's server",
        status_code=200,
        media_type=_TEXT,
        **answers(Audience.ANYONE, *_REFUSALS, tag="callbacks", operation=AlipayPush),
    )
    async def receive_alipay_callback(self, request: AnyRequest, app_id: AppId) -> Response[str]:
        services = services_of(request)
        app = services.platforms.alipay(app_id)
        outcome = await receiving.receive_alipay(services.pool, services.vault, app, await request.body(), now())
        CALLBACKS.labels("alipay", outcome).inc()
        return Response(_DONE, media_type=_TEXT)
