"""Short messages through Alibaba Cloud: SendSms of Dysmsapi, version 2017-05-25."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.response import Response

from push import acs3
from push.notices import Delivered, Fault, Outcome, Refused, Retry, Unavailable
from push.sms import SmsText

ACTION = "SendSms"
VERSION = "2017-05-25"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_CODE_SHAPE = re.compile(r"[A-Za-z]+(?:[._][A-Za-z]+)*")  # no digits: no number can pass for a reason

# What a code says of this one number, or of the service as a whole. All that is not here is a fault of ours: an account
# unpaid or at its cap, a sign name, template or key that is not approved, a clock that is off. A fault drops nothing,
# since mending it lets the texts go. https://help.aliyun.com/zh/sms/developer-reference/api-error-codes
REFUSED = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.CUSTOMER_REFUSED",
        "isv.COUNTRY_RESTRICTED",
        "isv.NOT_SUPPORTED_COUNTRY",
    }
)
RETRIED = frozenset({"SignatureNonceUsed"})
UNAVAILABLE = frozenset(
    {"isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR", "isp.UNKNOWN", "InternalError", "InternalFailure", "ServiceUnavailable"}
)
LIMITED = "isv.BUSINESS_LIMIT_CONTROL"
LIMIT_SECONDS = 60.0
"""The narrowest of the limits on one number is one text a minute: sooner is in vain."""


class _Reply(msgspec.Struct, rename="pascal"):
    """The one field that matters of any answer, good or bad."""

    code: str = ""


class AlibabaSmsGateway:
    """A client of the SMS service, holding its connections open; use it as an async context manager.

    The service takes no idempotency key, so an attempt whose answer was lost may text the same password twice. That is
    harmless, where a password that never comes is not.
    """

    def __init__(
        self,
        url: str,
        *,
        access_key_id: str,
        access_key_secret: str,
        sign_name: str,
        template_code: str,
        warning_template_code: str,
        now: Callable[[], datetime],
        timeout: float = 5.0,
    ) -> None:
        parts = urlsplit(url)
        self._endpoint = f"{parts.scheme}://{parts.netloc}{parts.path or '/'}"
        self._path = parts.path or "/"
        self._host = parts.hostname or ""
        if parts.port not in {None, _DEFAULT_PORTS.get(parts.scheme)}:
            self._host = f"{self._host}:{parts.port}"
        self._key_id = access_key_id
        self._secret = access_key_secret
        self._sign_name = sign_name
        self._template_code = template_code
        self._warning_template_code = warning_template_code
        self._now = now
        builder = (
            ClientBuilder()
            .user_agent("suixing")
            .follow_redirects(False)  # a redirect would carry the password elsewhere
            .referer(False)
            .connect_timeout(timedelta(seconds=min(timeout, 3.0)))
            .timeout(timedelta(seconds=timeout))
        )
        self._client = (builder.no_proxy() if parts.hostname in _LOOPBACK else builder).build()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._client.close()

    async def send(self, text: SmsText, *, reference: str) -> Outcome:
        query = acs3.write_query(
            {
                "PhoneNumbers": _write_phone(text.phone),
                "SignName": self._sign_name,
                **self._fill_template(text),
                "OutId": reference,
            }
        )
        # An exception's words hold the address, and so phone and password: none leaves this function.
        try:
            response = await self._client.post(f"{self._endpoint}?{query}").headers(self._sign(query)).build().send()
            body = bytes(await response.bytes())
        except TimeoutError:
            return Unavailable("timeout")
        except PyreqwestError:
            return Unavailable("unreachable")
        return _judge(response, body)

    def _fill_template(self, text: SmsText) -> dict[str, str]:
        """Warnings have a template of their own, without a variable."""
        if not text.otp:
            return {"TemplateCode": self._warning_template_code}
        return {
            "TemplateCode": self._template_code,
            "TemplateParam": msgspec.json.encode({"code": text.otp}).decode(),
        }

    def _sign(self, query: str) -> dict[str, str]:
        headers = acs3.write_headers(
            action=ACTION, version=VERSION, host=self._host, body=b"", at=self._now(), nonce=uuid4().hex
        )
        signature = acs3.sign("POST", self._path, query, headers, secret=self._secret)
        sent = {name: value for name, value in headers.items() if name != "host"}
        return {
            **sent,
            "accept": "application/json",
            "authorization": acs3.authorize(self._key_id, headers, signature),
        }


def _write_phone(phone: str) -> str:
    """Mainland numbers go without their country code, others with it and without the plus."""
    return phone.removeprefix("+86") if phone.startswith("+86") else phone.removeprefix("+")


def _judge(response: Response, body: bytes) -> Outcome:
    try:
        reply = msgspec.json.decode(body, type=_Reply)
    except msgspec.DecodeError:
        reply = _Reply()
    return judge_reply(response.status, reply.code, _read_retry_after(response.get_header("retry-after")))


def judge_reply(status: int, code: str, retry_after: float | None = None) -> Outcome:
    """What an answer's status and code make of the text."""
    reason = code if _CODE_SHAPE.fullmatch(code) else "no-code"
    if status == 200 and code == "OK":  # noqa: PLR2004  HTTP
        return Delivered()
    if code == LIMITED:
        return Retry(reason, max(retry_after or 0.0, LIMIT_SECONDS))
    if code in REFUSED:
        return Refused(reason)
    if code in RETRIED:
        return Retry(reason, retry_after)
    if status >= 500 or status == 429 or code in UNAVAILABLE or code.startswith("Throttling"):  # noqa: PLR2004  HTTP
        return Unavailable(reason, retry_after)
    return Fault(reason)


def _read_retry_after(value: Any) -> float | None:
    """Retry-After in seconds (RFC 9110, 10.2.3); a date there is left to the back-off."""
    return float(value) if value is not None and re.fullmatch(r"\d{1,6}", value) else None
