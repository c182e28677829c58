"""Minting an `SX1:` code: one AES block, one signature, and bytes put together as `layout` has them."""

from __future__ import annotations

import os
from datetime import datetime

from codes import base45, layout
from codes.handles import RANDOM_BYTES
from codes.keys import Epoch
from codes.model import (
    KIND_NUMBERS,
    LONGEST_LIFE_SECONDS,
    NONCE_BYTES,
    PREFIX,
    KeyUse,
    Kind,
    MintedCode,
    to_datetime,
    to_seconds,
)
from codes.provinces import is_province

_UNSIGNED = bytes(32)


def mint(epoch: Epoch, *, issuer: str, subject_no: int, kind: Kind, now: datetime, lifetime: int = 60) -> MintedCode:
    """A code of `subject_no` (below 2⁶⁴) issued by province `issuer` (two digits), good for `lifetime` seconds.

    Raises ValueError for what no verifier would accept.
    """
    if epoch.use is not KeyUse.CODE or not 0 < lifetime <= LONGEST_LIFE_SECONDS or not is_province(issuer):
        raise ValueError("not a code that verifiers accept: look at key use, issuer and lifetime")
    issued = int(to_seconds(now))
    expires = issued + lifetime
    random = os.urandom(RANDOM_BYTES + NONCE_BYTES)
    cti = epoch.handles.seal(subject_no, random[:RANDOM_BYTES]) + random[RANDOM_BYTES:]
    code = _pack(epoch, issuer.encode("ascii"), expires, issued, cti, KIND_NUMBERS[kind])
    return MintedCode(
        text=PREFIX + base45.encode(code),
        issued_at=to_datetime(issued),
        expires_at=to_datetime(expires),
        refresh_after=to_datetime(issued + lifetime * 3 // 4),
    )


def _pack(epoch: Epoch, issuer: bytes, expires: int, issued: int, cti: bytes, kind: int) -> bytes:
    code = layout.CODE.pack(
        layout.BEFORE_KID,
        epoch.kid,
        layout.BEFORE_ISSUER,
        issuer,
        layout.BEFORE_EXPIRES,
        expires,
        layout.BEFORE_ISSUED,
        issued,
        layout.BEFORE_CTI,
        cti,
        layout.BEFORE_KIND,
        kind,
        layout.BEFORE_SIGNATURE,
        _UNSIGNED,
        _UNSIGNED,
    )
    signature = epoch.sign(layout.signed_part(code))
    return code[: -len(signature)] + signature
