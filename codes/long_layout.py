"""The bytes of codes that live long: on paper (`SX3:`), and made by a phone (`SX2:`) under a certificate.

As in `layout`, every field has a fixed length and every code one encoding. A paper code, 142 bytes and 217 characters:

    d2 84 49 a2 01 26 04 44 <kid 4> a0 58 3d       COSE_Sign1, as SX1; payload of 61 bytes
       a5 01 62 <issuer 2> 04 1a <expires 4> 06 1a <issued 4> 07 58 18 <handle 16> <nonce 8>
          3a 00011171 83 <kind 1>                    -70002: [kind,
                      1a <list 4> 1a <index 4>          status list, index in it]
    58 40 <r 32> <s 32>

A certificate, 178 bytes: a CWT whose `cnf` (RFC 8747) is the phone's P-256 key, its y as a sign (RFC 9053, 7.1.1):

    d2 84 49 a2 01 26 04 44 <kid 4> a0 58 61       payload of 97 bytes
       a6 01 62 <issuer 2> 04 1a <expires 4> 06 1a <issued 4> 07 50 <handle 16>
          08 a1 01 a4 01 02 20 01 21 58 20 <x 32> 22 <y: f4 even, f5 odd>
          3a 00011171 83 <kind 1> 1a <list 4> 1a <index 4>
    58 40 <r 32> <s 32>

A code made by a phone, 271 bytes and 411 characters; the certificate stands in its header as `kcwt` (RFC 9528):

    d2 84
       58 b6 a2 01 26 0d <certificate 178>           protected: {1: -7 (ES256), 13: certificate}
       a0
       51 a2 06 1a <made 4> 07 48 <nonce 8>          payload: when the phone made it, and a nonce
       58 40 <r 32> <s 32>                           by the certified key
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from codes.model import CTI_BYTES, HANDLE_BYTES, KID_BYTES, NONCE_BYTES

_SCALAR_BYTES = 32
BEFORE_KID = b"\xd2\x84\x49\xa2\x01\x26\x04\x44"
BEFORE_EXPIRES, BEFORE_ISSUED = b"\x04\x1a", b"\x06\x1a"
BEFORE_KIND, BEFORE_NUMBER = b"\x3a\x00\x01\x11\x71\x83", b"\x1a"
BEFORE_SIGNATURE = b"\x58\x40"

BEFORE_PAPER_ISSUER, BEFORE_CTI = b"\xa0\x58\x3d\xa5\x01\x62", b"\x07\x58\x18"
PAPER_BETWEEN = (
    BEFORE_KID, BEFORE_PAPER_ISSUER, BEFORE_EXPIRES, BEFORE_ISSUED, BEFORE_CTI, BEFORE_KIND, BEFORE_NUMBER,
    BEFORE_NUMBER, BEFORE_SIGNATURE,
)  # fmt: skip
PAPER = struct.Struct(
    f">8s{KID_BYTES}s6s2s2sI2sI3s{CTI_BYTES}s6sBsIsI2s{_SCALAR_BYTES}s{_SCALAR_BYTES}s",
)
"""What is between, and after each its field; the signature's two halves close it."""

BEFORE_CERTIFICATE_ISSUER, BEFORE_HANDLE = b"\xa0\x58\x61\xa6\x01\x62", b"\x07\x50"
BEFORE_X, BEFORE_Y = b"\x08\xa1\x01\xa4\x01\x02\x20\x01\x21\x58\x20", b"\x22"
CERTIFICATE_BETWEEN = (
    BEFORE_KID, BEFORE_CERTIFICATE_ISSUER, BEFORE_EXPIRES, BEFORE_ISSUED, BEFORE_HANDLE, BEFORE_X, BEFORE_Y,
    BEFORE_KIND, BEFORE_NUMBER, BEFORE_NUMBER, BEFORE_SIGNATURE,
)  # fmt: skip
CERTIFICATE = struct.Struct(
    f">8s{KID_BYTES}s6s2s2sI2sI2s{HANDLE_BYTES}s11s{_SCALAR_BYTES}s1sB6sBsIsI2s{_SCALAR_BYTES}s{_SCALAR_BYTES}s",
)
Y_EVEN, Y_ODD = 0xF4, 0xF5

BEFORE_CERTIFICATE = b"\xd2\x84\x58\xb6\xa2\x01\x26\x0d"
BEFORE_MADE, BEFORE_NONCE = b"\xa0\x51\xa2\x06\x1a", b"\x07\x48"
PHONE_BETWEEN = (BEFORE_CERTIFICATE, BEFORE_MADE, BEFORE_NONCE, BEFORE_SIGNATURE)
PHONE = struct.Struct(f">8s{CERTIFICATE.size}s5sI2s{NONCE_BYTES}s2s{_SCALAR_BYTES}s{_SCALAR_BYTES}s")

_SIGNED_HEAD = b"\x84\x6aSignature1"
_PROTECTED = slice(2, 12)


def pack_unsigned(form: struct.Struct, between: Sequence[bytes], fields: Sequence[bytes | int]) -> bytes:
    """What is between and the fields in turns; the signature's two halves are still empty."""
    woven = (part for pair in zip(between, fields, strict=False) for part in pair)
    return form.pack(*woven, between[-1], bytes(_SCALAR_BYTES), bytes(_SCALAR_BYTES))


def paper_signed_part(code: bytes) -> bytes:
    """What a paper code's signature is made over, Sig_structure (RFC 9052, section 4.4)."""
    return _SIGNED_HEAD + code[_PROTECTED] + b"\x40" + code[13:76]


def certificate_signed_part(certificate: bytes) -> bytes:
    """What a certificate's signature is made over."""
    return _SIGNED_HEAD + certificate[_PROTECTED] + b"\x40" + certificate[13:112]


def phone_signed_part(code: bytes) -> bytes:
    """What the phone's signature is made over."""
    return _SIGNED_HEAD + code[2:186] + b"\x40" + code[187:205]
