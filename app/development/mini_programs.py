"""The invented mini-programs of a development server, whose platforms are this server's own stand-ins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from app.development.made_once import make_once
from app.platforms.mini_programs import AlipayEntry, Entry, WeChatEntry
from app.settings import Settings
from codes.rsa_keys import create_rsa_pair

WECHAT_PATH = "/v1/development/wechat"
ALIPAY_PATH = "/v1/development/alipay/gateway.do"
WECHAT_APP_ID = "wx0000000000000031"
ALIPAY_APP_ID = "2021000000000031"
WECHAT_SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105  of the stand-in, which production never loads
CALLBACK_TOKEN = "development"  # noqa: S105  likewise
CALLBACK_AES_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
_FILE = "stand-in-keys.json"


class StandInKeys(msgspec.Struct, frozen=True):
    """Both sides of the invented Alipay app's keys, made once for a data folder."""

    app_private_key: str
    app_public_key: str
    alipay_private_key: str
    alipay_public_key: str

    def __repr__(self) -> str:
        """Without the keys, wherever this may be printed."""
        return "StandInKeys()"


def read_stand_in_keys(data: Path) -> StandInKeys:
    """The keys in the data folder; the first process that asks makes them."""
    return make_once(data / _FILE, StandInKeys, lambda: StandInKeys(*create_rsa_pair(), *create_rsa_pair()))


def invent_mini_programs(settings: Settings, url: str | None = None) -> list[Entry]:
    """One app at each platform, as the file of SUIXING_MINI_PROGRAMS would list them; `url` is where stand-ins are."""
    base, keys = url or settings.url, read_stand_in_keys(settings.data)
    return [
        WeChatEntry(
            app_id=WECHAT_APP_ID,
            secret=WECHAT_SECRET,
            callback_token=CALLBACK_TOKEN,
            callback_aes_key=CALLBACK_AES_KEY,
            url=f"{base}{WECHAT_PATH}",
        ),
        AlipayEntry(
            app_id=ALIPAY_APP_ID,
            private_key=keys.app_private_key,
            alipay_public_key=keys.alipay_public_key,
            url=f"{base}{ALIPAY_PATH}",
        ),
    ]


def write_mini_programs(path: Path, entries: Sequence[Entry]) -> None:
    """The file that lists them, for whoever starts a server with stand-ins elsewhere."""
    listed: Any = [msgspec.to_builtins(entry) for entry in entries]
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(listed)))
