"""The bytes of an `SX1:` code: a tagged COSE_Sign1 (RFC 9052) in deterministic CBOR (RFC 8949, section 4.2.1).

Every field has a fixed length, so every code has 131 bytes and 201 characters, and there is one way to write each:

    d2 84                                            COSE_Sign1: tag 18, array of 4
      49  a2 01 26 04 44 <kid 4>                     protected: {1: -7 (ES256), 4: kid}
      a0                                             unprotected: none
      58 32                                          payload, 50 bytes: a CWT claims set (RFC 8392)
        a5 01 62 <issuer 2>                            1: issuer, the province's two digits
           04 1a <expires 4>                           4: expires at, POSIX seconds
           06 1a <issued 4>                            6: issued at
           07 58 18 <handle 16> <nonce 8>              7: token id
           3a 00011170 <kind 1>                        -70001: kind: 1 personal, 2 enterprise, 3 care
      58 40 <r 32> <s 32>                            signature (RFC 9053, section 2.1)
"""

from __future__ import annotations

import struct

from codes.model import CTI_BYTES, KID_BYTES

PAYLOAD = struct.Struct(f">3s2s2sI2sI3s{CTI_BYTES}s5sB")
ISSUER_HEAD, EXPIRES_HEAD, ISSUED_HEAD = b"\xa5\x01\x62", b"\x04\x1a", b"\x06\x1a"
CTI_HEAD, KIND_HEAD = b"\x07\x58\x18", b"\x3a\x00\x01\x11\x70"
HEADS = (ISSUER_HEAD, EXPIRES_HEAD, ISSUED_HEAD, CTI_HEAD, KIND_HEAD)

COSE_HEAD = b"\xd2\x84"
PROTECTED_HEAD = b"\xa2\x01\x26\x04\x44"
PROTECTED_BYTES = len(PROTECTED_HEAD) + KID_BYTES
BEFORE_PROTECTED = COSE_HEAD + bytes([0x40 | PROTECTED_BYTES])
BEFORE_PAYLOAD = b"\xa0\x58" + bytes([PAYLOAD.size])
BEFORE_SIGNATURE = b"\x58\x40"
SIGNATURE_BYTES = 64

PROTECTED_AT = len(BEFORE_PROTECTED)
KID_AT = PROTECTED_AT + len(PROTECTED_HEAD)
PAYLOAD_AT = PROTECTED_AT + PROTECTED_BYTES + len(BEFORE_PAYLOAD)
SIGNATURE_AT = PAYLOAD_AT + PAYLOAD.size + len(BEFORE_SIGNATURE)
CODE_BYTES = SIGNATURE_AT + SIGNATURE_BYTES

SIGNED_HEAD = b"\x84\x6aSignature1" + bytes([0x40 | PROTECTED_BYTES])
SIGNED_MIDDLE = b"\x40\x58" + bytes([PAYLOAD.size])
"""Sig_structure (RFC 9052, section 4.4): "Signature1", protected, no external data, payload."""
