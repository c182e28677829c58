"""RSA2, Alipay's name for RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2), over sorted parameters.

https://opendocs.alipay.com/common/02mse7
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import textwrap
from collections.abc import Collection, Mapping
from typing import Any

from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidKeyError

_RSA = RSAAlgorithm(RSAAlgorithm.SHA256)
_decode = json.JSONDecoder().raw_decode


class SigningKeyError(ValueError):
    """A key that is no RSA key of 2048 bits or more; the message says which."""


class NotSignedError(Exception):
    """Something does not bear the signature that it should."""


class AlipayKeys:
    """The app's private key, and Alipay's public key for this app; each as PEM or as Alipay's tool writes it, bare."""

    def __init__(self, private_key: str, alipay_public_key: str) -> None:
        self._private_key = _read_key("private_key", private_key, ("PRIVATE KEY", "RSA PRIVATE KEY"))
        self._public_key = _read_key("alipay_public_key", alipay_public_key, ("PUBLIC KEY",))
        if not hasattr(self._private_key, "sign"):
            raise SigningKeyError("private_key is a public key")
        if hasattr(self._public_key, "sign"):
            raise SigningKeyError("alipay_public_key is a private key")

    def sign(self, content: bytes) -> str:
        return base64.b64encode(_RSA.sign(content, self._private_key)).decode()

    def verify(self, content: bytes, signature: str) -> None:
        """Raises NotSignedError where the signature is not the other side's."""
        try:
            raw = base64.b64decode(signature.encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            raise NotSignedError from None
        if not _RSA.verify(content, self._public_key, raw):
            raise NotSignedError


def write_request(parameters: Mapping[str, str]) -> bytes:
    """What is signed of a request: raw values sorted by name, without `sign` and what is empty."""
    return _join({name: value for name, value in parameters.items() if value and name != "sign"}).encode()


def write_notification(parameters: Mapping[str, str], charset: str = "utf-8") -> bytes:
    """What is signed of a notification: everything that came, but `sign` and `sign_type`."""
    signed = {name: value for name, value in parameters.items() if name not in {"sign", "sign_type"}}
    return _join(signed).encode(charset)


def _join(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))


def split_members(text: str) -> dict[str, tuple[str, Any]]:
    """The members of a JSON object, each as the text that was signed and as its value; raises ValueError."""
    found: dict[str, tuple[str, Any]] = {}
    mark, at = _skip(text, 0, "{")
    if text[at : at + 1] == "}":
        mark, at = _skip(text, at, "}")
    while mark != "}":
        name, at = _decode(text, at)
        _, begin = _skip(text, at, ":")
        value, end = _decode(text, begin)
        if not isinstance(name, str) or name in found:
            raise ValueError("a name that is none, or comes twice")
        found[name] = (text[begin:end], value)
        mark, at = _skip(text, end, ",}")
    if at != len(text):
        raise ValueError("something after the object")
    return found


def _skip(text: str, at: int, marks: str) -> tuple[str, int]:
    """Which of the marks stands there, and where what comes after it begins, white space aside."""
    found = re.compile(rf"[ \t\r\n]*([{re.escape(marks)}])[ \t\r\n]*").match(text, at)
    if found is None:
        raise ValueError(f"expected one of {marks}")
    return found[1], found.end()


def _read_key(name: str, text: str, kinds: Collection[str]) -> Any:
    text = text.strip()
    if text.startswith("-----BEGIN "):
        tried = [text]
    else:
        bare = textwrap.fill("".join(text.split()), 64)
        tried = [f"-----BEGIN {kind}-----\n{bare}\n-----END {kind}-----\n" for kind in kinds]
    for pem in tried:
        try:
            key: Any = _RSA.prepare_key(pem)
        except (InvalidKeyError, ValueError, TypeError):
            continue
        if _RSA.check_key_length(key) is not None:
            raise SigningKeyError(f"{name} is shorter than 2048 bits")
        return key
    raise SigningKeyError(f"{name} is no RSA key")
