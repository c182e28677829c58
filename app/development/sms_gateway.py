"""A strict stand-in of Alibaba Cloud's SMS service: it answers as the real one does, and refuses what that refuses.

Signature and headers: https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature;
parameters and codes: https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from urllib.parse import parse_qsl
from uuid import uuid4

import msgspec

from app.development.texts import SentText, TextFile
from push import acs3

TIMESTAMP_SPAN = timedelta(minutes=15)
_AUTHORIZATION = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})")
_MAINLAND = re.compile(r"(?:\+|\+86|0086|86)?(1[3-9]\d{9})")
_REQUIRED = ("PhoneNumbers", "SignName", "TemplateCode")
_KNOWN = frozenset({*_REQUIRED, "TemplateParam", "OutId", "SmsUpExtendCode"})
_OTP = re.compile(r"[0-9A-Za-z]{4,6}")


class Answer(msgspec.Struct, frozen=True):
    """What to answer, after how many seconds, and whether to close the connection instead."""

    status: int
    headers: dict[str, str]
    body: bytes
    delay: float = 0.0
    close: bool = False


class Mishap(msgspec.Struct, frozen=True):
    """What is to go wrong with a request."""

    code: str | None = None
    status: int = 200
    headers: dict[str, str] = {}
    delay: float = 0.0
    close: bool = False


class _RefusedError(Exception):
    """A request that the real service would answer with this code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class SmsGatewayStandIn:
    """Takes SendSms requests and keeps the texts instead of sending them.

    Framework-free: whoever serves HTTP passes requests to `handle` and sends what it answers.
    """

    def __init__(
        self,
        texts: TextFile,
        *,
        access_key_id: str,
        access_key_secret: str,
        sign_name: str,
        template_code: str,
        now: Callable[[], datetime],
    ) -> None:
        self._texts = texts
        self._key_id = access_key_id
        self._secret = access_key_secret
        self._sign_name = sign_name
        self._template_code = template_code
        self._now = now
        self._nonces: dict[str, datetime] = {}
        self._mishaps: list[Mishap] = []

    def texts_to(self, phone: str) -> list[SentText]:
        """What a phone (E.164) has been sent, newest first."""
        return self._texts.texts_to(phone)

    def fail_next(self, count: int, mishap: Mishap) -> None:
        """Lets the next requests meet with a mishap, however right they are. With a code, they are not taken."""
        self._mishaps += [mishap] * count

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answers a request given by its raw path and query, and headers by their names in lower case."""
        mishap = self._mishaps.pop(0) if self._mishaps else Mishap()
        try:
            parameters = self._authenticate(method, path, query, headers, body)
            if mishap.code is not None:
                _refuse(mishap.status, mishap.code)
            answer = self._take(parameters)
        except _RefusedError as refused:
            answer = _write_answer(refused.status, refused.code)
        return msgspec.structs.replace(
            answer, headers=answer.headers | mishap.headers, delay=mishap.delay, close=mishap.close
        )

    def _authenticate(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> dict[str, str]:
        if method != "POST":
            _refuse(405, "UnsupportedHTTPMethod")
        if headers.get("x-acs-action") != "SendSms":
            _refuse(404, "InvalidAction.NotFound")
        if headers.get("x-acs-version") != "2017-05-25":
            _refuse(400, "InvalidVersion")
        if "authorization" not in headers:
            _refuse(400, "MissingAccessKeyId")
        signed = self._verify_credential(headers)
        parameters = _read_query(query)
        expected = acs3.sign(method, path, acs3.write_query(parameters), signed, secret=self._secret)
        given = headers["authorization"].rpartition("=")[2]
        digest = hashlib.sha256(body).hexdigest()
        if not hmac.compare_digest(expected, given) or signed["x-acs-content-sha256"] != digest:
            _refuse(400, "SignatureDoesNotMatch")
        self._claim_nonce(headers["x-acs-signature-nonce"], headers["x-acs-date"])
        return parameters

    def _verify_credential(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The signed headers; all that the service defines must be there and signed."""
        match = _AUTHORIZATION.fullmatch(headers["authorization"])
        if match is None:
            _refuse(400, "IncompleteSignature")
        if match[1] != self._key_id:
            _refuse(404, "InvalidAccessKeyId.NotFound")
        names = match[2].split(";")
        must = {name for name in headers if name.startswith("x-acs-")} | {
            "host",
            "x-acs-content-sha256",
            "x-acs-date",
            "x-acs-signature-nonce",
        }
        if names != sorted(set(names)) or not must <= set(names) or not set(names) <= set(headers):
            _refuse(400, "IncompleteSignature")
        return {name: headers[name] for name in names}

    def _claim_nonce(self, nonce: str, date: str) -> None:
        now = self._now()
        try:
            at = datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            _refuse(400, "InvalidTimeStamp.Format")
        if abs(now - at) > TIMESTAMP_SPAN:
            _refuse(400, "InvalidTimeStamp.Expired")
        self._nonces = {n: t for n, t in self._nonces.items() if t > now - 2 * TIMESTAMP_SPAN}
        if nonce in self._nonces:
            _refuse(400, "SignatureNonceUsed")
        self._nonces[nonce] = now

    def _take(self, parameters: Mapping[str, str]) -> Answer:
        for name in _REQUIRED:
            if not parameters.get(name):
                _refuse(400, f"Missing{name}")
        if not parameters.keys() <= _KNOWN:
            _refuse(400, "InvalidParameter")
        if parameters["SignName"] != self._sign_name:
            _refuse(200, "isv.SMS_SIGNATURE_ILLEGAL")
        if parameters["TemplateCode"] != self._template_code:
            _refuse(200, "isv.SMS_TEMPLATE_ILLEGAL")
        phone = _MAINLAND.fullmatch(parameters["PhoneNumbers"])
        if phone is None:
            _refuse(200, "isv.MOBILE_NUMBER_ILLEGAL")
        otp = _read_otp(parameters.get("TemplateParam", ""))
        text = f"【{self._sign_name}】您的验证码为{otp},请勿告诉他人。"
        self._texts.append(SentText(to=f"+86{phone[1]}", text=text, otp=otp, sent_at=self._now()))
        return _write_answer(200, "OK")


def _refuse(status: int, code: str) -> NoReturn:
    raise _RefusedError(status, code)


def _read_query(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict") if query else []
    except ValueError:
        _refuse(400, "InvalidParameter")
    if len({name for name, _ in pairs}) < len(pairs):
        _refuse(400, "InvalidParameter")
    return dict(pairs)


def _read_otp(parameter: str) -> str:
    """The template's one variable, `code`: a text, and short, as templates of passwords have it."""
    try:
        values = msgspec.json.decode(parameter, type=dict[str, str])
    except msgspec.DecodeError:
        _refuse(200, "isv.INVALID_JSON_PARAM")
    if set(values) != {"code"}:
        _refuse(200, "isv.TEMPLATE_MISSING_PARAMETERS")
    if not _OTP.fullmatch(values["code"]):
        _refuse(200, "isv.PARAM_LENGTH_LIMIT")
    return values["code"]


def _write_answer(status: int, code: str) -> Answer:
    body = {"RequestId": str(uuid4()).upper(), "Code": code, "Message": "OK" if code == "OK" else f"Refused: {code}."}
    if code == "OK":
        body["BizId"] = f"{uuid4().int % 10**18}^0"
    return Answer(status, {"content-type": "application/json;charset=utf-8"}, msgspec.json.encode(body))
