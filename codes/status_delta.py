"""What was revoked since a status list that somebody holds: a signed list of places, far smaller than the list.

A bit once set stays set, so the places added are the whole difference. The delta names both lists by the SHA-256 of
their bits: whoever applies it has the newer list bit by bit, or is refused.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import jwt
import msgspec

from codes import base64url
from codes.errors import StatusListError
from codes.keys import Epoch
from codes.model import to_datetime, to_seconds
from codes.status import MOST_ENTRIES, StatusList, require_list_key, require_list_signature, require_not_older
from codes.trust import TrustList

DELTA_TYPE = "suixing-status-delta+jwt"
_LONGEST = 8 * 2**20
_MOST_BYTES = 4
"""A gap between two places of the longest list has no more, of seven bits each."""


class _Claims(msgspec.Struct, frozen=True):
    sub: str
    iat: int
    exp: int
    since: int
    base: str
    digest: str
    places: str


def digest_bits(bits: bytes) -> bytes:
    """What a delta calls a list by."""
    return hashlib.sha256(bits).digest()


def pack_places(places: Iterable[int]) -> bytes:
    """Places in order, each as its distance from the one before (the first from -1), in LEB128, compressed by zlib."""
    packed, last = bytearray(), -1
    for place in sorted(set(places)):
        gap, last = place - last, place
        while gap > 0x7F:  # noqa: PLR2004  seven bits a byte
            packed.append(gap & 0x7F | 0x80)
            gap >>= 7
        packed.append(gap)
    return zlib.compress(bytes(packed), 9)


def unpack_places(packed: bytes, size: int) -> list[int]:
    """The places again; raises ValueError for what `pack_places` would not have written of a list of this size."""
    unpacking = zlib.decompressobj()
    try:
        raw = unpacking.decompress(packed, min(size, MOST_ENTRIES) * _MOST_BYTES + 1)
    except zlib.error as error:
        raise ValueError("not compressed by zlib") from error
    if not unpacking.eof:
        raise ValueError("cut short, or far too long")
    places: list[int] = []
    last, gap, shift = -1, 0, 0
    for byte in raw:
        gap |= (byte & 0x7F) << shift
        shift += 7
        if byte & 0x80:
            continue
        last += gap
        if gap == 0 or last >= size:
            raise ValueError("places out of order, or beyond the list")
        places.append(last)
        gap, shift = 0, 0
    if shift:
        raise ValueError("the last place is cut short")
    return places


def sign_status_delta(
    epoch: Epoch,
    *,
    uri: str,
    since: datetime,
    base_digest: bytes,
    issued_at: datetime,
    expires_at: datetime,
    digest: bytes,
    places: Iterable[int],
) -> str:
    """From the list that was issued at `since` to the one issued at `issued_at`, as a compact JWS."""
    claims = _Claims(
        sub=uri,
        iat=int(to_seconds(issued_at)),
        exp=int(to_seconds(expires_at)),
        since=int(to_seconds(since)),
        base=base64url.encode(base_digest),
        digest=base64url.encode(digest),
        places=base64url.encode(pack_places(places)),
    )
    header = {"alg": "ES256", "kid": epoch.kid.hex(), "typ": DELTA_TYPE}
    signed = ".".join(base64url.encode(msgspec.json.encode(part)) for part in (header, claims))
    return f"{signed}.{base64url.encode(require_list_key(epoch).sign(signed.encode()))}"


def apply_status_delta(text: str, held: StatusList, trust: TrustList, now: datetime, *, province: str) -> StatusList:
    """The newer list, from one that was verified before.

    Raises StatusListError: status-list-malformed, -issuer-unknown, -signature-invalid, -of-another, -older-than-held,
    -expired; and status-delta-of-another where it does not lead on from the list that is held: ask for the whole list
    then.
    """
    header, claims, signed, signature = _parse(text)
    if (header.get("typ"), header.get("alg")) != (DELTA_TYPE, "ES256"):
        raise StatusListError("status-list-malformed", "This is no delta of a status list, signed by ES256.")
    try:
        kid = bytes.fromhex(header["kid"])
    except (KeyError, ValueError, TypeError):
        raise StatusListError("status-list-malformed", "The delta names no key.") from None
    require_list_signature(trust, province, kid, claims.iat, signed, signature)
    if claims.sub != held.uri:
        raise StatusListError("status-list-of-another", "This is the delta of another list.")
    require_not_older(claims.iat, held.issued_at)
    if claims.exp <= to_seconds(now):
        raise StatusListError("status-list-expired", "The status list has ended.")
    if claims.base != base64url.encode(digest_bits(held.bits)):
        raise StatusListError("status-delta-of-another", "The delta does not lead on from the list that is held.")
    bits = _set_bits(held.bits, claims)
    return StatusList(held.uri, to_datetime(claims.iat), to_datetime(claims.exp), bits)


def _parse(text: str) -> tuple[dict[str, Any], _Claims, bytes, bytes]:
    if len(text) > _LONGEST:
        raise StatusListError("status-list-malformed", "The delta is too long.")
    try:
        header: dict[str, Any] = jwt.get_unverified_header(text)
        signed, _, signature = text.rpartition(".")
        claims = msgspec.json.decode(base64url.decode(signed.partition(".")[2]), type=_Claims)
        return header, claims, signed.encode(), base64url.decode(signature)
    except (jwt.PyJWTError, msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        raise StatusListError("status-list-malformed", "This is no delta of a status list.") from None


def _set_bits(held: bytes, claims: _Claims) -> bytes:
    try:
        places = unpack_places(base64url.decode(claims.places), len(held) * 8)
    except ValueError:
        raise StatusListError("status-list-malformed", "The delta's places cannot be read.") from None
    bits = bytearray(held)
    for place in places:
        bits[place >> 3] |= 1 << (place & 7)
    if claims.digest != base64url.encode(digest_bits(bytes(bits))):
        raise StatusListError("status-delta-of-another", "List and delta together are not the newer list.")
    return bytes(bits)
