"""A strict stand-in of WeChat's server API for one mini-program: it answers as the real one does, and refuses what that
refuses.

https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import msgspec
import qrcode

from app.development.mishaps import Answer, Mishap
from app.development.platform_book import Found, PlatformBook
from app.development.push_mini_programs import TemplateDesk

CODE_LIFE = timedelta(minutes=5)
TOKEN_LIFE = timedelta(seconds=7200)
TOKEN_OVERLAP = timedelta(minutes=5)
FORCED_APART = timedelta(seconds=30)
FORCED_DAILY = 20
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_PAGE = re.compile(r"[0-9A-Za-z_\-]+(/[0-9A-Za-z_\-]+)*")
_JSON = {"content-type": "application/json; encoding=utf-8"}
_WIDTHS = range(280, 1281)


class _RefusedError(Exception):
    """A request that the real service would answer with this errcode."""

    def __init__(self, errcode: int) -> None:
        super().__init__(str(errcode))
        self.errcode = errcode


class WeChatUser(msgspec.Struct, frozen=True):
    """Somebody invented, as this app knows them."""

    open_id: str
    union_id: str
    phone: str


def invent_user(app_id: str, user: str, phone: str | None = None) -> WeChatUser:
    """The same name is always the same person; the phone number is a mainland one, without its country."""
    digest = hashlib.sha256(f"{app_id}\0{user}".encode()).digest()
    union = hashlib.sha256(f"union\0{user}".encode()).digest()
    invented = f"139{int.from_bytes(digest[-8:], 'big') % 10**8:08}"
    return WeChatUser(f"o{_text(digest, 27)}", f"u{_text(union, 27)}", phone or invented)


def _text(digest: bytes, length: int) -> str:
    return base64.urlsafe_b64encode(digest).decode()[:length]


class WeChatStandIn:
    """Framework-free: whoever serves HTTP passes requests to `handle`, by their path below the API's address."""

    def __init__(
        self,
        book: PlatformBook,
        *,
        app_id: str,
        secret: str,
        now: Callable[[], datetime],
        desk: TemplateDesk | None = None,
    ) -> None:
        self._book = book
        self._desk = desk
        self._app_id = app_id
        self._secret = secret
        self._now = now
        self._mishaps: list[tuple[str, Mishap]] = []
        self.asked: list[str] = []

    def create_code(self, user: WeChatUser) -> str:
        """What wx.login would give."""
        return self._create("wechat-code", "0", user)

    def create_phone_code(self, user: WeChatUser) -> str:
        """What the button of getPhoneNumber would give."""
        return self._create("wechat-phone-code", "1", user)

    def fail_next(self, count: int, mishap: Mishap, path: str = "") -> None:
        """Lets the next requests, of a path or of any, meet with a mishap; its code is an errcode."""
        self._mishaps += [(path, mishap)] * count

    def end_tokens(self) -> None:
        """Takes every access token back, as WeChat does when the app's secret is reset."""
        for token in self._book.live("wechat-token", self._seconds()):
            self._book.shorten("wechat-token", token, self._seconds())

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answers a request given by its raw query, and headers by their names in lower case."""
        self.asked.append(path)
        mishap = self._take_mishap(path)
        try:
            if mishap.code is not None:
                raise _RefusedError(int(mishap.code))  # noqa: TRY301  as if the service had found it itself
            answer = self._answer(method, path, _read_query(query), headers, body)
        except _RefusedError as refused:
            answer = _write({"errcode": refused.errcode, "errmsg": f"refused rid: {secrets.token_hex(6)}"})
        return mishap.befall(answer)

    def _take_mishap(self, path: str) -> Mishap:
        for number, (where, mishap) in enumerate(self._mishaps):
            if where in {"", path}:
                del self._mishaps[number]
                return mishap
        return Mishap()

    def _answer(self, method: str, path: str, query: dict[str, str], headers: Mapping[str, str], body: bytes) -> Answer:
        if path == "/sns/jscode2session":
            return self._log_in(method, query)
        calls = {
            "/cgi-bin/stable_token": self._give_token,
            "/wxa/business/getuserphonenumber": self._tell_phone,
            "/wxa/getwxacodeunlimit": self._draw,
            "/cgi-bin/message/subscribe/send": self._send,
        }
        if path not in calls:
            _refuse(40066)
        if method != "POST":
            _refuse(43002)
        if path != "/cgi-bin/stable_token":
            self._check_token(query)
        return calls[path](_read_body(headers, body))

    def _log_in(self, method: str, query: dict[str, str]) -> Answer:
        if method != "GET":
            _refuse(43001)
        self._check_app(query.get("appid"), query.get("secret"))
        if query.get("grant_type") != "authorization_code":
            _refuse(40002)
        if not query.get("js_code"):
            _refuse(41008)
        user = self._use("wechat-code", query["js_code"], {Found.USED: 40163})
        session_key = base64.b64encode(secrets.token_bytes(16)).decode()
        return _write({"session_key": session_key, "openid": user.open_id, "unionid": user.union_id})

    def _give_token(self, asked: dict[str, Any]) -> Answer:
        if asked.get("grant_type") != "client_credential":
            _refuse(40002)
        self._check_app(asked.get("appid"), asked.get("secret"))
        force = asked.get("force_refresh", False)
        if not isinstance(force, bool):
            _refuse(47001)
        now = self._seconds()
        live = self._book.live("wechat-token", now)
        token, overlap = next(reversed(live), None), TOKEN_OVERLAP.total_seconds()
        if token is None or live[token] - now <= overlap or (force and self._may_force(now)):
            if token is not None:
                self._book.shorten("wechat-token", token, now + overlap)
            token = f"{len(live)}_{secrets.token_urlsafe(384)}"  # the documentation asks for room for 512 at least
            live[token] = now + TOKEN_LIFE.total_seconds()
            self._book.put("wechat-token", token, "", expires_at=live[token], now=now)
        return _write({"access_token": token, "expires_in": int(live[token] - now)})

    def _may_force(self, now: float) -> bool:
        """Too soon nothing new is made; too often it is refused."""
        forced = self._book.live("wechat-forced", now)
        if len(forced) >= FORCED_DAILY:
            _refuse(45009)
        day = timedelta(days=1).total_seconds()
        if forced and max(forced.values()) - day + FORCED_APART.total_seconds() > now:
            return False
        self._book.put("wechat-forced", secrets.token_hex(8), "", expires_at=now + day, now=now)
        return True

    def _tell_phone(self, asked: dict[str, Any]) -> Answer:
        code = asked.get("code")
        if not isinstance(code, str) or not code:
            _refuse(41008)
        user = self._use("wechat-phone-code", code, {})
        info = {
            "phoneNumber": user.phone,
            "purePhoneNumber": user.phone,
            "countryCode": "86",
            "watermark": {"timestamp": int(self._seconds()), "appid": self._app_id},
        }
        return _write({"errcode": 0, "errmsg": "ok", "phone_info": info})

    def _draw(self, asked: dict[str, Any]) -> Answer:
        scene, page, width = asked.get("scene"), asked.get("page", "pages/index/index"), asked.get("width", 430)
        if not isinstance(scene, str) or not _SCENE.fullmatch(scene):
            _refuse(40129)
        if not isinstance(page, str) or not _PAGE.fullmatch(page):
            _refuse(41030)
        if not isinstance(width, int) or width not in _WIDTHS:
            _refuse(40097)
        if asked.get("env_version", "release") not in {"release", "trial", "develop"}:
            _refuse(40097)
        picture = io.BytesIO()
        drawn: Any = qrcode.make(f"https://mini-program.invalid/{self._app_id}/{page}?scene={scene}").get_image()
        drawn.convert("RGB").resize((width, width)).save(picture, "JPEG")
        return Answer(200, {"content-type": "image/jpeg"}, picture.getvalue())

    def _send(self, asked: dict[str, Any]) -> Answer:
        errcode = self._desk.take_wechat(asked, self._now) if self._desk else 40037
        if errcode:
            _refuse(errcode)
        return _write({"errcode": 0, "errmsg": "ok", "msgid": secrets.randbelow(10**15)})

    def _check_app(self, app_id: object, secret: object) -> None:
        if not app_id:
            _refuse(41002)
        if app_id != self._app_id:
            _refuse(40013)
        if not isinstance(secret, str) or not secret:
            _refuse(41004)
        if not hmac.compare_digest(secret.encode(), self._secret.encode()):
            _refuse(40125)

    def _check_token(self, query: dict[str, str]) -> None:
        token = query.get("access_token", "")
        if not token:
            _refuse(41001)
        if token in self._book.live("wechat-token", self._seconds()):
            return
        _refuse(42001 if self._book.knows("wechat-token", token) else 40001)

    def _create(self, kind: str, mark: str, user: WeChatUser) -> str:
        code, now = f"{mark}{secrets.token_urlsafe(24)}"[:32], self._seconds()
        expires_at = now + CODE_LIFE.total_seconds()
        self._book.put(kind, code, msgspec.json.encode(user).decode(), expires_at=expires_at, now=now)
        return code

    def _use(self, kind: str, code: str, errcodes: dict[Found, int]) -> WeChatUser:
        found, value = self._book.use(kind, code, self._seconds())
        if found is not Found.GOOD:
            _refuse(errcodes.get(found, 40029))
        return msgspec.json.decode(value, type=WeChatUser)

    def _seconds(self) -> float:
        return self._now().timestamp()


def _refuse(errcode: int) -> NoReturn:
    raise _RefusedError(errcode)


def _read_query(query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    if len({name for name, _ in pairs}) < len(pairs):
        _refuse(40097)
    return dict(pairs)


def _read_body(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    if not headers.get("content-type", "").startswith("application/json"):
        _refuse(47001)
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        _refuse(47001)


def _write(content: dict[str, Any]) -> Answer:
    return Answer(200, _JSON, msgspec.json.encode(content))
