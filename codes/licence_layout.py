"""The bytes of an `SX4:` code, a licence shown in hand: as `SX1:`, with one claim more.

As in `layout`, every field has a fixed length, so every code has 153 bytes and 234 characters, and one encoding:

    d2 84 49 a2 01 26 04 44 <kid 4> a0 58 48       COSE_Sign1, as SX1; payload of 72 bytes
       a6 01 62 <issuer 2> 04 1a <expires 4> 06 1a <issued 4> 07 58 18 <handle 16> <nonce 8>
          3a 00011170 <kind 1>
          3a 00011172 50 <licence 16>                -70003: a handle of its own, of the licence
    58 40 <r 32> <s 32>
"""

from __future__ import annotations

import struct

from codes.layout import (
    BEFORE_CTI,
    BEFORE_EXPIRES,
    BEFORE_ISSUED,
    BEFORE_KID,
    BEFORE_KIND,
    BEFORE_SIGNATURE,
)
from codes.model import CTI_BYTES, HANDLE_BYTES, KID_BYTES

_SCALAR_BYTES = 32
BEFORE_ISSUER = b"\xa0\x58\x48\xa6\x01\x62"
BEFORE_LICENCE = b"\x3a\x00\x01\x11\x72\x50"
LICENCE_BETWEEN = (
    BEFORE_KID, BEFORE_ISSUER, BEFORE_EXPIRES, BEFORE_ISSUED, BEFORE_CTI, BEFORE_KIND, BEFORE_LICENCE, BEFORE_SIGNATURE,
)  # fmt: skip
LICENCE = struct.Struct(
    f">8s{KID_BYTES}s6s2s2sI2sI3s{CTI_BYTES}s5sB6s{HANDLE_BYTES}s2s{_SCALAR_BYTES}s{_SCALAR_BYTES}s"
)
"""What is between, and after each its field; the signature's two halves close it."""

_PROTECTED, _PAYLOAD = slice(2, 12), slice(13, 87)
_SIGNED_HEAD = b"\x84\x6aSignature1"


def licence_signed_part(code: bytes) -> bytes:
    """What the signature is made over, Sig_structure (RFC 9052, section 4.4)."""
    return _SIGNED_HEAD + code[_PROTECTED] + b"\x40" + code[_PAYLOAD]
