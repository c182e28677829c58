"""Trust lists put together by hand, right or wrong: JWS by hand, certificates by `cryptography`."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from tests.vectors.crafting import NOW
from tests.vectors.keys import (
    CERTIFICATE,
    COMING,
    ENDED,
    FEDERATION,
    FOREIGN_TWIN,
    HOME,
    LICENCE,
    OTHER_TWIN,
    PAPER,
    PEER,
    PEER_CERTIFICATE,
    PEER_LICENCE,
    PEER_PAPER,
    ROOT,
    SIGNER,
    TWIN,
    TestKey,
    base64url,
)

YEAR = timedelta(days=365)
SEQUENCE = 7


def make_certificate(
    key: TestKey,
    by: TestKey,
    *,
    ca: bool = False,
    province: str = "31",
    by_province: str = "31",
    begins: datetime = NOW - YEAR,
    ends: datetime = NOW + 9 * YEAR,
    signs: bool | None = None,
) -> x509.Certificate:
    """The same bytes each time; `signs` is whether it may sign lists, which a root may not."""
    serial = int.from_bytes(hashlib.sha256(f"{key.name} by {by.name}".encode()).digest()[:15], "big") | 1 << 119
    digital_signature = not ca if signs is None else signs
    return (
        x509.CertificateBuilder()
        .subject_name(_name(province, key.name))
        .issuer_name(_name(by_province, by.name))
        .public_key(key.private_key.public_key())
        .serial_number(serial)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(_usage(digital_signature=digital_signature, certifies=ca), critical=True)
        .sign(by.private_key, hashes.SHA256(), ecdsa_deterministic=True)
    )


def _name(province: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, province),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(*, digital_signature: bool, certifies: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=certifies,
        crl_sign=certifies,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def make_root() -> x509.Certificate:
    return make_certificate(ROOT, ROOT, ca=True)


def make_chain() -> list[x509.Certificate]:
    return [make_certificate(SIGNER, ROOT), make_root()]


def to_x5c(chain: Sequence[x509.Certificate]) -> list[str]:
    return [base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode() for one in chain]


def fingerprint(certificate: x509.Certificate) -> str:
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


def write_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def make_entry(key: TestKey, use: str = "code", province: str = "31", **changes: Any) -> dict[str, Any]:
    return {
        "province": province,
        "kid": key.kid.hex(),
        "use": use,
        "jwk": key.jwk,
        "not_before": write_time(NOW - timedelta(days=30)),
        "not_after": write_time(NOW + YEAR),
        **changes,
    }


def list_entries() -> list[dict[str, Any]]:
    """Two provinces, other uses, two that share a kid, one that has ended and one to come."""
    return [
        make_entry(HOME),
        make_entry(PEER, province="32"),
        make_entry(FOREIGN_TWIN, province="32"),
        make_entry(PAPER, "paper", not_before=write_time(NOW - timedelta(days=200))),
        make_entry(PEER_PAPER, "paper", "32"),
        make_entry(CERTIFICATE, "certificate"),
        make_entry(PEER_CERTIFICATE, "certificate", "32"),
        make_entry(LICENCE, "licence"),
        make_entry(PEER_LICENCE, "licence", "32"),
        make_entry(FEDERATION, "federation"),
        make_entry(TWIN),
        make_entry(OTHER_TWIN),
        make_entry(ENDED, not_after=write_time(NOW - timedelta(days=1))),
        make_entry(COMING, not_before=write_time(NOW + timedelta(days=1))),
    ]


def make_payload(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    good = {
        "province": "31",
        "sequence": SEQUENCE,
        "issued_at": write_time(NOW - timedelta(hours=1)),
        "expires_at": write_time(NOW + timedelta(days=1)),
        "keys": list_entries(),
    }
    return {**good, **(changes or {})}


def make_list(
    changes: Mapping[str, Any] | None = None,
    *,
    key: TestKey = SIGNER,
    chain: Sequence[x509.Certificate] | None = None,
    header: Mapping[str, Any] | None = None,
    body: bytes | None = None,
) -> str:
    """A compact JWS (RFC 7515, section 7.1): good, unless something is changed."""
    x5c = to_x5c(make_chain() if chain is None else chain)
    head = {"alg": "ES256", "typ": "suixing-trust-list+jwt", "x5c": x5c, **(header or {})}
    content = body if body is not None else write_json(make_payload(changes))
    signed = f"{base64url(write_json(head))}.{base64url(content)}"
    return f"{signed}.{base64url(key.sign(signed.encode()))}"


def write_json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
