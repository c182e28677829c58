"""Status lists: one bit for each thing that lives long, in a signed and compressed list that scanners hold offline.

Token Status List (draft-ietf-oauth-status-list), as JWT or CWT, of one bit an entry: 0 is good, 1 is revoked. Signed by
the province's key of use `list`, which the trust list names. The reference in a code or licence says list and index.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any

import cbor2
import jwt
import msgspec

from codes import base64url
from codes.errors import StatusListError
from codes.keys import Epoch
from codes.model import ALGORITHM, ES256, EXPIRES, ISSUED, KEY_ID, KeyUse, to_datetime, to_seconds
from codes.plain_cbor import load_plain
from codes.signatures import verifies
from codes.trust import TrustedKey, TrustList

JWT_TYPE = "statuslist+jwt"
CWT_TYPE = "application/statuslist+cwt"
_SUBJECT, _STATUS_LIST, _TIME_TO_LIVE, _TYPE = 2, 65533, 65534, 16
_TAG = 18
_BITS = 1
MOST_ENTRIES = 2**25
"""33 million: 4 MiB of bits. A province has as many lists as it needs."""
_LONGEST = 8 * 2**20


class _Bits(msgspec.Struct, frozen=True):
    bits: Annotated[int, msgspec.Meta(ge=1, le=1)]
    lst: str


class _Claims(msgspec.Struct, frozen=True):
    sub: str
    iat: int
    exp: int
    status_list: _Bits
    ttl: int | None = None


class StatusList(msgspec.Struct, frozen=True):
    """A list that was read and found good. Past `expires_at` it proves nothing; who holds one then says so loudly."""

    uri: str
    issued_at: datetime
    expires_at: datetime
    bits: bytes

    def is_revoked(self, index: int) -> bool:
        """Raises StatusListError for an index beyond the list: a list that is older than what it is asked of."""
        if not 0 <= index < len(self.bits) * 8:
            raise StatusListError("status-list-too-short", "The status list does not reach so far.")
        return bool(self.bits[index >> 3] >> (index & 7) & 1)


def pack_bits(size: int, revoked: Iterable[int]) -> bytes:
    """A list of `size` entries; raises ValueError for an index beyond it."""
    if not 0 < size <= MOST_ENTRIES:
        raise ValueError(f"a status list has 1 to {MOST_ENTRIES} entries")
    bits = bytearray(-(-size // 8))
    for index in revoked:
        if not 0 <= index < size:
            raise ValueError("an index beyond the list")
        bits[index >> 3] |= 1 << (index & 7)
    return bytes(bits)


def sign_status_jwt(epoch: Epoch, *, uri: str, bits: bytes, now: datetime, lifetime: timedelta) -> str:
    """The list as a compact JWS; `uri` is where it is fetched, and what it says of itself."""
    issued = int(to_seconds(now))
    packed = base64url.encode(zlib.compress(bits, 9))
    seconds = int(lifetime.total_seconds())
    claims = _Claims(uri, issued, issued + seconds, _Bits(_BITS, packed), seconds // 2)
    header = {"alg": "ES256", "kid": epoch.kid.hex(), "typ": JWT_TYPE}
    signed = ".".join(base64url.encode(msgspec.json.encode(part)) for part in (header, claims))
    return f"{signed}.{base64url.encode(require_list_key(epoch).sign(signed.encode()))}"


def sign_status_cwt(epoch: Epoch, *, uri: str, bits: bytes, now: datetime, lifetime: timedelta) -> bytes:
    """The list as a tagged COSE_Sign1, a third smaller than the JWT."""
    issued = int(to_seconds(now))
    seconds = int(lifetime.total_seconds())
    claims = {
        _SUBJECT: uri,
        EXPIRES: issued + seconds,
        ISSUED: issued,
        _STATUS_LIST: {"bits": _BITS, "lst": zlib.compress(bits, 9)},
        _TIME_TO_LIVE: seconds // 2,
    }
    protected = cbor2.dumps({ALGORITHM: ES256, KEY_ID: epoch.kid, _TYPE: CWT_TYPE}, canonical=True)
    payload = cbor2.dumps(claims, canonical=True)
    signature = require_list_key(epoch).sign(_signed_part(protected, payload))
    return cbor2.dumps(cbor2.CBORTag(_TAG, [protected, {}, payload, signature]))


def read_status_jwt(
    text: str, trust: TrustList, now: datetime, *, province: str, uri: str, at_least: datetime | None = None
) -> StatusList:
    """Verifies a list of this province and address.

    Raises StatusListError: status-list-malformed, -issuer-unknown, -signature-invalid, -of-another, -expired, or
    -older-than-held where it was issued before `at_least`: what was revoked since would be good again.
    """
    if len(text) > _LONGEST:
        raise StatusListError("status-list-malformed", "The status list is too long.")
    try:
        header: dict[str, Any] = jwt.get_unverified_header(text)
        signed, _, signature = text.rpartition(".")
        kid = bytes.fromhex(header["kid"])
        claims = msgspec.json.decode(base64url.decode(signed.partition(".")[2]), type=_Claims)
        packed, raw = base64url.decode(claims.status_list.lst), base64url.decode(signature)
    except (jwt.PyJWTError, msgspec.MsgspecError, KeyError, ValueError, TypeError, RecursionError):
        raise StatusListError("status-list-malformed", "This is not a status list.") from None
    if (header.get("typ"), header.get("alg")) != (JWT_TYPE, "ES256"):
        raise StatusListError("status-list-malformed", "This is not a status list signed by ES256.")
    require_list_signature(trust, province, kid, claims.iat, signed.encode(), raw)
    require_not_older(claims.iat, at_least)
    return _accept(claims.sub, claims.iat, claims.exp, packed, uri=uri, now=now)


def read_status_cwt(
    encoded: bytes, trust: TrustList, now: datetime, *, province: str, uri: str, at_least: datetime | None = None
) -> StatusList:
    """As `read_status_jwt`."""
    if len(encoded) > _LONGEST:
        raise StatusListError("status-list-malformed", "The status list is too long.")
    try:
        message: Any = load_plain(encoded)
        protected, _, payload, signature = message.value
        header: Any = load_plain(protected)
        claims: Any = load_plain(payload)
        held = claims[_STATUS_LIST]
        kid, uri_of_it, issued, expires = header[KEY_ID], claims[_SUBJECT], claims[ISSUED], claims[EXPIRES]
        packed = held["lst"]
        kinds: tuple[object, ...] = tuple(map(type, (kid, uri_of_it, issued, expires, packed, signature)))
        is_ours = (message.tag, header[ALGORITHM], header[_TYPE], held["bits"]) == (_TAG, ES256, CWT_TYPE, _BITS)
    except Exception:  # noqa: BLE001  hostile CBOR may fail in any way; all of them mean the same
        raise StatusListError("status-list-malformed", "This is not a status list.") from None
    if not is_ours or kinds != (bytes, str, int, int, bytes, bytes):
        raise StatusListError("status-list-malformed", "This is not a status list signed by ES256.")
    require_list_signature(trust, province, kid, issued, _signed_part(protected, payload), signature)
    require_not_older(issued, at_least)
    return _accept(uri_of_it, issued, expires, packed, uri=uri, now=now)


def require_list_signature(
    trust: TrustList, province: str, kid: bytes, issued: int, signed: bytes, signature: bytes
) -> None:
    """Raises StatusListError unless a key of the province that signs lists, and did then, made the signature."""
    keys = [key for key in trust.find(KeyUse.LIST, kid) if _may_sign(key, province, issued)]
    if not keys:
        raise StatusListError("status-list-issuer-unknown", "No trusted key for lists of this province and time.")
    if not any(verifies(key.public_key, signed, signature) for key in keys):
        raise StatusListError("status-list-signature-invalid", "The signature does not fit the list.")


def require_not_older(issued: int, at_least: datetime | None) -> None:
    """Raises StatusListError for a list from before the one that is held: somebody kept it to give it again."""
    if at_least is not None and issued < to_seconds(at_least):
        raise StatusListError("status-list-older-than-held", "A newer list was seen before.")


def _may_sign(key: TrustedKey, province: str, issued: int) -> bool:
    return key.province == province and key.not_before <= issued < key.not_after


def _accept(found: str, issued: int, expires: int, packed: bytes, *, uri: str, now: datetime) -> StatusList:
    if found != uri:
        raise StatusListError("status-list-of-another", "This is another list than the one that was asked for.")
    if expires <= to_seconds(now):
        raise StatusListError("status-list-expired", "The status list has ended.")
    unpacking = zlib.decompressobj()
    try:
        bits = unpacking.decompress(packed, MOST_ENTRIES // 8)
    except zlib.error:
        raise StatusListError("status-list-malformed", "The status list cannot be unpacked.") from None
    if not unpacking.eof:
        raise StatusListError("status-list-malformed", "The status list is cut short, or far too long.")
    return StatusList(found, to_datetime(issued), to_datetime(expires), bits)


def require_list_key(epoch: Epoch) -> Epoch:
    """Raises ValueError for a key of another use."""
    if epoch.use is not KeyUse.LIST:
        raise ValueError("not a key that signs lists")
    return epoch


def _signed_part(protected: bytes, payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", protected, b"", payload])
