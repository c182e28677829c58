"""The bytes of an `SX1:` code: a tagged COSE_Sign1 (RFC 9052) in deterministic CBOR (RFC 8949, section 4.2.1).

Every field has a fixed length, so every code has 131 bytes and 201 characters, and there is one way to write each:

    d2 84                                          COSE_Sign1: tag 18, array of 4
       49 a2 01 26 04 44 <kid 4>                   protected: {1: -7 (ES256), 4: kid}
       a0                                          unprotected: none
       58 32                                       payload, 50 bytes: a CWT claims set (RFC 8392)
          a5 01 62 <issuer 2>                        1: issuer, the province's two digits
             04 1a <expires 4>                       4: expires at, POSIX seconds
             06 1a <issued 4>                        6: issued at
             07 58 18 <handle 16> <nonce 8>          7: token id
             3a 00011170 <kind 1>                    -70001: kind: 1 personal, 2 enterprise, 3 care
       58 40 <r 32> <s 32>                         signature (RFC 9053, section 2.1)
"""

from __future__ import annotations

import struct

from codes.model import CTI_BYTES, KID_BYTES

_SCALAR_BYTES = 32

# What every code has between its fields, in order.
BEFORE_KID = b"\xd2\x84\x49\xa2\x01\x26\x04\x44"
BEFORE_ISSUER = b"\xa0\x58\x32\xa5\x01\x62"
BEFORE_EXPIRES, BEFORE_ISSUED, BEFORE_CTI = b"\x04\x1a", b"\x06\x1a", b"\x07\x58\x18"
BEFORE_KIND = b"\x3a\x00\x01\x11\x70"
BEFORE_SIGNATURE = b"\x58\x40"
BETWEEN = (BEFORE_KID, BEFORE_ISSUER, BEFORE_EXPIRES, BEFORE_ISSUED, BEFORE_CTI, BEFORE_KIND, BEFORE_SIGNATURE)

CODE = struct.Struct(f">8s{KID_BYTES}s6s2s2sI2sI3s{CTI_BYTES}s5sB2s{_SCALAR_BYTES}s{_SCALAR_BYTES}s")
"""A whole code: what is between, and after each its field; the signature's two halves close it."""

_PROTECTED = slice(3, 12)
_PAYLOAD = slice(15, 65)
_SIGNED_HEAD = b"\x84\x6aSignature1\x49"
_SIGNED_MIDDLE = b"\x40\x58\x32"


def signed_part(code: bytes) -> bytes:
    """What the signature is made over, Sig_structure (RFC 9052, section 4.4): protected, no external data, payload."""
    return _SIGNED_HEAD + code[_PROTECTED] + _SIGNED_MIDDLE + code[_PAYLOAD]
