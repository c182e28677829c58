"""The key ring of a deployment: a folder of one file a key, which nobody else may read.

code-1a2b3c4d.json …     an epoch each: a signing key, its handle key, its times
withdrawn/               epochs that sign and vouch for nothing more; their handles still open
signer-1.pem, signer-2.pem   list-signers: private key and certificate
root.pem                 the root's certificate; its key stays offline, but for a development server's root-key.pem
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from codes.certifying import certify_signer, create_root, fingerprint_of, province_of
from codes.errors import KeyRingError
from codes.handles import HandleKey
from codes.key_files import locked_folder, look_at, move_private, read_private, shared_folder, write_private
from codes.keys import CURVE, Epoch, EpochFile, create_epoch, read_private_key, to_pem
from codes.model import (
    LONGEST_CERTIFICATE_SECONDS,
    LONGEST_CREDENTIAL_SECONDS,
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
_USES = (KeyUse.FEDERATION, KeyUse.LIST, KeyUse.PAPER, KeyUse.CERTIFICATE, KeyUse.LICENCE, KeyUse.CODE)
"""What every ring signs; the codes' key is written last, since its presence says that root and signers are there."""
_OUTLIVING = {use: timedelta(seconds=LONGEST_LIFE_SECONDS) for use in KeyUse} | {
    KeyUse.CERTIFICATE: timedelta(seconds=LONGEST_CERTIFICATE_SECONDS),
    KeyUse.PAPER: timedelta(seconds=LONGEST_PAPER_SECONDS),
    KeyUse.LICENCE: timedelta(seconds=LONGEST_CREDENTIAL_SECONDS),
}
"""How long what a key signed in its last moment may live: so long it stays on the trust list."""
_EPOCH_NAME = re.compile(rf"({'|'.join(KeyUse)})-[0-9a-f]{{8}}\.json")
ROOT_NAME, ROOT_KEY_NAME, WITHDRAWN = "root.pem", "root-key.pem", "withdrawn"


class ListSigner(msgspec.Struct, frozen=True):
    """An online key that the root certified to sign trust lists."""

    private_key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


class _Content(msgspec.Struct, frozen=True):
    """What a folder holds."""

    epochs: tuple[Epoch, ...]
    withdrawn: tuple[Epoch, ...]
    root: x509.Certificate
    signers: tuple[ListSigner, ...]

    @property
    def is_development(self) -> bool:
        return any(epoch.is_development for epoch in self.epochs)


class _Held:
    """What a ring has at one moment; exchanged as a whole, so that nobody sees half of two."""

    def __init__(self, content: _Content, refused: frozenset[bytes]) -> None:
        self.content = content
        self.refused = refused
        self.province = province_of(content.root)
        self.root_fingerprint = fingerprint_of(content.root)
        self.withdrawn_kids = refused | {epoch.kid for epoch in content.withdrawn}
        newest_first = sorted(content.epochs + content.withdrawn, key=lambda epoch: epoch.signs_from, reverse=True)
        self.epochs = tuple(newest_first)
        self.good = tuple(epoch for epoch in newest_first if epoch.kid not in self.withdrawn_kids)
        self.by_kid = {(epoch.use, epoch.kid): epoch for epoch in newest_first}
        self.by_use = {use: tuple(epoch for epoch in self.good if epoch.use is use) for use in KeyUse}


class KeyRing:
    """A deployment's private keys; only this package touches them. It follows its folder by `catch_up`."""

    def __init__(self, folder: Path, content: _Content, sighting: object = None) -> None:
        self.folder = folder
        self._held = _Held(content, frozenset())
        self._sighting = sighting

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises KeyRingError where the folder has no keys, or a file is damaged or open to others."""
        sighting = _see(folder)
        return cls(folder, _read_folder(folder), sighting)

    def catch_up(self) -> bool:
        """Takes what the folder has by now, and answers whether that is something else. What cannot be read, or is no
        key of this deployment's, is refused with a KeyRingError, and what was held is held.
        """
        sighting = _see(self.folder)
        if sighting == self._sighting:
            return False
        content, held = _read_folder(self.folder), self._held
        if province_of(content.root) != held.province or content.is_development != self.is_development:
            raise KeyRingError("key-ring-foreign", f"{self.folder} has keys of another deployment.")
        self._held, self._sighting = _Held(content, held.refused), sighting
        return True

    def refuse(self, kids: Iterable[bytes]) -> None:
        """Uses keys no more that were withdrawn elsewhere, whatever this folder says of them."""
        held = self._held
        refused = held.refused | frozenset(kids)
        if refused != held.refused:
            self._held = _Held(held.content, refused)

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """Every key that there is or was, the latest to sign first; those that were withdrawn too."""
        return self._held.epochs

    @property
    def kids(self) -> frozenset[bytes]:
        return frozenset(epoch.kid for epoch in self._held.epochs)

    @property
    def withdrawn_kids(self) -> frozenset[bytes]:
        """The keys that were withdrawn: no list names them, and nothing is signed by them, ever again."""
        return self._held.withdrawn_kids

    @property
    def root(self) -> x509.Certificate:
        return self._held.content.root

    @property
    def signers(self) -> tuple[ListSigner, ...]:
        return self._held.content.signers

    @property
    def province(self) -> str:
        return self._held.province

    @property
    def root_fingerprint(self) -> str:
        return self._held.root_fingerprint

    @property
    def is_development(self) -> bool:
        return self._held.content.is_development

    @property
    def has_root_key(self) -> bool:
        """Whether the root's key lies here still, where production must not leave it."""
        return (self.folder / ROOT_KEY_NAME).exists()

    def current(self, use: KeyUse, now: datetime) -> Epoch:
        """The newest key of this use that signs now."""
        for epoch in self._held.by_use[use]:
            if epoch.signs_at(now):
                return epoch
        raise KeyRingError("key-ring-ended", f"No {use} key in {self.folder} signs now: `suixing keys rotate`.")

    def signs(self, use: KeyUse, now: datetime) -> bool:
        """Whether some key of this use signs now."""
        return any(epoch.signs_at(now) for epoch in self._held.by_use[use])

    def is_signer_withdrawn(self, use: KeyUse, now: datetime) -> bool:
        """Whether the newest key that would sign now was withdrawn: another took its place, here or elsewhere."""
        newest = next((epoch for epoch in self.epochs if epoch.use is use and epoch.signs_at(now)), None)
        return newest is not None and newest.kid in self.withdrawn_kids

    def published(self, now: datetime) -> list[Epoch]:
        """The keys that the trust list must name: those that sign, those to come, those whose codes may still live."""
        return [epoch for epoch in self._held.good if is_published(epoch.use, epoch.not_after, now)]

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
        by_use = self._held.by_use
        return min(signers, *(max(epoch.not_after for epoch in by_use[use]) for use in _USES if by_use[use]))

    def open_handle(self, code: VerifiedCode) -> int:
        """The subject that a code of this deployment was sealed for; another province's would open to nonsense."""
        return self._handles_of(code).open(code.handle)

    def open_licence(self, code: VerifiedCode) -> tuple[int, int]:
        """The subject and the licence that a licence in hand was sealed for; ValueError for a code of another form."""
        if code.licence_handle is None:
            raise ValueError("not a code that shows a licence")
        handles = self._handles_of(code)
        return handles.open(code.handle), handles.open(code.licence_handle)

    def _handles_of(self, code: VerifiedCode) -> HandleKey:
        epoch = self._held.by_kid.get((code.use, code.kid))
        if code.issuer != self.province:
            raise KeyRingError("key-ring-foreign", "Only the province that issued a code can open its handle.")
        if epoch is None:
            raise KeyRingError("key-ring-ended", "The handle key of this code was destroyed.")
        return epoch.handles

    def sign(self, use: KeyUse, message: bytes, now: datetime) -> tuple[bytes, bytes]:
        """The kid of the key that signs now, and its signature."""
        epoch = self.current(use, now)
        return epoch.kid, epoch.sign(message)

    def is_own_signature(self, use: KeyUse, kid: bytes, message: bytes, signature: bytes) -> bool:
        """Whether a key of this ring made the signature, be it past its time by now."""
        epoch = self._held.by_kid.get((use, kid))
        return epoch is not None and epoch.verifies(message, signature)

    def rotate(self, use: KeyUse, now: datetime, *, lead: timedelta = ROTATION_LEAD) -> Self:
        """Adds the next key of this use: published at once, signing after `lead`; the ring read anew."""
        with locked_folder(self.folder):
            _add_epoch(self.folder, use, now, lead=lead, development=self.is_development)
        return self.load(self.folder)

    def withdraw(self, kid: bytes, now: datetime) -> Self:
        """Sets a key aside for good; where it was the one that signs, another signs from now on. The ring read anew.

        Done twice, it is done once. Its file stays: what was signed by it may be asked about in a dispute.
        """
        with locked_folder(self.folder):
            held = _Held(_read_content(self.folder), frozenset())
            epoch = next((epoch for epoch in held.good if epoch.kid == kid), None)
            if epoch is not None:
                signing = next((one for one in held.by_use[epoch.use] if one.signs_at(now)), None)
                if signing is epoch:
                    _add_epoch(self.folder, epoch.use, now, lead=timedelta(0), development=epoch.is_development)
                name = _epoch_name(epoch.use, kid)
                move_private(self.folder / name, self.folder / WITHDRAWN / name)
            elif kid not in held.withdrawn_kids:
                raise KeyRingError("key-ring-unknown", f"There is no key {kid.hex()} in {self.folder}.")
        return self.load(self.folder)


def is_published(use: KeyUse, not_after: datetime, now: datetime) -> bool:
    """Whether a trust list must still name a key: what it signed in its last moment may live on."""
    return now - _OUTLIVING[use] < not_after


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
    paths = _epoch_paths(folder) + _epoch_paths(folder / WITHDRAWN)
    taken = {path.stem.rpartition("-")[2] for path in paths}
    while True:
        stored = create_epoch(use, now=now, lead=lead, life=EPOCH_LIFE, development=development)
        kid = Epoch(stored).kid
        if kid.hex() not in taken:
            break
    write_private(folder / _epoch_name(use, kid), msgspec.json.format(msgspec.json.encode(stored)))


def _epoch_name(use: KeyUse, kid: bytes) -> str:
    return f"{use}-{kid.hex()}.json"


def _epoch_paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if _EPOCH_NAME.fullmatch(path.name))


def _see(folder: Path) -> object:
    """What tells one state of a folder from another, without opening a file."""
    return look_at(folder, "*.json", "*.pem", f"{WITHDRAWN}/*.json")


def _read_folder(folder: Path) -> _Content:
    """Not while another process writes there: a key that is moved would be nowhere for a moment."""
    with shared_folder(folder):
        return _read_content(folder)


def _read_content(folder: Path) -> _Content:
    """A file that was copied back after its key was withdrawn is not a key again."""
    withdrawn = _epoch_paths(folder / WITHDRAWN)
    names = {path.name for path in withdrawn}
    paths = [path for path in _epoch_paths(folder) if path.name not in names]
    if not paths:
        raise KeyRingError("key-ring-missing", f"There are no keys in {folder}: make them with `suixing keys create`.")
    return _Content(
        epochs=tuple(map(_read_epoch, paths)),
        withdrawn=tuple(map(_read_epoch, withdrawn)),
        root=_read_root(folder),
        signers=tuple(_read_signer(folder / signer_name(number)) for number in SIGNERS),
    )


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
