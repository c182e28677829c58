"""Personal data at rest: sealed under a key of the resident's own, found again by keyed blind indexes.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. A resident's key is wrapped by a master key; erasing a
resident destroys the wrapped key, and with it all that was sealed under it. Blind indexes are HMAC-SHA-256; those of a
later index key are made of those of the key before, so that rotating needs no plain value: what is found under one key
can be looked up under the next.
"""

from __future__ import annotations

import hmac
import os
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.secrets import Secret, Secrets, choose_maker

_NONCE = 12
_NUMBER = struct.Struct(">H")
_DIGEST = 32


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
        return self.seal_bytes(plain.encode(), field)

    def seal_bytes(self, plain: bytes, field: str) -> bytes:
        """The same of UTF-8."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, field.encode())

    def open(self, sealed: bytes, field: str) -> str:
        try:
            return self.open_bytes(sealed, field).decode()
        except UnicodeDecodeError:
            raise UnsealingError(f"a sealed {field} does not open") from None

    def open_bytes(self, sealed: bytes, field: str) -> bytes:
        """The same of what seal_bytes was given."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], field.encode())
        except (InvalidTag, ValueError):
            raise UnsealingError(f"a sealed {field} does not open") from None


class Vault:
    """The deployment's master and index keys, and what is done with them."""

    def __init__(self, secrets: Secrets, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._masters = {secret.number: AESGCM(secret.key) for secret in secrets.master}
        self._master_secrets = secrets.master
        self._chain = sorted(secrets.index, key=lambda secret: secret.number)
        # Keyed once: copying what is keyed costs half of keying it again for each value.
        self._first_index = hmac.new(self._chain[0].key, digestmod="sha256")
        self._clock = clock

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

    @property
    def maker_number(self) -> int:
        """Of the master key under which is sealed now."""
        return choose_maker(self._master_secrets, self._clock()).number

    def index(self, field: str, value: str) -> bytes:
        """The blind index of a value under the oldest index key in use, which every server knows while keys rotate."""
        return self.indexes(field, value)[-1]

    def lasting_index(self, field: str, value: str) -> bytes:
        """The index under the newest key that every server knows: for what bears one index and is not made anew."""
        return self.choose_lasting(self.indexes(field, value))

    def choose_lasting(self, indexes: list[bytes]) -> bytes:
        """Of a value's indexes, newest first, the one that lasting_index answers with."""
        if len(indexes) == 1:
            return indexes[0]
        index = indexes[-1]
        while (following := self.follow_index(index)) is not None:
            index = following
        return index

    def indexes(self, field: str, value: str) -> list[bytes]:
        """Under each index key in use, newest first: what to look for, and what to claim, while index keys rotate."""
        every = self.every_index(field, value)
        if len(every) == 1:
            return every  # a key that is alone is in use
        return [index for index, secret in zip(every, reversed(self._chain), strict=True) if not secret.retired]

    def every_index(self, field: str, value: str) -> list[bytes]:
        """Under retired keys too: for what was hashed once and cannot be hashed anew, such as a PIN."""
        keyed = self._first_index.copy()
        keyed.update(f"{field}\0{value}".encode())
        found = [keyed.digest()]
        if len(self._chain) == 1:
            return found
        for secret in self._chain[1:]:
            found.append(_chain(secret, found[-1]))
        return found[::-1]

    def follow_index(self, index: bytes) -> bytes | None:
        """The same value's index under the next key; None where there is none that every server knows."""
        number, now = self.number_of_index(index), self._clock()
        following = [
            secret
            for secret in self._chain
            if secret.number > number and (secret.makes_from is None or secret.makes_from <= now)
        ]
        return _chain(following[0], index) if following else None

    def number_of_index(self, index: bytes) -> int:
        """Which key an index was made under; those of the first bear no number."""
        return self._chain[0].number if len(index) == _DIGEST else _NUMBER.unpack(index[: _NUMBER.size])[0]

    def is_retired(self, index: bytes) -> bool:
        """Whether nobody looks for it any more."""
        number = self.number_of_index(index)
        return any(secret.retired for secret in self._chain if secret.number == number)

    def _wrap(self, plain: bytes, context: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        maker = self.maker_number
        number = _NUMBER.pack(maker)
        return number + nonce + self._masters[maker].encrypt(nonce, plain, number + context)

    def _unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        number, nonce, sealed = wrapped[:2], wrapped[2 : 2 + _NONCE], wrapped[2 + _NONCE :]
        try:
            return self._masters[_NUMBER.unpack(number)[0]].decrypt(nonce, sealed, number + context)
        except KeyError:
            raise UnsealingError(f"master key {_NUMBER.unpack(number)[0]} is not in the keys folder") from None
        except (InvalidTag, struct.error, ValueError):
            raise UnsealingError("sealed data does not open under its master key") from None


def number_of_master(wrapped: bytes) -> int:
    """Which master key something is sealed under."""
    number: int = _NUMBER.unpack(wrapped[: _NUMBER.size])[0]
    return number


def _chain(secret: Secret, previous: bytes) -> bytes:
    """Bears the key's number, since it is longer than a first key's index and could be of any later one."""
    return _NUMBER.pack(secret.number) + hmac.digest(secret.key, previous, "sha256")
