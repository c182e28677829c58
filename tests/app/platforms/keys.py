"""RSA keys for tests, made once a run: an app's, Alipay's, and the same as some SDKs want them."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.development.mini_programs import StandInKeys
from codes.rsa_keys import create_rsa_pair
from push.alipay_signing import AlipayKeys


@cache
def both_sides() -> StandInKeys:
    return StandInKeys(*create_rsa_pair(), *create_rsa_pair())


@cache
def app_keys() -> AlipayKeys:
    """The app's side."""
    return AlipayKeys(both_sides().app_private_key, both_sides().alipay_public_key)


@cache
def alipay_keys() -> AlipayKeys:
    """Alipay's side."""
    return AlipayKeys(both_sides().alipay_private_key, both_sides().app_public_key)


def to_pkcs1(private_key: str) -> str:
    """PEM as PKCS #1 has it, "BEGIN RSA PRIVATE KEY"."""
    key = load_pem_private_key(private_key.encode(), None)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()


def to_bare(pem: str) -> str:
    """As Alipay's tool writes a key: Base64 alone, in one line."""
    return "".join(line for line in pem.splitlines() if not line.startswith("-----"))
