"""Pushes as WeChat and Alipay send them to a mini-program's server: signed, and sealed where the app asks for it."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias, cast
from urllib.parse import urlencode

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from push.alipay_signing import AlipayKeys, write_notification

_PAD_TO = 32
BodyFormat: TypeAlias = Literal["json", "xml"]


class WeChatPusher:
    """WeChat's side of an app's callback; without a key it pushes in the plain mode."""

    def __init__(self, app_id: str, token: str, aes_key: str | None) -> None:
        self._app_id = app_id
        self._token = token
        self._key = base64.b64decode(f"{aes_key}=") if aes_key else None

    def sign_echo(self, at: datetime, echo: str) -> dict[str, str]:
        """The query with which WeChat checks an address."""
        return {**self._sign(at), "echostr": echo}

    def push(
        self, fields: Mapping[str, Any], at: datetime, body_format: BodyFormat = "json"
    ) -> tuple[dict[str, str], bytes]:
        """The query and the body of a push."""
        query, content = self._sign(at), write_body(fields, body_format)
        if self._key is None:
            return query, content
        encrypted = self.seal(content)
        signed = _sign(self._token, query["timestamp"], query["nonce"], encrypted)
        outer = {"ToUserName": "gh_0123456789ab", "Encrypt": encrypted}
        return {**query, "encrypt_type": "aes", "msg_signature": signed}, write_body(outer, body_format)

    def seal(self, content: bytes) -> str:
        """AES-256-CBC over random, length, content and app_id, padded to blocks of 32."""
        if self._key is None:
            raise ValueError("a plain callback seals nothing")
        plain = secrets.token_bytes(16) + len(content).to_bytes(4, "big") + content + self._app_id.encode()
        padding = _PAD_TO - len(plain) % _PAD_TO
        encryptor = Cipher(algorithms.AES256(self._key), modes.CBC(self._key[:16])).encryptor()
        sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def _sign(self, at: datetime) -> dict[str, str]:
        timestamp, nonce = str(int(at.timestamp())), str(secrets.randbelow(10**10))
        return {"signature": _sign(self._token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}


def _sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def write_body(fields: Mapping[str, Any], body_format: BodyFormat) -> bytes:
    """JSON, or XML with each text in a CDATA section, as WeChat writes it."""
    if body_format == "json":
        return msgspec.json.encode(fields)
    return f"<xml>{_write_elements(fields)}</xml>".encode()


def _write_elements(fields: Mapping[str, Any]) -> str:
    def write(value: Any) -> str:
        if isinstance(value, Mapping):
            return _write_elements(cast("Mapping[str, Any]", value))
        return str(value) if isinstance(value, int) else f"<![CDATA[{value}]]>"

    return "".join(f"<{name}>{write(value)}</{name}>" for name, value in fields.items())


def write_alipay_push(
    keys: AlipayKeys, app_id: str, msg_method: str, biz_content: Mapping[str, Any], at: datetime, **changes: str
) -> bytes:
    """A push of Alipay's as a form; `keys` are Alipay's side of the app's."""
    form = {
        "notify_id": secrets.token_hex(16),
        "utc_timestamp": str(int(at.timestamp() * 1000)),
        "msg_method": msg_method,
        "app_id": app_id,
        "version": "1.1",
        "biz_content": msgspec.json.encode(biz_content).decode(),
        "sign_type": "RSA2",
        "charset": "UTF-8",
        **changes,
    }
    return urlencode({**form, "sign": keys.sign(write_notification(form))}).encode()
