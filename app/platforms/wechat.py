"""A WeChat mini-program's side of WeChat's server API.

https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import msgspec
import structlog

from app.errors import InvalidError
from app.platforms.asking import Limits, Provider, Question, Reply
from app.platforms.errors import ProviderUnavailableError
from app.platforms.model import PlatformLogin
from app.platforms.rules import require_code
from app.platforms.wechat_callbacks import WeChatCallbackKeys
from app.platforms.wechat_errors import BUSY, OK, TOKEN_REFUSED, refusal_of
from app.platforms.wechat_tokens import AccessTokenKeeper, FetchedToken

log = structlog.get_logger()

URL = "https://api.weixin.qq.com"
_JSON = "application/json"
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_PAGE = re.compile(r"[0-9A-Za-z_\-][0-9A-Za-z_\-/]{0,127}")
_ID = re.compile(r"[0-9A-Za-z_\-]{1,128}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST_TOKEN = 2048
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_T = TypeVar("_T")


class _Error(msgspec.Struct):
    errcode: int = OK


class _Login(msgspec.Struct):
    """The session key, with which a user's data could be opened, is not even read."""

    openid: str
    unionid: str = ""


class _Token(msgspec.Struct):
    access_token: str
    expires_in: int


class _PhoneInfo(msgspec.Struct):
    purePhoneNumber: str  # noqa: N815  WeChat's name
    countryCode: str | int  # noqa: N815  likewise


class _Phone(msgspec.Struct):
    phone_info: _PhoneInfo


class WeChatApp:
    """One mini-program, with its connections, its access token and its breaker; close it after use."""

    def __init__(
        self,
        app_id: str,
        secret: str,
        *,
        url: str = URL,
        callback_keys: WeChatCallbackKeys | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app_id = app_id
        self.callback_keys = callback_keys
        self._secret = secret
        self._provider = Provider("WeChat", url, is_busy=_is_busy, limits=limits or Limits(), clock=clock)
        self._tokens = AccessTokenKeeper(self._fetch_token, clock=clock)

    async def close(self) -> None:
        await self._tokens.close()
        await self._provider.close()

    async def exchange(self, code: str) -> PlatformLogin:
        """Who logged in with a code of wx.login (jscode2session)."""
        query = {
            "appid": self.app_id,
            "secret": self._secret,
            "js_code": require_code(code),
            "grant_type": "authorization_code",
        }
        reply = await self._provider.ask(Question("GET", "/sns/jscode2session", query), self._provider.deadline())
        login = self._read(reply, _Login)
        if not _ID.fullmatch(login.openid) or not _ID.fullmatch(login.unionid or "-"):
            raise _not_understood()
        return PlatformLogin("wechat", self.app_id, login.openid, login.unionid or None)

    async def read_phone(self, code: str) -> str:
        """The phone number (E.164) that a user let the mini-program have (getuserphonenumber)."""
        reply = await self._ask("/wxa/business/getuserphonenumber", {"code": require_code(code)})
        info = self._read(reply, _Phone).phone_info
        phone = f"+{info.countryCode}{info.purePhoneNumber}"
        if not _PHONE.fullmatch(phone):
            raise _not_understood()
        return phone

    async def draw_code(
        self,
        scene: str,
        page: str,
        *,
        width: int = 430,
        env_version: Literal["release", "trial", "develop"] = "release",
    ) -> bytes:
        """An image of a mini-program code (getwxacodeunlimit), JPEG or PNG."""
        if not _SCENE.fullmatch(scene):
            raise InvalidError("/scene", "A scene has 1 to 32 characters, letters, digits and !#$&'()*+,/:;=?@-._~")
        if not _PAGE.fullmatch(page):
            raise InvalidError("/page", "A page is a path of the mini-program without a leading slash or parameters.")
        asked = {
            "scene": scene,
            "page": page,
            "check_path": env_version == "release",  # other versions have pages that are not published yet
            "env_version": env_version,
            "width": width,
        }
        reply = await self._ask("/wxa/getwxacodeunlimit", asked)
        if reply.body.startswith(_IMAGES):
            return reply.body
        self._read(reply, _Error)
        raise _not_understood()

    async def call(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Any other call that wants the access token; raises ProviderRefusedError with WeChat's own `code`."""
        return self._read(await self._ask(path, body), dict[str, Any])

    async def access_token(self, refused: str = "") -> str:
        """The token of this moment, for whoever speaks to WeChat itself; another, where WeChat has refused one."""
        until = self._provider.deadline()
        if refused:
            return await self._tokens.replace(refused, until)
        return await self._tokens.current(until)

    async def _ask(self, path: str, body: Mapping[str, Any]) -> Reply:
        """With the access token, and once more with another where WeChat refuses the first."""
        until = self._provider.deadline()
        token = await self._tokens.current(until)
        content = msgspec.json.encode(body)
        reply = await self._provider.ask(Question("POST", path, {"access_token": token}, content, _JSON), until)
        if _read_errcode(reply) in TOKEN_REFUSED:
            token = await self._tokens.replace(token, until)
            reply = await self._provider.ask(Question("POST", path, {"access_token": token}, content, _JSON), until)
        return reply

    async def _fetch_token(self, force: bool) -> FetchedToken:  # noqa: FBT001  the keeper's one word
        content = msgspec.json.encode(
            {
                "grant_type": "client_credential",
                "appid": self.app_id,
                "secret": self._secret,
                "force_refresh": force,
            }
        )
        question = Question("POST", "/cgi-bin/stable_token", body=content, media_type=_JSON)
        token = self._read(await self._provider.ask(question, self._provider.deadline()), _Token)
        if not 0 < len(token.access_token) <= _LONGEST_TOKEN or token.expires_in <= 0:
            raise _not_understood()
        return FetchedToken(token.access_token, float(token.expires_in))

    def _read(self, reply: Reply, kind: type[_T]) -> _T:
        errcode = _read_errcode(reply)
        if errcode != OK:
            raise refusal_of(self.app_id, errcode)
        try:
            return msgspec.json.decode(reply.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise _not_understood() from None


def _read_errcode(reply: Reply) -> int:
    """OK where there is none, as in an image."""
    try:
        return msgspec.json.decode(reply.body, type=_Error).errcode
    except (msgspec.DecodeError, UnicodeDecodeError):
        return OK


def _is_busy(reply: Reply) -> bool:
    return _read_errcode(reply) == BUSY


def _not_understood() -> ProviderUnavailableError:
    log.error("platform.not-understood", platform="wechat")
    return ProviderUnavailableError("WeChat's answer is not one that this server understands.", retry_after=60)
