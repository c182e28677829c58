"""The key ring of a deployment: a folder of one file a key, which nobody else may read.

code-1a2b3c4d.json …     an epoch each: a signing key, its handle key, its times
signer-1.pem, signer-2.pem   list-signers: private key and certificate
root.pem                 the root's certificate; its key stays offline, but for a development server's root-key.pem
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from codes.certifying import certify_signer, create_root, fingerprint_of, province_of
from codes.errors import KeyRingError
from codes.keys import CURVE, Epoch, EpochFile, create_epoch
from codes.model import KeyUse, VerifiedCode

EPOCH_LIFE = timedelta(days=400)
ROTATION_LEAD = timedelta(hours=1)
"""A new key is published for this long before it signs: longer than verifiers hold a list without asking."""
_SIGNERS = (1, 2)
_USES = (KeyUse.CODE, KeyUse.FEDERATION)
_OTHERS = 0o077


class ListSigner(msgspec.Struct, frozen=True):
    """An online key that the root certified to sign trust lists."""

    private_key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


class KeyRing:
    """A deployment's private keys; only this package touches them."""

    def __init__(
        self, folder: Path, epochs: Sequence[Epoch], root: x509.Certificate, signers: Sequence[ListSigner]
    ) -> None:
        self.folder = folder
        self.epochs = tuple(epochs)
        self.root = root
        self.signers = tuple(signers)
        self.province = province_of(root)
        self.root_fingerprint = fingerprint_of(root)
        self.is_development = any(epoch.is_development for epoch in epochs)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises KeyRingError where the folder has no keys, or a file is damaged or open to others."""
        epochs = [Epoch(_read_epoch(path)) for path in sorted(folder.glob("*-*.json"))]
        if not epochs:
            raise KeyRingError(
                "key-ring-missing", f"There are no keys in {folder}: make them with `suixing keys create`."
            )
        try:
            root = x509.load_pem_x509_certificate(_read(folder / "root.pem"))
            signers = [_read_signer(folder / f"signer-{number}.pem") for number in _SIGNERS]
        except ValueError:
            raise KeyRingError("key-ring-damaged", f"The certificates in {folder} are damaged.") from None
        return cls(folder, epochs, root, signers)

    def current(self, use: KeyUse, now: datetime) -> Epoch:
        """The newest key of this use that signs now."""
        found = [epoch for epoch in self.epochs if epoch.use is use and epoch.signs_at(now)]
        if not found:
            raise KeyRingError("key-ring-ended", f"No {use} key in {self.folder} signs now: `suixing keys rotate`.")
        return max(found, key=lambda epoch: epoch.signs_from)

    def published(self, now: datetime) -> list[Epoch]:
        """The keys that the trust list must name: those that sign, those to come, those whose codes may still live."""
        return [epoch for epoch in self.epochs if now < epoch.not_after]

    def published_kids(self, now: datetime) -> frozenset[bytes]:
        return frozenset(epoch.kid for epoch in self.published(now))

    def current_signer(self, now: datetime) -> ListSigner:
        """A list-signer whose certificate is in time."""
        for signer in self.signers:
            if signer.certificate.not_valid_before_utc <= now < signer.certificate.not_valid_after_utc:
                return signer
        raise KeyRingError("key-ring-ended", "The list-signers' certificates have ended: hold a ceremony at the root.")

    def open_handle(self, code: VerifiedCode) -> int:
        """The subject that a code of this deployment was sealed for."""
        for epoch in self.epochs:
            if epoch.kid == code.kid and epoch.use is KeyUse.CODE:
                return epoch.handles.open(code.handle)
        raise KeyRingError("key-ring-ended", "The handle key of this code was destroyed.")

    def sign(self, use: KeyUse, message: bytes, now: datetime) -> tuple[bytes, bytes]:
        """The kid of the key that signs now, and its signature."""
        epoch = self.current(use, now)
        return epoch.kid, epoch.sign(message)

    def is_own_signature(self, use: KeyUse, kid: bytes, message: bytes, signature: bytes) -> bool:
        """Whether a key of this ring made the signature, be it past its time by now."""
        return any(epoch.verifies(message, signature) for epoch in self.epochs if epoch.use is use and epoch.kid == kid)

    def rotate(self, use: KeyUse, now: datetime, *, lead: timedelta = ROTATION_LEAD) -> Self:
        """Adds the next key of this use: published at once, signing after `lead`; the ring read anew."""
        stored = create_epoch(use, now=now, lead=lead, life=EPOCH_LIFE, development=self.is_development)
        _write_epoch(self.folder, stored)
        return self.load(self.folder)


def create_key_ring(folder: Path, province: str, now: datetime, *, development: bool) -> KeyRing:
    """Makes a deployment's first keys; where there are keys already, they are kept and read.

    The root's key is written beside them: a production deployment takes it offline before it serves.
    """
    if not any(folder.glob("*-*.json")):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        root_key, root = create_root(province, now)
        for number in _SIGNERS:
            key = ec.generate_private_key(CURVE)
            certificate = certify_signer(root_key, root, key.public_key(), province=province, number=number, now=now)
            _write(folder / f"signer-{number}.pem", _pem(key) + _certificate_pem(certificate))
        _write(folder / "root-key.pem", _pem(root_key))
        _write(folder / "root.pem", _certificate_pem(root))
        for use in _USES:  # last, since their presence says that all is there
            stored = create_epoch(use, now=now, lead=timedelta(0), life=EPOCH_LIFE, development=development)
            _write_epoch(folder, stored)
    return KeyRing.load(folder)


def _write_epoch(folder: Path, stored: EpochFile) -> None:
    kid = Epoch(stored).kid.hex()
    _write(folder / f"{stored.use}-{kid}.json", msgspec.json.format(msgspec.json.encode(stored)))


def _read_epoch(path: Path) -> EpochFile:
    try:
        return msgspec.json.decode(_read(path), type=EpochFile)
    except msgspec.MsgspecError:
        raise KeyRingError("key-ring-damaged", f"{path} is damaged: restore it from your backup.") from None


def _read_signer(path: Path) -> ListSigner:
    text = _read(path)
    key = serialization.load_pem_private_key(text, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeyRingError("key-ring-damaged", f"{path} holds no P-256 key.")
    return ListSigner(key, x509.load_pem_x509_certificate(text))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_mode & _OTHERS:
            raise KeyRingError(
                "key-ring-exposed", f"{path} can be read by others: `chmod 600` it, and replace the key."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise KeyRingError("key-ring-damaged", f"{path} is missing: restore it from your backup.") from None
    except PermissionError:
        raise KeyRingError("key-ring-damaged", f"{path} cannot be read by this user.") from None


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(path)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
