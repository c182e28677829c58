"""A strict stand-in of Alipay's open platform for one mini-program: it answers, signs and refuses as the real one does.

https://opendocs.alipay.com/common/02kkv7 and https://opendocs.alipay.com/common/02km9f
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import msgspec

from app.development.mishaps import Answer, Fallible
from app.development.platform_book import Found, PlatformBook
from app.development.push_mini_programs import TemplateDesk
from push.alipay import METHOD
from push.alipay_gateway import BEIJING
from push.alipay_signing import AlipayKeys, NotSignedError, write_request

CODE_LIFE = timedelta(minutes=5)
TIMESTAMP_SPAN = timedelta(minutes=15)
_PUBLIC = {
    "method": "isv.missing-method",
    "app_id": "isv.missing-app-id",
    "sign_type": "isv.missing-signature-type",
    "sign": "isv.missing-signature",
    "timestamp": "isv.missing-timestamp",
    "version": "isv.missing-version",
}
_FORM = "application/x-www-form-urlencoded"
_MESSAGES = {
    "20000": "Service Currently Unavailable",
    "40001": "Missing Required Arguments",
    "40002": "Invalid Arguments",
    "40004": "Business Failed",
    "40005": "Call Limited",
    "40006": "Insufficient Permissions",
}


class _RefusedError(Exception):
    """A request that the real service would answer with this code and sub_code."""

    def __init__(self, code: str, sub_code: str) -> None:
        super().__init__(sub_code)
        self.code = code
        self.sub_code = sub_code


class AlipayUser(msgspec.Struct, frozen=True):
    """Somebody invented, as this app knows them."""

    open_id: str
    union_id: str


def invent_user(app_id: str, user: str) -> AlipayUser:
    """The same name is always the same person."""
    open_id = hashlib.sha256(f"{app_id}\0{user}".encode()).hexdigest()
    return AlipayUser(open_id[:58], hashlib.sha256(f"union\0{user}".encode()).hexdigest()[:50])


class AlipayStandIn(Fallible):
    """Framework-free: whoever serves HTTP passes requests to `handle`. `keys` are Alipay's side of the app's."""

    def __init__(
        self,
        book: PlatformBook,
        *,
        app_id: str,
        keys: AlipayKeys,
        now: Callable[[], datetime],
        desk: TemplateDesk | None = None,
    ) -> None:
        super().__init__()
        self.keys = keys
        self._desk = desk
        self._book = book
        self._app_id = app_id
        self._now = now

    def create_code(self, user: AlipayUser) -> str:
        """What my.getAuthCode would give."""
        code, now = secrets.token_hex(16), self._now().timestamp()
        expires_at = now + CODE_LIFE.total_seconds()
        self._book.put("alipay-code", code, msgspec.json.encode(user).decode(), expires_at=expires_at, now=now)
        return code

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answers a request given by its raw query, and headers by their names in lower case."""
        mishap = self._take_mishap()
        try:
            asked = self._authenticate(method, path, query, headers, body)
            if mishap.code is not None:
                _refuse(*f"{mishap.code} ".split(" ")[:2])
            answer = self._send(asked) if asked["method"] == METHOD else self._log_in(asked)
        except _RefusedError as refused:
            answer = self._write("error_response", _explain(refused))
        return mishap.befall(answer)

    def _authenticate(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> dict[str, str]:
        if method not in {"GET", "POST"} or not path.endswith("/gateway.do"):
            _refuse("40002", "isv.invalid-method")
        if body and not headers.get("content-type", "").startswith(_FORM):
            _refuse("40002", "isv.invalid-parameter")
        asked = _read(query, body)
        for name, sub_code in _PUBLIC.items():
            if not asked.get(name):
                _refuse("40001", sub_code)
        if asked["app_id"] != self._app_id:
            _refuse("40002", "isv.invalid-app-id")
        fixed = {"version": "1.0", "sign_type": "RSA2", "charset": "utf-8", "format": "json"}
        for name, value in fixed.items():
            if asked.get(name, value).lower() != value.lower():
                _refuse("40002", f"isv.invalid-{name.replace('sign_type', 'signature-type')}")
        self._check_time(asked["timestamp"])
        try:
            self.keys.verify(write_request(asked), asked["sign"])
        except NotSignedError:
            _refuse("40002", "isv.invalid-signature")
        return asked

    def _check_time(self, timestamp: str) -> None:
        try:
            at = datetime.strptime(timestamp, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        except ValueError:
            _refuse("40002", "isv.invalid-timestamp")
        if abs(self._now() - at) > TIMESTAMP_SPAN:
            _refuse("40002", "isv.invalid-timestamp")

    def _log_in(self, asked: dict[str, str]) -> Answer:
        if asked["method"] != "alipay.system.oauth.token":
            _refuse("40002", "isv.invalid-method")
        if asked.get("grant_type") != "authorization_code":
            _refuse("40002", "isv.grant-type-invalid")
        found, value = self._book.use("alipay-code", asked.get("code", ""), self._now().timestamp())
        if found is not Found.GOOD:
            _refuse("40002", "isv.code-invalid")
        user = msgspec.json.decode(value, type=AlipayUser)
        node = {
            "open_id": user.open_id,
            "union_id": user.union_id,
            "access_token": f"authbseB{secrets.token_hex(16)}",
            "auth_start": self._now().astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "expires_in": 1296000,
            "re_expires_in": 2592000,
            "refresh_token": f"authbseB{secrets.token_hex(16)}",
        }
        return self._write("alipay_system_oauth_token_response", node)

    def _send(self, asked: dict[str, str]) -> Answer:
        try:
            content = msgspec.json.decode(asked.get("biz_content", ""), type=dict[str, Any])
        except msgspec.DecodeError:
            _refuse("40002", "isv.invalid-parameter")
        sub_code = self._desk.take_alipay(content, self._now) if self._desk else "TEMPLATE_NOT_FOUND"
        if sub_code:
            _refuse("40002" if sub_code.startswith("isv.") else "40004", sub_code)
        return self._write(f"{METHOD.replace('.', '_')}_response", {"code": "10000", "msg": "Success"})

    def _write(self, name: str, node: dict[str, Any]) -> Answer:
        """Signed over the node as it stands, with the escaped slashes of a writer that is not ours."""
        text = msgspec.json.encode(node).decode().replace("/", "\\/")
        body = f'{{"{name}":{text},"sign":"{self.keys.sign(text.encode())}"}}'
        return Answer(200, {"content-type": "text/html;charset=utf-8"}, body.encode())


def _refuse(code: str, sub_code: str = "") -> NoReturn:
    raise _RefusedError(code, sub_code)


def _read(query: str, body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True) + parse_qsl(body.decode("ascii"), keep_blank_values=True)
    except UnicodeDecodeError:
        _refuse("40002", "isv.invalid-parameter")
    if len({name for name, _ in pairs}) < len(pairs):
        _refuse("40002", "isv.invalid-parameter")
    return dict(pairs)


def _explain(refused: _RefusedError) -> dict[str, str]:
    node = {"code": refused.code, "msg": _MESSAGES.get(refused.code, "Refused")}
    return node | ({"sub_code": refused.sub_code, "sub_msg": "拒绝/refused"} if refused.sub_code else {})
