"""A stand-in of the network identity authority: gives credentials to phones, and vouches for each once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from app.development.identity_files import CredentialFile, IdentityFiles
from app.development.identity_register import IdentityRegister
from app.development.mishaps import Answer, Fallible
from app.identity.model import AgeBand
from app.identity.network_identity import TYPE, NetworkIdentityAccess, Verification
from app.people.rules import mask_name
from codes.keys import jwk_of

_LIFE_SECONDS = 120
_CREDENTIAL_SECONDS = 300


class NetworkIdentityStandIn(Fallible):
    """Answers as docs/proofing.md defines it; whoever serves HTTP passes requests to `handle`."""

    def __init__(
        self,
        access: NetworkIdentityAccess,
        files: IdentityFiles,
        register: IdentityRegister,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__()
        self._access = access
        self._files = files
        self._register = register
        self._now = now

    def issue(self, sequence: str, phone: str, age_band: AgeBand | None = None) -> str:
        """What the app on this phone hands over for a sequence number, once its holder has agreed."""
        person = self._register.by_phone(phone)
        credential = secrets.token_urlsafe(32)
        content = CredentialFile(
            sequence=sequence,
            number="W" + hashlib.sha256(f"{self._access.application} {phone}".encode()).hexdigest()[:31].upper(),
            age_band=age_band or self._register.age_band(phone, self._now()),
            masked_name=mask_name(person.name) if person else None,
            issued_at=self._now(),
        )
        self._files.save_credential(credential, content)
        return credential

    def handle(self, method: str, path: str, _query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answers a request given by its raw path, and headers by their names in lower case."""
        mishap = self._take_mishap()
        answer = _refuse(mishap.status, mishap.code) if mishap.code else self._judge(method, path, headers, body)
        return mishap.befall(answer)

    def _judge(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if method != "POST" or not path.endswith("/verifications"):
            return _refuse(404, "not_found")
        given = headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self._access.secret}".encode()):
            return _refuse(401, "invalid_client")
        try:
            asked = msgspec.json.decode(body, type=Verification)
        except msgspec.MsgspecError:
            return _refuse(415, "invalid_request")
        if (asked.organisation, asked.application) != (self._access.organisation, self._access.application):
            return _refuse(403, "unauthorized_client")
        return self._vouch(asked)

    def _vouch(self, asked: Verification) -> Answer:
        held = self._files.take_credential(asked.credential)
        if held is None or held.sequence != asked.sequence:
            return _refuse(400, "invalid_credential")
        if (self._now() - held.issued_at).total_seconds() > _CREDENTIAL_SECONDS:
            return _refuse(400, "expired_credential")
        return Answer(200, {"content-type": "application/jwt"}, self.sign(self._claims(held)))

    def _claims(self, held: CredentialFile) -> dict[str, Any]:
        issued_at = int(self._now().timestamp())
        claims = {
            "iss": "network-identity-stand-in",
            "aud": self._access.application,
            "nonce": held.sequence,
            "iat": issued_at,
            "exp": issued_at + _LIFE_SECONDS,
            "result": "pass",
            "sub": held.number,
            "age_band": held.age_band.value,
        }
        return claims | ({"masked_name": held.masked_name} if held.masked_name else {})

    def sign(self, claims: Mapping[str, Any], *, typ: str = TYPE) -> bytes:
        """A compact JWS (RFC 7515) under the stand-in's key."""
        key = self._files.signing_key(self._now())
        header = {"alg": "ES256", "kid": key.kid.hex(), "typ": typ}
        signed = b".".join(_encode(msgspec.json.encode(part)) for part in (header, claims))
        return signed + b"." + _encode(key.sign(signed))


def public_keys(files: IdentityFiles, now: datetime) -> dict[str, Any]:
    """The JWK Set of the stand-in."""
    key = files.signing_key(now)
    return {"keys": [{**jwk_of(key.public_key), "kid": key.kid.hex(), "alg": "ES256", "use": "sig"}]}


def _encode(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _refuse(status: int, error: str) -> Answer:
    return Answer(status, {"content-type": "application/json"}, msgspec.json.encode({"error": error}))
