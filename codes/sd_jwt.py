"""Credentials of which their holder shows a part: SD-JWT (RFC 9901) as an SD-JWT VC (draft-ietf-oauth-sd-jwt-vc).

    <issuer's JWT> ~ <disclosure> ~ … ~ <key binding JWT>

The issuer signs digests; each disclosure, `[salt, name, value]`, says what one of them hides. The holder leaves out
what is not to be seen, and signs verifier, nonce and a hash of the rest by the key that the credential names. One
algorithm (ES256) and one hash (SHA-256), whatever a header says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from codes import base64url

CREDENTIAL_TYPE, BINDING_TYPE = "dc+sd-jwt", "kb+jwt"
DIGESTS, HASH_NAME, ELEMENT = "_sd", "_sd_alg", "..."
SHA_256 = "sha-256"
ALGORITHM_NAME = "ES256"
NEVER_DISCLOSED = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"})
"""What a verifier must see to judge a credential, so that none can be hidden (SD-JWT VC, section 3.2.2.2)."""
PROTOCOL_CLAIMS = NEVER_DISCLOSED | {"iat", HASH_NAME}
"""What is said of the credential, not of whom it is about."""

LONGEST = 256 * 1024
"""Characters of a presentation: a photo is by far the most that one has."""
MOST_DISCLOSURES = 128

_JWT = r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
_FORM = re.compile(rf"({_JWT})~((?:[A-Za-z0-9_-]+~)*)({_JWT})?")


class CredentialStatus(msgspec.Struct, frozen=True):
    """Where a Token Status List says whether a credential was revoked."""

    uri: str
    index: int


class Parts(NamedTuple):
    """A credential taken apart, by its form alone: nothing of it is verified."""

    jwt: str
    disclosures: list[str]
    binding: str | None
    """The key binding JWT, where it was presented by a holder."""

    @property
    def bound(self) -> str:
        """All that the holder signs a hash of: the credential as shown, up to its last tilde."""
        return "~".join((self.jwt, *self.disclosures, ""))


class Jws(msgspec.Struct, frozen=True):
    """A compact JWS taken apart."""

    header: dict[str, Any]
    payload: dict[str, Any]
    signed: bytes
    signature: bytes


def split(text: str) -> Parts:
    """Raises ValueError for what is no SD-JWT, or too long to be looked at."""
    found = _FORM.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise ValueError("not an SD-JWT")
    jwt, disclosures, binding = found.groups()
    parts = disclosures.split("~")[:-1]
    if len(parts) > MOST_DISCLOSURES:
        raise ValueError("too many disclosures")
    return Parts(jwt, parts, binding)


def read_jws(text: str) -> Jws:
    """Raises ValueError for what is none; whether it is to be believed is for whoever has the key."""
    head, body, signature = text.split(".")
    return Jws(_read_object(head), _read_object(body), f"{head}.{body}".encode(), base64url.decode(signature))


def to_signed(header: Mapping[str, object], payload: Mapping[str, object]) -> str:
    """What a compact JWS's signature is made over."""
    return f"{encode_json(header)}.{encode_json(payload)}"


def encode_json(value: object) -> str:
    """JSON in Base64url, as JOSE has it."""
    return base64url.encode(msgspec.json.encode(value))


def digest_of(text: str) -> str:
    """The hash of a disclosure or a presentation, over its text as it stands."""
    return base64url.encode(hashlib.sha256(text.encode()).digest())


def decode_json(text: str) -> Any:
    """Raises ValueError for anything that is no JSON in Base64url, or nested beyond what a reader should follow."""
    try:
        return msgspec.json.decode(base64url.decode(text))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError("not JSON") from error


def _read_object(text: str) -> dict[str, Any]:
    value = decode_json(text)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  what is read is wrong, not its reader
    return value  # pyright: ignore[reportUnknownVariableType]  any JSON object
