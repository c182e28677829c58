"""A new list-signer without its private key ever leaving the servers, nor the root's key its offline folder.

server   request_signer     signer-N.next.pem stays; the request (PKCS #10, RFC 2986) is carried to the root
offline  certify_request    the root's folder signs it; the certificate is carried back
server   accept_certificate joins both into signer-N.pem
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from codes.certifying import certify_signer, is_certified, province_of
from codes.errors import KeyRingError
from codes.key_files import locked_folder, read_private, write_private
from codes.keyring import ROOT_KEY_NAME, ROOT_NAME, SIGNERS, signer_name
from codes.keys import CURVE, read_private_key, to_pem

_NUMBER = re.compile(r"Suixing list signer \d{2}-(\d)")


def request_signer(folder: Path, number: int) -> bytes:
    """Makes a new key for this list-signer, kept beside the one in use, and the request to certify it."""
    if number not in SIGNERS:
        raise KeyRingError("key-ring-damaged", f"There are list-signers {' and '.join(map(str, SIGNERS))} alone.")
    province = province_of(_read_certificate(folder / ROOT_NAME))
    with locked_folder(folder):
        key = ec.generate_private_key(CURVE)
        write_private(_next_path(folder, number), to_pem(key))
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, province),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Suixing list signer {province}-{number}"),
        ]
    )
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM)


def certify_request(root_folder: Path, request: bytes, now: datetime) -> bytes:
    """At the offline root: the certificate for a request of the same province, whose maker holds its key."""
    root = _read_certificate(root_folder / ROOT_NAME)
    root_key = _read_key(root_folder / ROOT_KEY_NAME)
    if root_key.public_key() != root.public_key():
        raise KeyRingError(
            "key-ring-damaged", f"{ROOT_KEY_NAME} and {ROOT_NAME} in {root_folder} do not belong together."
        )
    asked, number = _read_request(request)
    named = asked.subject.get_attributes_for_oid(NameOID.STATE_OR_PROVINCE_NAME)
    province = province_of(root)
    public_key = asked.public_key()
    if [str(one.value) for one in named] != [province] or not isinstance(public_key, ec.EllipticCurvePublicKey):
        raise KeyRingError("key-ring-foreign", f"The request is not of province {province}.")
    certificate = certify_signer(root_key, root, public_key, province=province, number=number, now=now)
    return certificate.public_bytes(serialization.Encoding.PEM)


def accept_certificate(folder: Path, certificate: bytes, now: datetime) -> int:
    """On the server: the new list-signer takes its place; answers which one it is."""
    try:
        made = x509.load_pem_x509_certificate(certificate)
    except ValueError:
        raise KeyRingError("key-ring-damaged", "This is no certificate in PEM.") from None
    if not is_certified(made, _read_certificate(folder / ROOT_NAME), now):
        raise KeyRingError("key-ring-foreign", f"The certificate is not by {ROOT_NAME} in {folder}, or not in time.")
    with locked_folder(folder):
        for number in SIGNERS:
            pending = _next_path(folder, number)
            if pending.exists() and _read_key(pending).public_key() == made.public_key():
                pem = made.public_bytes(serialization.Encoding.PEM)
                write_private(folder / signer_name(number), read_private(pending) + pem)
                pending.unlink()
                return number
    raise KeyRingError("key-ring-foreign", "No request of this folder waits for this certificate.")


def _next_path(folder: Path, number: int) -> Path:
    return folder / f"signer-{number}.next.pem"


def _read_request(request: bytes) -> tuple[x509.CertificateSigningRequest, int]:
    try:
        asked = x509.load_pem_x509_csr(request)
        names = asked.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        found = _NUMBER.fullmatch(str(names[0].value)) if names else None
        if found and int(found[1]) in SIGNERS and asked.is_signature_valid:
            return asked, int(found[1])
    except (ValueError, TypeError):
        pass
    raise KeyRingError("key-ring-damaged", "This is no request of a list-signer.")


def _read_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(read_private(path))
    except ValueError:
        raise KeyRingError("key-ring-damaged", f"{path} is damaged: restore it from your backup.") from None


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        return read_private_key(read_private(path))
    except (ValueError, TypeError):
        raise KeyRingError("key-ring-damaged", f"{path} is damaged: restore it from your backup.") from None
