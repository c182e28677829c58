"""What an annotated copy of a licence (加注件) bears in its QR code, so that whoever is handed one can have it checked.

A tagged COSE_Sign1 (RFC 9052) over CWT claims (RFC 8392), signed by the province's key of use `licence`. Its protected
header names a type of its own (RFC 9596), so that a copy never passes for a licence in hand, nor the other way round:
the signature covers that type. In Base32 (RFC 4648), whose letters a QR code packs tightly and an address may bear.
"""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import Any
from uuid import UUID

import cbor2
import msgspec

from codes.errors import CopyRefusedError
from codes.keyring import KeyRing
from codes.keys import Epoch
from codes.model import ALGORITHM, ES256, EXPIRES, ISSUED, ISSUER, KEY_ID, TOKEN_ID, KeyUse, to_datetime, to_seconds
from codes.plain_cbor import load_plain
from codes.provinces import is_province

COPY_TYPE = "application/suixing-licence-copy+cwt"
LONGEST_COPY_SECONDS = 91 * 86400
"""Ninety days, and what is left of the day on which it is made."""
DIGEST_BYTES = 32
_TYPE = 16
_LICENCE_TYPE, _DIGEST, _REQUESTER, _PURPOSE = -70011, -70012, -70013, -70014
"""Of the private range below -65536 (RFC 8392, section 9.1)."""
_TAG = 18
_ID_BYTES = 16
_LONGEST = 4096
_TEXT = re.compile(r"[A-Z2-7]+")


class CopyClaims(msgspec.Struct, frozen=True):
    """What a copy vouches for: of what kind it is, what is printed, for whom, for what, until when."""

    copy_id: UUID
    licence_type: str
    digest: bytes
    """SHA-256 of what is printed on it, salted: the paper says more than the code does."""
    requester: str
    purpose: str
    issued_at: datetime
    expires_at: datetime

    def __repr__(self) -> str:
        """Without what it is for, wherever this may be printed."""
        return f"CopyClaims({self.copy_id})"


def sign_copy(epoch: Epoch, issuer: str, claims: CopyClaims) -> str:
    """The text of a copy's code; raises ValueError for what no check would take."""
    issued, expires = int(to_seconds(claims.issued_at)), int(to_seconds(claims.expires_at))
    is_short = 0 < expires - issued <= LONGEST_COPY_SECONDS
    if epoch.use is not KeyUse.LICENCE or not is_short or not is_province(issuer) or len(claims.digest) != DIGEST_BYTES:
        raise ValueError("not a copy that is taken: look at key use, issuer, lifetime and digest")
    payload = {
        ISSUER: issuer,
        EXPIRES: expires,
        ISSUED: issued,
        TOKEN_ID: claims.copy_id.bytes,
        _LICENCE_TYPE: claims.licence_type,
        _DIGEST: claims.digest,
        _REQUESTER: claims.requester,
        _PURPOSE: claims.purpose,
    }
    protected = cbor2.dumps({ALGORITHM: ES256, KEY_ID: epoch.kid, _TYPE: COPY_TYPE}, canonical=True)
    said = cbor2.dumps(payload, canonical=True)
    message = cbor2.CBORTag(_TAG, [protected, {}, said, epoch.sign(_signed_part(protected, said))])
    return base64.b32encode(cbor2.dumps(message)).rstrip(b"=").decode()


def read_copy(text: str, ring: KeyRing) -> CopyClaims:
    """What a copy of this deployment's vouches for, be its time over; `text` may be the address that the code reads.

    Raises CopyRefusedError: copy-malformed, copy-issuer-unknown, copy-signature-invalid.
    """
    protected, said, signature = _open(text)
    kid, issuer, claims = _read(protected, said)
    keys = [
        epoch
        for epoch in ring.epochs
        if epoch.use is KeyUse.LICENCE and epoch.kid == kid and kid not in ring.withdrawn_kids
    ]
    if issuer != ring.province or not keys:
        raise CopyRefusedError("copy-issuer-unknown", "This deployment has no key that vouches for the copy.")
    signed = _signed_part(protected, said)
    if not any(epoch.verifies(signed, signature) for epoch in keys):
        raise CopyRefusedError("copy-signature-invalid", "The signature does not fit what the copy says.")
    return claims


def _open(text: str) -> tuple[bytes, bytes, bytes]:
    """Protected header, claims and signature."""
    encoded = text.rpartition("#")[2].strip().upper()
    if len(encoded) > _LONGEST or not _TEXT.fullmatch(encoded):
        raise _malformed()
    try:
        message: Any = load_plain(base64.b32decode(encoded + "=" * (-len(encoded) % 8)))
        protected, unprotected, said, signature = message.value
        kinds: tuple[object, ...] = tuple(map(type, (protected, said, signature)))
        is_one = message.tag == _TAG and unprotected == {}
    except Exception:  # noqa: BLE001  hostile CBOR may fail in any way; all of them mean the same
        raise _malformed() from None
    if not is_one or kinds != (bytes, bytes, bytes):
        raise _malformed()
    return protected, said, signature


def _read(protected: bytes, said: bytes) -> tuple[bytes, str, CopyClaims]:
    """The key that is named, the province that is, and the claims; nothing of it is believed yet."""
    try:
        header: Any = load_plain(protected)
        claims: Any = load_plain(said)
        is_one = (header[ALGORITHM], header[_TYPE]) == (ES256, COPY_TYPE)
        kid, issuer, copy_id = header[KEY_ID], claims[ISSUER], claims[TOKEN_ID]
        words = claims[_LICENCE_TYPE], claims[_REQUESTER], claims[_PURPOSE]
        digest, issued, expires = claims[_DIGEST], claims[ISSUED], claims[EXPIRES]
        kinds: list[object] = [type(one) for one in (kid, issuer, copy_id, digest, issued, expires, *words)]
        if not is_one or kinds != [bytes, str, bytes, bytes, int, int, str, str, str] or len(copy_id) != _ID_BYTES:
            raise ValueError("not the claims of a copy")  # noqa: TRY301  whatever is wrong means the same
        licence_type, requester, purpose = words
        read = CopyClaims(
            UUID(bytes=copy_id), licence_type, digest, requester, purpose, to_datetime(issued), to_datetime(expires)
        )
    except Exception:  # noqa: BLE001  likewise
        raise _malformed() from None
    return kid, issuer, read


def _malformed() -> CopyRefusedError:
    return CopyRefusedError("copy-malformed", "This is not the code of a licence's copy.")


def _signed_part(protected: bytes, payload: bytes) -> bytes:
    """Sig_structure (RFC 9052, section 4.4)."""
    return cbor2.dumps(["Signature1", protected, b"", payload])
