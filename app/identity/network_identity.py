"""The network identity authority: 网号 and 网证, by which a person is known without name or ID number.

What the national service answers to a server is told to those whom it has admitted, not to the public. So this is a
small interface of our own over HTTPS, in the terms of the public part (`orgID`, `businessID`, `bizSeq`, the app's
credential; in the answer the 网络身份应用标识 and an age band); docs/proofing.md defines it. The answer is a JWS
(RFC 7515) that the authority signs for this application and this sequence number.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import jwt
import msgspec
import structlog

from app.errors import SettingsError
from app.identity.calling import Line
from app.identity.errors import IdentityNotConfirmedError
from app.identity.model import AgeBand, NetworkIdentity
from app.platforms.errors import ProviderRefusedError

log = structlog.get_logger()

TYPE = "network-identity+jwt"
ALGORITHMS = ["ES256", "EdDSA"]
LONGEST_LIFE_SECONDS = 300
_CLOCK_SKEW_SECONDS = 60
_OK = 200
_NOT_CONFIRMED = {400, 404, 409, 410, 422}


class NetworkIdentityAccess(msgspec.Struct, frozen=True):
    """Where the authority is, as whom to speak to it, and the keys that it signs with."""

    url: str
    secret: str
    organisation: str
    application: str
    keys: Mapping[str, Any]
    """A JWK Set (RFC 7517)."""

    def __repr__(self) -> str:
        """Without the secret, wherever this may be printed."""
        return f"NetworkIdentityAccess({self.url})"


class Verification(msgspec.Struct, frozen=True):
    """What the authority is asked."""

    organisation: str
    application: str
    sequence: str
    credential: str


class _Claims(msgspec.Struct, frozen=True):
    aud: str
    nonce: str
    iat: int
    exp: int
    result: str
    sub: str = ""
    age_band: AgeBand | None = None
    masked_name: str | None = None


def read_keys(path: Path) -> Mapping[str, Any]:
    """The JWK Set in a file; raises SettingsError where there is none."""
    try:
        keys: dict[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        named = [key.key_id for key in jwt.PyJWKSet.from_dict(keys).keys]
    except (OSError, msgspec.DecodeError, jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError):
        named = []
        keys = {}
    if not named or not all(named):
        raise SettingsError(
            f"{path} is not a JWK Set: SUIXING_NETWORK_IDENTITY_KEYS must name one, each key with its kid."
        )
    return keys


class NetworkIdentityAuthority:
    """A client of the authority, holding its connections open."""

    def __init__(self, access: NetworkIdentityAccess, *, timeout: float = 5.0) -> None:
        self.organisation = access.organisation
        self.application = access.application
        self._url = f"{access.url.rstrip('/')}/verifications"
        self._secret = access.secret
        self._keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(dict(access.keys)).keys}
        self._line = Line("network-identity", access.url, timeout=timeout)

    async def close(self) -> None:
        await self._line.close()

    async def verify(self, sequence: str, credential: str, now: datetime) -> NetworkIdentity:
        """Who answered the sequence number; raises IdentityNotConfirmedError where the authority does not vouch."""
        question = Verification(self.organisation, self.application, sequence, credential)
        headers = {"authorization": f"Bearer {self._secret}", "content-type": "application/json"}
        reply = await self._line.post(self._url, headers, msgspec.json.encode(question))
        if reply.status in _NOT_CONFIRMED:
            raise IdentityNotConfirmedError
        if reply.status != _OK:
            log.error("identity.provider-refused", provider="network-identity", code=str(reply.status))
            raise ProviderRefusedError("The identity authority declines this server's request.", code=str(reply.status))
        return self._judge(self._read(reply.body, now), sequence)

    def _read(self, body: bytes, now: datetime) -> _Claims:
        """The claims of a genuine answer of this moment. Whatever is not genuine is the authority's fault, not ours."""
        try:
            token = body.decode("ascii").strip()
            header = jwt.get_unverified_header(token)
            if header.get("typ") != TYPE:
                raise self._line.fail("wrong-type")
            options: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
            read = jwt.decode(token, self._keys[header["kid"]], algorithms=ALGORITHMS, options=options)
            claims = msgspec.convert(read, _Claims)
        except (jwt.PyJWTError, msgspec.ValidationError, UnicodeDecodeError, KeyError, TypeError):
            raise self._line.fail("not-genuine") from None
        moment = now.timestamp()
        fresh = claims.iat - _CLOCK_SKEW_SECONDS <= moment < claims.exp + _CLOCK_SKEW_SECONDS
        if not fresh or claims.exp - claims.iat > LONGEST_LIFE_SECONDS:
            raise self._line.fail("not-fresh")
        return claims

    def _judge(self, claims: _Claims, sequence: str) -> NetworkIdentity:
        if claims.aud != self.application or not hmac.compare_digest(claims.nonce.encode(), sequence.encode()):
            raise self._line.fail("of-another-question")
        if claims.result != "pass":
            raise IdentityNotConfirmedError
        if not claims.sub or claims.age_band is None:
            raise self._line.fail("incomplete")
        return NetworkIdentity(claims.sub, claims.age_band, claims.masked_name)
