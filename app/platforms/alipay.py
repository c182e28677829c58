"""An Alipay mini-program's side of Alipay's open platform.

https://opendocs.alipay.com/common/02kkv7 (calls), https://opendocs.alipay.com/mini/84bc7352 (log in)
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast
from urllib.parse import urlencode, urlsplit

import msgspec
import structlog

from app.platforms.alipay_errors import refusal_of
from app.platforms.asking import Limits, Provider, Question, Reply
from app.platforms.errors import ProviderUnavailableError
from app.platforms.model import PlatformLogin
from app.platforms.rules import require_code
from push.alipay_gateway import BUSY, FORM, OK, URL, read_answer, sign_call
from push.alipay_signing import AlipayKeys, NotSignedError, split_members

log = structlog.get_logger()

_ID = re.compile(r"[0-9A-Za-z_\-]{1,128}")
_T = TypeVar("_T")


class _Login(msgspec.Struct):
    """The tokens, with which more could be asked of the user, are not even read."""

    open_id: str = ""
    user_id: str = ""
    union_id: str = ""


class AlipayApp:
    """One mini-program, with its connections, its keys and its breaker; close it after use."""

    def __init__(
        self,
        app_id: str,
        keys: AlipayKeys,
        *,
        now: Callable[[], datetime],
        url: str = URL,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app_id = app_id
        self.keys = keys
        self._now = now
        parts = urlsplit(url)
        self._path = parts.path or "/"
        self._provider = Provider(
            "Alipay", f"{parts.scheme}://{parts.netloc}", is_busy=_is_busy, limits=limits or Limits(), clock=clock
        )

    async def close(self) -> None:
        await self._provider.close()

    async def exchange(self, auth_code: str) -> PlatformLogin:
        """Who logged in with a code of my.getAuthCode (alipay.system.oauth.token)."""
        asked = {"grant_type": "authorization_code", "code": require_code(auth_code)}
        login = _convert(await self._ask("alipay.system.oauth.token", asked), _Login)
        open_id = login.open_id or login.user_id  # apps from before 2024 know users by user_id alone
        if not _ID.fullmatch(open_id) or not _ID.fullmatch(login.union_id or "-"):
            raise _not_understood()
        return PlatformLogin("alipay", self.app_id, open_id, login.union_id or None)

    async def call(self, method: str, biz_content: Mapping[str, Any]) -> dict[str, Any]:
        """Any call with a biz_content; raises ProviderRefusedError with Alipay's own `code`."""
        return await self._ask(method, {"biz_content": msgspec.json.encode(biz_content).decode()})

    async def _ask(self, method: str, asked: Mapping[str, str]) -> dict[str, Any]:
        query = sign_call(self.keys, self.app_id, method, asked, self._now())
        question = Question("POST", self._path, query, urlencode(asked).encode(), FORM)
        reply = await self._provider.ask(question, self._provider.deadline())
        return self._read(reply, method)

    def _read(self, reply: Reply, method: str) -> dict[str, Any]:
        """The node of an answer, its signature verified; an error alone may come without one."""
        try:
            answer = read_answer(self.keys, method, reply.body)
        except NotSignedError:
            log.error("platform.signature-invalid", platform="alipay", app_id=self.app_id)  # noqa: TRY400  its words say no more
            raise ProviderUnavailableError(
                "Alipay's answer does not bear Alipay's signature.", retry_after=60
            ) from None
        except ValueError:
            raise _not_understood() from None
        if answer.code != OK:
            raise refusal_of(self.app_id, answer.code, answer.sub_code)
        return answer.node


def _convert(node: object, kind: type[_T]) -> _T:
    try:
        return msgspec.convert(node, kind)
    except msgspec.ValidationError:
        raise _not_understood() from None


def _is_busy(reply: Reply) -> bool:
    """Read without the signature: who forged this could have kept the answer back as well."""
    try:
        nodes = [node for _, node in split_members(reply.body.decode()).values()]
    except (ValueError, RecursionError):
        return False
    return any(isinstance(node, dict) and cast("dict[str, Any]", node).get("code") == BUSY for node in nodes)


def _not_understood() -> ProviderUnavailableError:
    log.error("platform.not-understood", platform="alipay")
    return ProviderUnavailableError("Alipay's answer is not one that this server understands.", retry_after=60)
