"""RSA keys for what others have fixed to RSA: codes themselves are signed by ES256 alone."""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_EXPONENT = 65537
_BITS = 2048


def create_rsa_pair() -> tuple[str, str]:
    """A new private key (PKCS #8) and its public key, both PEM."""
    private_key = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_BITS)
    private_pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public_pem = private_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private_pem.decode(), public_pem.decode()
