"""Minting an `SX1:` code: one AES block, one signature, and bytes put together as `layout` has them."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from codes import base45, layout
from codes.keys import Epoch
from codes.model import NONCE_BYTES, PREFIX, Kind, MintedCode

_REFRESH = 3, 4
"""A code should be replaced after this part of its life."""


def mint(epoch: Epoch, *, issuer: str, subject_no: int, kind: Kind, now: datetime, lifetime: int = 60) -> MintedCode:
    """A code of `subject_no` (below 2⁶⁴) issued by province `issuer` (two digits), good for `lifetime` seconds."""
    issued = int(now.timestamp())
    payload = layout.PAYLOAD.pack(
        layout.ISSUER_HEAD,
        issuer.encode(),
        layout.EXPIRES_HEAD,
        issued + lifetime,
        layout.ISSUED_HEAD,
        issued,
        layout.CTI_HEAD,
        epoch.handles.seal(subject_no) + os.urandom(NONCE_BYTES),
        layout.KIND_HEAD,
        kind.number,
    )
    protected = layout.PROTECTED_HEAD + epoch.kid
    signature = epoch.sign(layout.SIGNED_HEAD + protected + layout.SIGNED_MIDDLE + payload)
    message = (
        layout.BEFORE_PROTECTED + protected + layout.BEFORE_PAYLOAD + payload + layout.BEFORE_SIGNATURE + signature
    )
    part, whole = _REFRESH
    return MintedCode(
        text=PREFIX + base45.encode(message),
        issued_at=datetime.fromtimestamp(issued, UTC),
        expires_at=datetime.fromtimestamp(issued + lifetime, UTC),
        refresh_after=datetime.fromtimestamp(issued + lifetime * part // whole, UTC),
    )
