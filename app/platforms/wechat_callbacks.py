"""What WeChat pushes to a mini-program's server: its signature, and how it is sealed.

https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from app.platforms.bodies import BodyError, read_fields
from app.platforms.errors import CallbackSignatureInvalidError

_BLOCK = 16
_LONGEST_PADDING = 32
_RANDOM = 16
_LENGTH = 4


class WeChatCallbackKeys(msgspec.Struct, frozen=True):
    """What the app's administrator entered beside the callback's address."""

    token: str
    aes_key: str | None = None
    """43 characters in the secure mode; none in the plain one."""

    def __repr__(self) -> str:
        """Without the keys, wherever this may be printed."""
        return "WeChatCallbackKeys()"


class SignedQuery(msgspec.Struct, frozen=True):
    """The query of a push. Of a plain one `signature` counts, of a sealed one `msg_signature`."""

    timestamp: str
    nonce: str
    signature: str = ""
    msg_signature: str = ""


def write_signature(*parts: str) -> str:
    """SHA-1 of the sorted parts joined: WeChat's choice."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def verify_query(keys: WeChatCallbackKeys, query: SignedQuery) -> None:
    """Of the echo that WeChat asks for, and of a plain push, whose body no signature covers."""
    _verify(write_signature(keys.token, query.timestamp, query.nonce), query.signature)


def open_push(keys: WeChatCallbackKeys, app_id: str, query: SignedQuery, body: bytes) -> bytes:
    """What was pushed; where there is a key, only what is sealed under it is taken."""
    if keys.aes_key is None:
        verify_query(keys, query)
        return body
    try:
        encrypted = read_fields(body).get("Encrypt", "")
    except BodyError:
        raise CallbackSignatureInvalidError("What was pushed is not sealed.") from None
    _verify(write_signature(keys.token, query.timestamp, query.nonce, encrypted), query.msg_signature)
    return _open(keys.aes_key, app_id, encrypted)


def _verify(expected: str, given: str) -> None:
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass")):
        raise CallbackSignatureInvalidError("The signature does not fit the token.")


def _open(aes_key: str, app_id: str, encrypted: str) -> bytes:
    """AES-256-CBC with the key's first bytes as its vector: random, length, message, app_id, padding to 32."""
    key = base64.b64decode(f"{aes_key}=")
    try:
        sealed = base64.b64decode(encrypted.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise _not_sealed() from None
    if not sealed or len(sealed) % _BLOCK:
        raise _not_sealed()
    # One answer to all that is wrong from here on; and nothing comes here that does not bear the token's signature.
    decryptor = Cipher(algorithms.AES256(key), modes.CBC(key[:_BLOCK])).decryptor()
    padded = decryptor.update(sealed) + decryptor.finalize()
    padding = padded[-1]
    if not 1 <= padding <= _LONGEST_PADDING or padded[-padding:] != bytes([padding]) * padding:
        raise _not_sealed()
    content = padded[_RANDOM:-padding]
    length = int.from_bytes(content[:_LENGTH], "big")
    message, owner = content[_LENGTH : _LENGTH + length], content[_LENGTH + length :]
    if len(message) < length or owner != app_id.encode():
        raise _not_sealed()
    return message


def _not_sealed() -> CallbackSignatureInvalidError:
    return CallbackSignatureInvalidError("What was pushed is not sealed for this app.")
