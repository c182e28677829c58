"""WeChat's subscribe messages: one message to one user of a mini-program who has agreed to it.

https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Literal, Protocol, Self, TypeAlias
from urllib.parse import quote

import msgspec
import structlog
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.response import Response

from push.connecting import Connection, classify_failure, judge_status, open_client, read_retry_after
from push.departing import Departure
from push.notices import Fault, Refused, Unavailable
from push.sending import Accepted, SendOutcome, Unanswered
from push.wechat_answers import MESSAGE, OK, TOKEN_REFUSED, judge
from push.wire import Wire

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

URL = "https://api.weixin.qq.com"
_PATH = "/cgi-bin/message/subscribe/send"
_HTTP_OK = 200
MiniProgramState: TypeAlias = Literal["formal", "trial", "developer"]
Language: TypeAlias = Literal["zh_CN", "en_US"]


class WeChatSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where WeChat is; the apps and their secrets are with whoever gives the access tokens."""

    url: str = URL
    timeout: float = 5.0
    authority: bytes = b""
    """PEM of an authority to trust beside the public ones."""


class WeChatMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One rendered message for one user: the template's fields by their names, each within its type's length."""

    app_id: str
    openid: str
    template_id: str
    data: Mapping[str, str]
    page: str = ""
    miniprogram_state: MiniProgramState = "formal"
    lang: Language = "zh_CN"

    def __repr__(self) -> str:
        return f"WeChatMessage({self.app_id}, {self.template_id})"


class AccessTokenError(Exception):
    """There is no access token of an app now; `outcome` says whose fault it is."""

    def __init__(self, outcome: Unavailable | Fault) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class AccessTokenSource(Protocol):
    """Gives the access token of an app: another than `refused`, where WeChat has refused one.

    Raises AccessTokenError.
    """

    async def __call__(self, app_id: str, refused: str = "", /) -> str: ...


class _Answer(msgspec.Struct):
    errcode: int = OK


class WeChatClient:
    """Every mini-program's messages over one pool of connections; use it as an async context manager."""

    def __init__(self, settings: WeChatSettings, access_token: AccessTokenSource) -> None:
        self._access_token = access_token
        self._url = settings.url.rstrip("/") + _PATH
        connection = Connection(url=settings.url, timeout=settings.timeout, authority=settings.authority)
        self._wire = Wire(open_client(connection), is_one=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._wire.close()

    async def send(self, message: WeChatMessage, departure: Departure | None = None) -> SendOutcome:
        """Sends it, and says when it departs to whoever may cut this off."""
        departure = departure or Departure()
        body = write_body(message)
        try:
            token = await self._access_token(message.app_id)
            outcome = await self._ask(token, body, departure)
            if isinstance(outcome, int) and outcome in TOKEN_REFUSED:
                departure.come_back()
                outcome = await self._ask(await self._access_token(message.app_id, token), body, departure)
        except AccessTokenError as error:
            return error.outcome
        return _conclude(outcome, message) if isinstance(outcome, int) else outcome

    async def _ask(self, token: str, body: bytes, departure: Departure) -> SendOutcome | int:
        """An outcome, or the errcode to judge."""
        # The access token is in the address, which an exception's words hold: none leaves this function.
        try:
            request = self._wire.client.post(f"{self._url}?access_token={quote(token, safe='')}")
            response = await self._wire.send(request.header("content-type", "application/json"), body, departure)
            return await _read(response)
        except (PyreqwestError, TimeoutError) as error:
            return classify_failure(error, departure)


async def _read(response: Response) -> SendOutcome | int:
    body = bytes(await response.bytes())
    if response.status != _HTTP_OK:
        return judge_status(response.status, read_retry_after(response.get_header("retry-after")))
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Unanswered("answer-not-understood")
    return Accepted() if answer.errcode == OK else answer.errcode


def _conclude(errcode: int, message: WeChatMessage) -> SendOutcome:
    """A message that is at fault itself is dropped, and somebody is told: it was rendered by us."""
    outcome = judge(errcode)
    if isinstance(outcome, Refused) and errcode in MESSAGE:
        _log.error("push.message-malformed", provider="wechat", reason=outcome.reason, template_id=message.template_id)
    return outcome


def write_body(message: WeChatMessage) -> bytes:
    """The request's JSON."""
    return msgspec.json.encode(
        {
            "touser": message.openid,
            "template_id": message.template_id,
            **({"page": message.page} if message.page else {}),
            "miniprogram_state": message.miniprogram_state,
            "lang": message.lang,
            "data": {name: {"value": value} for name, value in message.data.items()},
        }
    )
