"""The key ring of a deployment: a folder of one file a key, which nobody else may read.

code-1a2b3c4d.json …     an epoch each: a signing key, its handle key, its times
signer-1.pem, signer-2.pem   list-signers: private key and certificate
root.pem                 the root's certificate; its key stays offline, but for a development server's root-key.pem
"""

from __future__ import annotations

import re
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
from codes.key_files import locked_folder, read_private, write_private
from codes.keys import CURVE, Epoch, EpochFile, create_epoch, read_private_key, to_pem
from codes.model import (
    LONGEST_CERTIFICATE_SECONDS,
    LONGEST_LIFE_SECONDS,
    LONGEST_PAPER_SECONDS,
    KeyUse,
    VerifiedCode,
)

EPOCH_LIFE = timedelta(days=400)
ROTATION_LEAD = timedelta(days=2)
"""A new key is published for this long before it signs: longer than a list lives, so that whoever holds one in time
knows the key."""
SIGNERS = (1, 2)
_USES = (KeyUse.FEDERATION, KeyUse.LIST, KeyUse.PAPER, KeyUse.CERTIFICATE, KeyUse.CODE)
"""What every ring signs; the codes' key is written last, since its presence says that root and signers are there."""
_OUTLIVING = {use: timedelta(seconds=LONGEST_LIFE_SECONDS) for use in KeyUse} | {
    KeyUse.CERTIFICATE: timedelta(seconds=LONGEST_CERTIFICATE_SECONDS),
    KeyUse.PAPER: timedelta(seconds=LONGEST_PAPER_SECONDS),
}
"""How long what a key signed in its last moment may live: so long it stays on the trust list."""
_EPOCH_NAME = re.compile(rf"({'|'.join(KeyUse)})-[0-9a-f]{{8}}\.json")
ROOT_NAME, ROOT_KEY_NAME = "root.pem", "root-key.pem"


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
        self.epochs = tuple(sorted(epochs, key=lambda epoch: epoch.signs_from, reverse=True))
        self.root = root
        self.signers = tuple(signers)
        self.province = province_of(root)
        self.root_fingerprint = fingerprint_of(root)
        self.is_development = any(epoch.is_development for epoch in epochs)
        self._by_kid = {(epoch.use, epoch.kid): epoch for epoch in epochs}
        self._by_use = {use: tuple(epoch for epoch in self.epochs if epoch.use is use) for use in KeyUse}

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises KeyRingError where the folder has no keys, or a file is damaged or open to others."""
        paths = _epoch_paths(folder)
        if not paths:
            raise KeyRingError(
                "key-ring-missing", f"There are no keys in {folder}: make them with `suixing keys create`."
            )
        epochs = [_read_epoch(path) for path in paths]
        return cls(folder, epochs, _read_root(folder), [_read_signer(folder / signer_name(n)) for n in SIGNERS])

    @property
    def has_root_key(self) -> bool:
        """Whether the root's key lies here still, where production must not leave it."""
        return (self.folder / ROOT_KEY_NAME).exists()

    def current(self, use: KeyUse, now: datetime) -> Epoch:
        """The newest key of this use that signs now."""
        for epoch in self._by_use[use]:
            if epoch.signs_at(now):
                return epoch
        raise KeyRingError("key-ring-ended", f"No {use} key in {self.folder} signs now: `suixing keys rotate`.")

    def published(self, now: datetime) -> list[Epoch]:
        """The keys that the trust list must name: those that sign, those to come, those whose codes may still live."""
        return [epoch for epoch in self.epochs if now - _OUTLIVING[epoch.use] < epoch.not_after]

    def published_kids(self, now: datetime) -> frozenset[bytes]:
        return frozenset(epoch.kid for epoch in self.published(now))

    def current_signer(self, now: datetime) -> ListSigner:
        """A list-signer whose certificate is in time."""
        for signer in self.signers:
            if signer.certificate.not_valid_before_utc <= now < signer.certificate.not_valid_after_utc:
                return signer
        raise KeyRingError("key-ring-ended", "The list-signers' certificates have ended: hold a ceremony at the root.")

    @property
    def good_until(self) -> datetime:
        """When codes, lists or the access log can no longer be signed unless somebody acts before: for an alarm."""
        signers = max(signer.certificate.not_valid_after_utc for signer in self.signers)
        return min(
            signers, *(max(epoch.not_after for epoch in self._by_use[use]) for use in _USES if self._by_use[use])
        )

    def open_handle(self, code: VerifiedCode) -> int:
        """The subject that a code of this deployment was sealed for; another province's would open to nonsense."""
        epoch = self._by_kid.get((code.use, code.kid))
        if code.issuer != self.province:
            raise KeyRingError("key-ring-foreign", "Only the province that issued a code can open its handle.")
        if epoch is None:
            raise KeyRingError("key-ring-ended", "The handle key of this code was destroyed.")
        return epoch.handles.open(code.handle)

    def sign(self, use: KeyUse, message: bytes, now: datetime) -> tuple[bytes, bytes]:
        """The kid of the key that signs now, and its signature."""
        epoch = self.current(use, now)
        return epoch.kid, epoch.sign(message)

    def is_own_signature(self, use: KeyUse, kid: bytes, message: bytes, signature: bytes) -> bool:
        """Whether a key of this ring made the signature, be it past its time by now."""
        epoch = self._by_kid.get((use, kid))
        return epoch is not None and epoch.verifies(message, signature)

    def rotate(self, use: KeyUse, now: datetime, *, lead: timedelta = ROTATION_LEAD) -> Self:
        """Adds the next key of this use: published at once, signing after `lead`; the ring read anew."""
        with locked_folder(self.folder):
            _add_epoch(self.folder, use, now, lead=lead, development=self.is_development)
        return self.load(self.folder)


def create_key_ring(folder: Path, province: str, now: datetime, *, development: bool) -> KeyRing:
    """Makes a deployment's first keys, or those that a ring of an older version lacks; what is there is kept.

    The root's key is written beside them: a production deployment takes it offline before it serves.
    """
    with locked_folder(folder):
        held = {path.stem.rpartition("-")[0] for path in _epoch_paths(folder)}
        if KeyUse.CODE not in held:
            held.clear()
            _create_certificates(folder, province, now)
        for use in _USES:
            if use not in held:
                _add_epoch(folder, use, now, lead=timedelta(0), development=development)
    return KeyRing.load(folder)


def _create_certificates(folder: Path, province: str, now: datetime) -> None:
    root_key, root = create_root(province, now)
    for number in SIGNERS:
        key = ec.generate_private_key(CURVE)
        certificate = certify_signer(root_key, root, key.public_key(), province=province, number=number, now=now)
        write_private(folder / signer_name(number), to_pem(key) + _certificate_pem(certificate))
    write_private(folder / ROOT_KEY_NAME, to_pem(root_key))
    write_private(folder / ROOT_NAME, _certificate_pem(root))


def _add_epoch(folder: Path, use: KeyUse, now: datetime, *, lead: timedelta, development: bool) -> None:
    """Draws again in the rare case that the ring has the kid, so that here a kid does name one key."""
    taken = {path.stem.rpartition("-")[2] for path in _epoch_paths(folder)}
    while True:
        stored = create_epoch(use, now=now, lead=lead, life=EPOCH_LIFE, development=development)
        kid = Epoch(stored).kid.hex()
        if kid not in taken:
            break
    write_private(folder / f"{use}-{kid}.json", msgspec.json.format(msgspec.json.encode(stored)))


def _epoch_paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if _EPOCH_NAME.fullmatch(path.name))


def signer_name(number: int) -> str:
    """The file of a list-signer."""
    return f"signer-{number}.pem"


def _read_epoch(path: Path) -> Epoch:
    try:
        return Epoch(msgspec.json.decode(read_private(path), type=EpochFile))
    except (msgspec.MsgspecError, ValueError, TypeError):
        raise _damaged(path) from None


def _read_root(folder: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(read_private(folder / ROOT_NAME))
    except ValueError:
        raise _damaged(folder / ROOT_NAME) from None


def _read_signer(path: Path) -> ListSigner:
    text = read_private(path)
    try:
        signer = ListSigner(read_private_key(text), x509.load_pem_x509_certificate(text))
        if signer.private_key.public_key() == signer.certificate.public_key():
            return signer
    except (ValueError, TypeError):
        pass
    raise _damaged(path)


def _damaged(path: Path) -> KeyRingError:
    return KeyRingError("key-ring-damaged", f"{path} is damaged: restore it from your backup.")


def _certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
