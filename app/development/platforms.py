"""The stand-ins of both platforms together, for the invented mini-programs of one data folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from app.development import alipay, wechat
from app.development.alipay import AlipayStandIn
from app.development.mini_programs import (
    ALIPAY_APP_ID,
    ALIPAY_PATH,
    WECHAT_APP_ID,
    WECHAT_PATH,
    WECHAT_SECRET,
    read_stand_in_keys,
)
from app.development.mishaps import Answer
from app.development.platform_book import PlatformBook
from app.development.pushing import open_template_desks
from app.development.wechat import WeChatStandIn
from app.platforms.model import Platform
from push.alipay_signing import AlipayKeys

_BOOK = "stand-in-platforms.sqlite"


class MiniProgramCode(msgspec.Struct, frozen=True):
    """What a mini-program of an invented user would have in its hands."""

    platform: Platform
    app_id: str
    code: str
    """For openSession: good once."""
    phone_code: str | None
    """For the phone number, where the platform has such a code: good once."""
    expires_at: datetime


class PlatformStandIns:
    """Framework-free, as the stand-ins themselves; processes of one data folder share what these remember."""

    def __init__(self, data: Path, now: Callable[[], datetime]) -> None:
        book, keys = PlatformBook(data / _BOOK), read_stand_in_keys(data)
        self._now = now
        wechat_desk, alipay_desk = open_template_desks(data)
        self.wechat = WeChatStandIn(book, app_id=WECHAT_APP_ID, secret=WECHAT_SECRET, now=now, desk=wechat_desk)
        self.alipay = AlipayStandIn(
            book,
            app_id=ALIPAY_APP_ID,
            keys=AlipayKeys(keys.alipay_private_key, keys.app_public_key),
            now=now,
            desk=alipay_desk,
        )

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answers a request to one of the platforms, told apart by the beginning of its path."""
        if path.startswith(f"{WECHAT_PATH}/"):
            return self.wechat.handle(method, path.removeprefix(WECHAT_PATH), query, headers, body)
        if path == ALIPAY_PATH:
            return self.alipay.handle(method, path, query, headers, body)
        return Answer(404, {"content-type": "text/plain"}, b"")

    def create_code(self, platform: Platform, user: str, phone: str | None = None) -> MiniProgramCode:
        """A code of the invented user of that name; a phone number is a mainland one without its country."""
        at = self._now()
        if platform == "wechat":
            known = wechat.invent_user(WECHAT_APP_ID, user, phone)
            code, phone_code = self.wechat.create_code(known), self.wechat.create_phone_code(known)
            return MiniProgramCode(platform, WECHAT_APP_ID, code, phone_code, at + wechat.CODE_LIFE)
        code = self.alipay.create_code(alipay.invent_user(ALIPAY_APP_ID, user))
        return MiniProgramCode(platform, ALIPAY_APP_ID, code, None, at + alipay.CODE_LIFE)
