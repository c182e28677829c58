"""Access and refresh tokens.

An access token is a JWT (RFC 7519), HS256, of five minutes at most: it says all that a request needs, so that issuing
a code asks no store. Verified tokens are remembered until they end. A refresh token names its session and generation
under a MAC; the database holds the generation that is good now, so an older one that comes again is known as a copy.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import msgspec

from app.errors import UnauthenticatedError
from app.people.model import Assurance, ResidentCaller, Role
from app.secrets import Secret, choose_maker

_ALGORITHM = "HS256"
_REMEMBERED = 50_000
_REFRESH = struct.Struct(">16s16sI")
_MAC_BYTES = 32


class _Remembered(msgspec.Struct, frozen=True):
    caller: ResidentCaller
    expires: float


class AccessTokens:
    """Makes access tokens and reads them; one a process."""

    def __init__(self, keys: tuple[Secret, ...], issuer: str, lifetime: int) -> None:
        self._keys = {str(secret.number): secret.key for secret in keys}
        self._secrets = keys
        self._issuer = issuer
        self._lifetime = timedelta(seconds=lifetime)
        self._remembered: dict[str, _Remembered] = {}

    def issue(self, caller: ResidentCaller, now: datetime, *, until: datetime | None = None) -> tuple[str, datetime]:
        """A token of the usual life, cut short where its session ends at `until`."""
        expires_at = now.replace(microsecond=0) + self._lifetime
        if until is not None:
            expires_at = min(expires_at, until.replace(microsecond=0))
        claims = {
            "iss": self._issuer,
            "sub": caller.resident_id.hex,
            "sid": caller.session_id.hex,
            "ins": caller.installation_id.hex,
            "sno": str(caller.subject_no),
            "asr": caller.assurance.value,
            "idv": caller.identity_verified,
            "rol": sorted(caller.roles),
            "hld": sorted(caller.held_roles),
            "sfa": caller.second_factor_at and int(caller.second_factor_at.timestamp()),
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        maker = choose_maker(self._secrets, now)
        header = {"kid": str(maker.number), "typ": "at+jwt"}
        return jwt.encode(claims, maker.key, _ALGORITHM, headers=header), expires_at

    def read(self, token: str, now: datetime) -> ResidentCaller:
        """Raises UnauthenticatedError for whatever is not a good token now."""
        moment = now.timestamp()
        held = self._remembered.get(token)
        if held is None:
            held = self._verify(token)
            self._remember(token, held)
        if held.expires <= moment:
            self._remembered.pop(token, None)
            raise UnauthenticatedError("The access token has ended.")
        return held.caller

    def _verify(self, token: str) -> _Remembered:
        try:
            key = self._keys[jwt.get_unverified_header(token)["kid"]]
            options: Any = {"verify_exp": False, "verify_iat": False, "require": ["exp", "iat", "sub", "iss"]}
            claims = jwt.decode(token, key, algorithms=[_ALGORITHM], issuer=self._issuer, options=options)
            # A token of a version before or after this one may lack a claim, or have one of another kind.
            return _Remembered(_read_caller(claims), float(claims["exp"]))
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError):
            raise UnauthenticatedError("The access token is not good.") from None

    def _remember(self, token: str, held: _Remembered) -> None:
        if len(self._remembered) >= _REMEMBERED:
            for oldest in list(self._remembered)[: _REMEMBERED // 10]:
                del self._remembered[oldest]
        self._remembered[token] = held


def _read_caller(claims: dict[str, Any]) -> ResidentCaller:
    return ResidentCaller(
        resident_id=UUID(hex=claims["sub"]),
        session_id=UUID(hex=claims["sid"]),
        installation_id=UUID(hex=claims["ins"]),
        subject_no=int(claims["sno"]),
        assurance=Assurance(claims["asr"]),
        identity_verified=claims["idv"],
        roles=frozenset(Role(role) for role in claims["rol"]),
        held_roles=frozenset(Role(role) for role in claims.get("hld", ())),
        second_factor_at=datetime.fromtimestamp(claims["sfa"], UTC) if claims.get("sfa") else None,
    )


class RefreshClaim(msgspec.Struct, frozen=True):
    """What a genuine refresh token names."""

    resident_id: UUID
    session_id: UUID
    generation: int


def _derive(secret: Secret) -> bytes:
    return hmac.digest(secret.key, b"suixing refresh token", "sha256")


class RefreshTokens:
    """Makes refresh tokens and reads them; whether one is good now, the database says."""

    def __init__(self, keys: tuple[Secret, ...]) -> None:
        self._keys = [_derive(secret) for secret in keys]
        self._secrets = keys

    def issue(self, claim: RefreshClaim, now: datetime) -> str:
        key = _derive(choose_maker(self._secrets, now))
        body = _REFRESH.pack(claim.resident_id.bytes, claim.session_id.bytes, claim.generation)
        return base64.urlsafe_b64encode(body + hmac.digest(key, body, "sha256")).rstrip(b"=").decode()

    def read(self, token: str) -> RefreshClaim:
        """Raises UnauthenticatedError for what this deployment did not make."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise UnauthenticatedError("The refresh token is not good.") from None
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        genuine = any(hmac.compare_digest(mac, hmac.digest(key, body, "sha256")) for key in self._keys)
        if len(body) != _REFRESH.size or not genuine:
            raise UnauthenticatedError("The refresh token is not good.")
        resident, session, generation = _REFRESH.unpack(body)
        return RefreshClaim(UUID(bytes=resident), UUID(bytes=session), generation)
