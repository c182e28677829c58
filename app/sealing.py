"""Personal data at rest: sealed under a key of the resident's own, found again by keyed blind indexes.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. A resident's key is wrapped by a master key; erasing a
resident destroys the wrapped key, and with it all that was sealed under it. Blind indexes are HMAC-SHA-256.
"""

from __future__ import annotations

import hmac
import os
import struct
from collections.abc import Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.secrets import Secret, Secrets

_NONCE = 12
_NUMBER = struct.Struct(">H")


class UnsealingError(Exception):
    """What was sealed cannot be opened: altered, moved to another row, or its key is gone."""


class DataKey:
    """One resident's key, open in memory."""

    __slots__ = ("_cipher", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._cipher = AESGCM(raw)

    def seal(self, plain: str, field: str) -> bytes:
        """Seals one field; `field` is bound in, so that a sealed name cannot be put where a phone stands."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain.encode(), field.encode())

    def open(self, sealed: bytes, field: str) -> str:
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], field.encode()).decode()
        except (InvalidTag, ValueError):
            raise UnsealingError(f"a sealed {field} does not open") from None


class Vault:
    """The deployment's master and index keys, and what is done with them."""

    def __init__(self, secrets: Secrets) -> None:
        self._masters = {secret.number: AESGCM(secret.key) for secret in secrets.master}
        self._master_number = secrets.master[0].number
        self._index_keys: Sequence[Secret] = secrets.index

    def create_data_key(self, owner: UUID) -> tuple[DataKey, bytes]:
        """A new resident's key, and the same wrapped for the database."""
        key = DataKey(os.urandom(32))
        return key, self._wrap(key.raw, owner.bytes)

    def open_data_key(self, wrapped: bytes, owner: UUID) -> DataKey:
        return DataKey(self._unwrap(wrapped, owner.bytes))

    def rewrap(self, wrapped: bytes, owner: UUID) -> bytes:
        """The same key under the newest master, for rotation."""
        return self._wrap(self._unwrap(wrapped, owner.bytes), owner.bytes)

    def seal(self, plain: bytes, context: str) -> bytes:
        """Seals what belongs to no resident yet, such as a one-time password under way to its phone."""
        return self._wrap(plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        return self._unwrap(sealed, context.encode())

    def index(self, field: str, value: str) -> bytes:
        """The blind index of a value under the newest index key."""
        return _index(self._index_keys[0], field, value)

    def indexes(self, field: str, value: str) -> list[bytes]:
        """Under each index key, newest first: what to look for while index keys rotate."""
        return [_index(secret, field, value) for secret in self._index_keys]

    def _wrap(self, plain: bytes, context: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        number = _NUMBER.pack(self._master_number)
        return number + nonce + self._masters[self._master_number].encrypt(nonce, plain, number + context)

    def _unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        number, nonce, sealed = wrapped[:2], wrapped[2 : 2 + _NONCE], wrapped[2 + _NONCE :]
        try:
            return self._masters[_NUMBER.unpack(number)[0]].decrypt(nonce, sealed, number + context)
        except KeyError:
            raise UnsealingError(f"master key {_NUMBER.unpack(number)[0]} is not in the keys folder") from None
        except (InvalidTag, struct.error, ValueError):
            raise UnsealingError("sealed data does not open under its master key") from None


def _index(secret: Secret, field: str, value: str) -> bytes:
    return hmac.digest(secret.key, f"{field}\0{value}".encode(), "sha256")
