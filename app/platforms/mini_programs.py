"""The file that SUIXING_MINI_PROGRAMS names: this deployment's apps at WeChat and Alipay, with their secrets."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeAlias, cast

import msgspec

from app.errors import SettingsError
from app.platforms import wechat
from app.platforms.alipay import AlipayApp
from app.platforms.asking import Limits
from app.platforms.registry import Platforms
from app.platforms.wechat import WeChatApp
from app.platforms.wechat_callbacks import WeChatCallbackKeys
from app.setting_files import read_list, read_private, require_distinct
from push import alipay_gateway
from push.alipay_signing import AlipayKeys, SigningKeyError

_AES_KEY_BYTES = 32

_AppId = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z]{8,32}$")]
_Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class WeChatEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="platform", tag="wechat"):
    """A WeChat mini-program; without a callback_token, none of its callbacks is taken."""

    app_id: _AppId
    secret: _Secret
    callback_token: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z]{3,32}$")] | None = None
    callback_aes_key: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z+/]{43}$")] | None = None
    url: str = wechat.URL

    def __repr__(self) -> str:
        """Without the secrets, wherever this may be printed."""
        return f"WeChatEntry({self.app_id})"


class AlipayEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="platform", tag="alipay"):
    """An Alipay mini-program; the keys are PEM, or bare as Alipay's tool writes them, or the private one's path."""

    app_id: _AppId
    private_key: str
    alipay_public_key: str
    url: str = alipay_gateway.URL

    def __repr__(self) -> str:
        """Without the key, wherever this may be printed."""
        return f"AlipayEntry({self.app_id})"


Entry: TypeAlias = WeChatEntry | AlipayEntry


def read_mini_programs(path: Path, *, is_production: bool) -> list[Entry]:
    """Raises SettingsError naming the file, the entry and what is wrong with it, never a secret."""
    listed = read_list(path, of="mini-programs", page="docs/platforms.md", is_production=is_production)
    entries = [_read_entry(path, number, item, is_production=is_production) for number, item in enumerate(listed, 1)]
    require_distinct(path, [entry.app_id for entry in entries])
    return entries


def _read_entry(path: Path, number: int, item: object, *, is_production: bool) -> Entry:
    name = cast("dict[str, Any]", item).get("app_id", "") if isinstance(item, dict) else ""
    where = f"{path}, entry {number}{f' ({name})' if isinstance(name, str) and name.isalnum() else ''}"
    try:
        entry = msgspec.convert(item, WeChatEntry | AlipayEntry)
        if isinstance(entry, WeChatEntry):
            _check_wechat(entry, is_production=is_production)
        else:
            entry = _with_key(entry, path.parent, is_production=is_production)
        _check_url(entry.url, is_production=is_production)
    except (msgspec.ValidationError, SettingsError, SigningKeyError) as error:
        raise SettingsError(f"{where}: {error}.".replace("..", ".")) from None
    return entry


def _check_url(url: str, *, is_production: bool) -> None:
    if not url.startswith(("https://",) if is_production else ("https://", "http://")):
        raise SettingsError("url must begin with https://, or with http:// in development")


def _check_wechat(entry: WeChatEntry, *, is_production: bool) -> None:
    if entry.callback_aes_key is not None:
        if entry.callback_token is None:
            raise SettingsError("callback_aes_key is of no use without callback_token")
        try:
            read = base64.b64decode(f"{entry.callback_aes_key}=", validate=True)
        except binascii.Error:
            read = b""
        if len(read) != _AES_KEY_BYTES:
            raise SettingsError("callback_aes_key is not the 43 characters that WeChat shows")
    elif entry.callback_token is not None and is_production:
        raise SettingsError(
            "callback_aes_key is missing: choose the secure mode at WeChat, for the signature of the plain one does "
            "not cover what is sent"
        )


def _with_key(entry: AlipayEntry, folder: Path, *, is_production: bool) -> AlipayEntry:
    """With the private key itself, where the entry has its path."""
    if "-----BEGIN" not in entry.private_key and entry.private_key.endswith((".pem", ".key", ".txt")):
        path = folder / entry.private_key
        content = read_private(path, is_production=is_production)
        entry = msgspec.structs.replace(entry, private_key=content.decode("ascii", "replace"))
    AlipayKeys(entry.private_key, entry.alipay_public_key)
    return entry


def open_platforms(entries: Sequence[Entry], limits: Limits, now: Callable[[], datetime]) -> Platforms:
    """A client for each app."""
    return Platforms([_open(entry, limits, now) for entry in entries])


def _open(entry: Entry, limits: Limits, now: Callable[[], datetime]) -> WeChatApp | AlipayApp:
    if isinstance(entry, AlipayEntry):
        keys = AlipayKeys(entry.private_key, entry.alipay_public_key)
        return AlipayApp(entry.app_id, keys, now=now, url=entry.url, limits=limits)
    token = entry.callback_token
    keys_of_callbacks = None if token is None else WeChatCallbackKeys(token, entry.callback_aes_key)
    return WeChatApp(entry.app_id, entry.secret, url=entry.url, callback_keys=keys_of_callbacks, limits=limits)
