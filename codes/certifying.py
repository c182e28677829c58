"""A province's offline root, and the online list-signers that it certifies: plain X.509, so that any tool can do it.

The root's SHA-256 fingerprint is what others pin. The subject's ST names the province, by its GB/T 2260 code.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from codes.keys import CURVE, is_p256

ROOT_LIFE = timedelta(days=3650)
SIGNER_LIFE = timedelta(days=400)
SIGNER_OVERLAP = timedelta(days=200)
"""By which each further signer outlives the one before, so that a forgotten ceremony does not end them all at once."""
_BACKDATED = timedelta(minutes=5)
_NOT_CERTIFICATES = (
    InvalidSignature,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.InvalidVersion,
)
"""What checking two certificates may raise, whatever bytes they are."""


def create_root(province: str, now: datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """A root key and its own certificate of it."""
    key = ec.generate_private_key(CURVE)
    name = _name(province, f"Suixing root {province}")
    builder = _builder(name, name, key.public_key(), now, ROOT_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(certifies=True), critical=True)
    return key, builder.sign(key, hashes.SHA256())


def certify_signer(
    root_key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    signer: ec.EllipticCurvePublicKey,
    *,
    province: str,
    number: int,
    now: datetime,
) -> x509.Certificate:
    """What the ceremony at the offline root makes for each list-signer."""
    name = _name(province, f"Suixing list signer {province}-{number}")
    life = SIGNER_LIFE + (number - 1) * SIGNER_OVERLAP
    builder = _builder(name, root.subject, signer, now, life)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(certifies=False), critical=True)
    return builder.sign(root_key, hashes.SHA256())


def is_certified(signer: x509.Certificate, root: x509.Certificate, now: datetime) -> bool:
    """Whether this root certified this signer to sign for the same province, and both are in time."""
    try:
        root.verify_directly_issued_by(root)
        signer.verify_directly_issued_by(root)
        in_time = all(one.not_valid_before_utc <= now <= one.not_valid_after_utc for one in (signer, root))
        province = province_of(root)
        return (
            in_time
            and province != ""
            and province_of(signer) == province
            and _may(root, certify=True)
            and _may(signer, certify=False)
            and is_p256(signer.public_key())
        )
    except _NOT_CERTIFICATES:
        return False


def _may(certificate: x509.Certificate, *, certify: bool) -> bool:
    """Whether its extensions let it do the one thing and not the other."""
    extensions = certificate.extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    authority = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    return authority is certify and usage.key_cert_sign is certify and (certify or usage.digital_signature)


def province_of(certificate: x509.Certificate) -> str:
    """The province that a certificate's subject names, or nothing."""
    found = certificate.subject.get_attributes_for_oid(NameOID.STATE_OR_PROVINCE_NAME)
    return str(found[0].value) if len(found) == 1 else ""


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 over the certificate, in lower-case hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _name(province: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, province),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + life)
    )


def _usage(*, certifies: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certifies,
        key_cert_sign=certifies,
        crl_sign=certifies,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
