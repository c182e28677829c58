"""A strict stand-in of Alibaba Cloud's SMS service: it answers as the real one does, and refuses what that refuses.

Signature and headers: https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature;
parameters and codes: https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import uuid4

import msgspec

from app.development.acs_door import AcsDoor, AcsRefusedError, refuse
from app.development.mishaps import Answer, Fallible
from app.development.texts import SentText, TextFile

_MAINLAND = re.compile(r"(?:\+|\+86|0086|86)?(1[3-9]\d{9})")
_REQUIRED = ("PhoneNumbers", "SignName", "TemplateCode")
_KNOWN = frozenset({*_REQUIRED, "TemplateParam", "OutId", "SmsUpExtendCode"})
_OTP = re.compile(r"[0-9A-Za-z]{4,6}")


class SmsGatewayStandIn(Fallible):
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
        warning_template_code: str,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__()
        self._texts = texts
        self._door = AcsDoor(
            actions={"SendSms"},
            version="2017-05-25",
            access_key_id=access_key_id,
            access_key_secret=access_key_secret,
            now=now,
        )
        self._sign_name = sign_name
        self._template_code = template_code
        self._warning_template_code = warning_template_code
        self._now = now

    def texts_to(self, phone: str) -> list[SentText]:
        """What a phone (E.164) has been sent, newest first."""
        return self._texts.texts_to(phone)

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answers a request given by its raw path and query, and headers by their names in lower case."""
        mishap = self._take_mishap()
        try:
            parameters = self._door.open(method, path, query, headers, body)
            if mishap.code is not None:
                refuse(mishap.status, mishap.code)
            answer = self._take(parameters)
        except AcsRefusedError as refused:
            answer = _write_answer(refused.status, refused.code)
        return mishap.befall(answer)

    def _take(self, parameters: Mapping[str, str]) -> Answer:
        for name in _REQUIRED:
            if not parameters.get(name):
                refuse(400, f"Missing{name}")
        if not parameters.keys() <= _KNOWN:
            refuse(400, "InvalidParameter")
        if parameters["SignName"] != self._sign_name:
            refuse(200, "isv.SMS_SIGNATURE_ILLEGAL")
        if parameters["TemplateCode"] != self._template_code:
            refuse(200, "isv.SMS_TEMPLATE_ILLEGAL")
        phone = _MAINLAND.fullmatch(parameters["PhoneNumbers"])
        if phone is None:
            refuse(200, "isv.MOBILE_NUMBER_ILLEGAL")
        otp = _read_otp(parameters.get("TemplateParam", ""))
        text = f"【{self._sign_name}】您的验证码为{otp},请勿告诉他人。"
        self._texts.append(SentText(to=f"+86{phone[1]}", text=text, otp=otp, sent_at=self._now()))
        return _write_answer(200, "OK")


def _read_otp(parameter: str) -> str:
    """The template's one variable, `code`: a text, and short, as templates of passwords have it."""
    try:
        values = msgspec.json.decode(parameter, type=dict[str, str])
    except msgspec.DecodeError:
        refuse(200, "isv.INVALID_JSON_PARAM")
    if set(values) != {"code"}:
        refuse(200, "isv.TEMPLATE_MISSING_PARAMETERS")
    if not _OTP.fullmatch(values["code"]):
        refuse(200, "isv.PARAM_LENGTH_LIMIT")
    return values["code"]


def _write_answer(status: int, code: str) -> Answer:
    body = {"RequestId": str(uuid4()).upper(), "Code": code, "Message": "OK" if code == "OK" else f"Refused: {code}."}
    if code == "OK":
        body["BizId"] = f"{uuid4().int % 10**18}^0"
    return Answer(status, {"content-type": "application/json;charset=utf-8"}, msgspec.json.encode(body))
