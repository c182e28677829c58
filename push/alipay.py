"""Alipay's template messages: one message to one user of a mini-program who has agreed to it.

https://opendocs.alipay.com/mini/02cth2
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import msgspec
import structlog
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.response import Response

from push.alipay_answers import MESSAGE, judge
from push.alipay_gateway import FORM, OK, URL, read_answer, sign_call
from push.alipay_signing import AlipayKeys, NotSignedError
from push.connecting import Connection, classify_failure, judge_status, open_client, read_retry_after
from push.departing import Departure
from push.notices import Fault, Refused
from push.sending import Accepted, SendOutcome, Unanswered
from push.wire import Wire

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

METHOD = "alipay.open.app.mini.templatemessage.send"
_HTTP_OK = 200
_USER_ID = re.compile(r"2088\d{12}")
"""What users are known by to apps from before 2024; an open_id is longer, and not of digits alone."""


class AlipaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Every mini-program's keys by its app_id, and where Alipay is."""

    keys: Mapping[str, AlipayKeys]
    url: str = URL
    timeout: float = 5.0
    authority: bytes = b""
    """PEM of an authority to trust beside the public ones."""

    def __repr__(self) -> str:
        """Without the keys, wherever this may be printed."""
        return f"AlipaySettings({', '.join(self.keys)})"


class AlipayMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One rendered message for one user: the template's keywords by their names."""

    app_id: str
    open_id: str
    user_template_id: str
    page: str
    data: Mapping[str, str]

    def __repr__(self) -> str:
        return f"AlipayMessage({self.app_id}, {self.user_template_id})"


class AlipayClient:
    """Every mini-program's messages over one pool of connections; use it as an async context manager."""

    def __init__(self, settings: AlipaySettings, *, now: Callable[[], datetime]) -> None:
        self._keys = settings.keys
        self._url = settings.url
        self._now = now
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

    async def send(self, message: AlipayMessage, departure: Departure | None = None) -> SendOutcome:
        """Sends it, and says when it departs to whoever may cut this off."""
        departure = departure or Departure()
        keys = self._keys.get(message.app_id)
        if keys is None:
            return Fault("app-without-keys")
        asked = {"biz_content": write_content(message)}
        query = urlencode(sign_call(keys, message.app_id, METHOD, asked, self._now()))
        # An exception's words may hold what was sent: none leaves this function.
        try:
            request = self._wire.client.post(f"{self._url}?{query}").header("content-type", FORM)
            response = await self._wire.send(request, urlencode(asked).encode(), departure)
            outcome = await _read(response, keys)
        except (PyreqwestError, TimeoutError) as error:
            return classify_failure(error, departure)
        if isinstance(outcome, Refused) and outcome.reason in MESSAGE:
            _log.error(
                "push.message-malformed",
                provider="alipay",
                reason=outcome.reason,
                template_id=message.user_template_id,
            )
        return outcome


async def _read(response: Response, keys: AlipayKeys) -> SendOutcome:
    body = bytes(await response.bytes())
    if response.status != _HTTP_OK:
        return judge_status(response.status, read_retry_after(response.get_header("retry-after")))
    try:
        answer = read_answer(keys, METHOD, body)
    except NotSignedError:
        return Unanswered("answer-not-signed")
    except ValueError:
        return Unanswered("answer-not-understood")
    return Accepted() if answer.code == OK else judge(answer.code, answer.sub_code)


def write_content(message: AlipayMessage) -> str:
    """The call's biz_content."""
    return msgspec.json.encode(
        {
            "to_user_id" if _USER_ID.fullmatch(message.open_id) else "to_open_id": message.open_id,
            "user_template_id": message.user_template_id,
            "page": message.page,
            # Alipay takes it as JSON within the JSON.
            "data": msgspec.json.encode({name: {"value": value} for name, value in message.data.items()}).decode(),
        }
    ).decode()
