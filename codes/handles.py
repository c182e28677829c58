"""Handles: a subject's number under the issuer's key, different in each code, and opened by the issuer alone.

One AES-256 block of subject_no (64 bits) and 64 random bits. A single block needs no mode; its randomness makes two
codes of one person share nothing, and opening one tells the subject without any table of codes.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_BYTES = 32
RANDOM_BYTES = 8
_NUMBER_BYTES = 8


class HandleKey:
    """The AES key of one epoch."""

    def __init__(self, key: bytes) -> None:
        cipher = Cipher(algorithms.AES256(key), modes.ECB())  # noqa: S305  exactly one block
        self._encrypt = cipher.encryptor().update
        self._decrypt = cipher.decryptor().update

    def seal(self, subject_no: int, random: bytes) -> bytes:
        """The handle of `subject_no` (below 2⁶⁴) and 8 random bytes, which must be fresh."""
        return self._encrypt(subject_no.to_bytes(_NUMBER_BYTES, "big") + random)

    def open(self, handle: bytes) -> int:
        """The subject that a handle names: any 16 bytes name one, so only a signed handle means something."""
        return int.from_bytes(self._decrypt(handle)[:_NUMBER_BYTES], "big")
