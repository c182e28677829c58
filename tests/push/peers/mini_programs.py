"""WeChat's and Alipay's messages to users of mini-programs, as strict stand-ins whose answers can be scripted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import msgspec

from app.development.mishaps import Answer
from push.alipay_gateway import BEIJING, FORM
from push.alipay_signing import AlipayKeys, NotSignedError, write_request

_FIELDS = {"touser", "template_id", "page", "miniprogram_state", "lang", "data"}
_JSON = {"content-type": "application/json"}


class WeChatStandIn:
    """subscribeMessage.send: tokens, users and templates that it knows, and one consent for one message."""

    def __init__(self) -> None:
        self.token = "token-1"  # noqa: S105  invented
        self.consents: dict[tuple[str, str], int] = {}
        self.templates: dict[str, tuple[str, ...]] = {}
        self.received: list[dict[str, Any]] = []
        self.scripted: list[Answer] = []

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if self.scripted:
            return self.scripted.pop(0)
        if path != "/cgi-bin/message/subscribe/send":
            return Answer(404, {}, b"")
        if method != "POST" or headers.get("content-type") != "application/json":
            return self._answer(43002)
        if parse_qs(query).get("access_token") != [self.token]:
            return self._answer(40001)
        try:
            told = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.DecodeError:
            return self._answer(47001)
        return self._answer(self._judge(told))

    def _judge(self, told: dict[str, Any]) -> int:
        assert told.keys() <= _FIELDS
        fields = self.templates.get(told["template_id"])
        if fields is None:
            return 40037
        if not any(user == told["touser"] for user, _ in self.consents):
            return 40003
        values = {name: one["value"] for name, one in told["data"].items()}
        if tuple(values) != fields or any(name.startswith("thing") and len(values[name]) > 20 for name in fields):
            return 47003
        if self.consents.get((told["touser"], told["template_id"]), 0) < 1:
            return 43101
        self.consents[told["touser"], told["template_id"]] -= 1
        self.received.append(told)
        return 0

    def _answer(self, errcode: int) -> Answer:
        told: dict[str, Any] = {"errcode": errcode, "errmsg": "ok" if errcode == 0 else f"no rid: {len(self.received)}"}
        if errcode == 0:
            told["msgid"] = 1000 + len(self.received)
        return Answer(200, _JSON, msgspec.json.encode(told))


class AlipayStandIn:
    """alipay.open.app.mini.templatemessage.send: the app's signature verified, the answer signed by Alipay's key."""

    def __init__(self, keys: AlipayKeys, app_id: str, now: datetime) -> None:
        self._keys = keys
        self._app_id = app_id
        self._now = now
        self.received: list[dict[str, Any]] = []
        self.scripted: list[Answer] = []
        self.outcome = ("10000", "")
        self.forges = False

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if self.scripted:
            return self.scripted.pop(0)
        assert (method, path, headers["content-type"]) == ("POST", "/gateway.do", FORM)
        asked = dict(parse_qsl(query, strict_parsing=True)) | dict(parse_qsl(body.decode(), strict_parsing=True))
        return self._write(*self._judge(asked))

    def _judge(self, asked: dict[str, str]) -> tuple[str, str]:
        try:
            self._keys.verify(write_request(asked), asked["sign"])
        except NotSignedError:
            return "40002", "isv.invalid-signature"
        if asked["app_id"] != self._app_id:
            return "40002", "isv.invalid-app-id"
        if asked["method"] != "alipay.open.app.mini.templatemessage.send" or asked["version"] != "1.0":
            return "40002", "isv.invalid-method"
        at = datetime.strptime(asked["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        if abs((at - self._now).total_seconds()) > 900:
            return "40002", "isv.invalid-timestamp"
        told = msgspec.json.decode(asked["biz_content"], type=dict[str, Any])
        data = msgspec.json.decode(told["data"], type=dict[str, dict[str, str]])
        if any(len(one["value"]) > 50 for one in data.values()):
            return "40004", "USER_KEYWORD_LENGTH_ERROR"
        if self.outcome[0] == "10000":
            self.received.append(told)
        return self.outcome

    def _write(self, code: str, sub_code: str) -> Answer:
        node = msgspec.json.encode({"code": code, "msg": "…", **({"sub_code": sub_code} if sub_code else {})})
        signature = self._keys.sign(node + b" " if self.forges else node)
        name = "alipay_open_app_mini_templatemessage_send_response"
        return Answer(200, _JSON, b'{"%s":%s,"sign":"%s"}' % (name.encode(), node, signature.encode()))
