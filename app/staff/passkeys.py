"""Passkeys (Web Authentication, Level 3) by a kept library: where they may be used, and by whom, is said here."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import msgspec
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)

_CHALLENGE_BYTES = 32
_NAME = "随行 Suixing"
_UNREADABLE = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)
"""What the library raises for what a browser would never send."""


class RelyingParty(msgspec.Struct, frozen=True):
    """The site that passkeys are bound to."""

    id: str
    origin: str


class NewPasskey(msgspec.Struct, frozen=True):
    """What is kept of a passkey: nothing secret."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def read_relying_party(url: str) -> RelyingParty:
    """From the address that people open. Browsers bind no passkey to a number: on this machine it is `localhost`."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    with suppress(ValueError):  # it is a name
        host = "localhost" if ipaddress.ip_address(host).is_loopback else host
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in {None, usual} else f":{parts.port}"
    return RelyingParty(id=host, origin=f"{parts.scheme}://{host}{port}")


def ask_to_create(
    party: RelyingParty, *, user: bytes, account: str, known: Sequence[bytes]
) -> tuple[bytes, dict[str, Any]]:
    """A challenge and the options for navigator.credentials.create; an authenticator that is `known` declines."""
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=_NAME,
        user_id=user,
        user_name=account,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(user_verification=UserVerificationRequirement.REQUIRED),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return challenge, msgspec.json.decode(options_to_json(options))


def ask_to_sign(party: RelyingParty, *, known: Sequence[bytes]) -> tuple[bytes, dict[str, Any]]:
    """A challenge and the options for navigator.credentials.get."""
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return challenge, msgspec.json.decode(options_to_json(options))


def read_new_passkey(party: RelyingParty, challenge: bytes, credential: dict[str, Any]) -> NewPasskey | None:
    """The passkey that answers the challenge here, its user verified; None for anything else."""
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _UNREADABLE:
        return None
    return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count)


def read_signature(
    party: RelyingParty, challenge: bytes, credential: dict[str, Any], *, public_key: bytes, sign_count: int
) -> int | None:
    """The passkey's next count; None where it did not sign the challenge here, or counted backwards as a copy does."""
    try:
        signed = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except _UNREADABLE:
        return None
    return signed.new_sign_count


def read_credential_id(credential: dict[str, Any]) -> bytes | None:
    """Which passkey says that it signed."""
    try:
        return base64url_to_bytes(credential["id"])
    except _UNREADABLE:
        return None
