"""The key ring: made once and whole, for its owner alone, turned over without a gap, and refused when it is damaged."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from codes import (
    CodeRefusedError,
    KeyRing,
    KeyRingError,
    KeyUse,
    Kind,
    create_key_ring,
    mint,
    read_trust_list,
    sign_trust_list,
    verify,
)
from codes import keyring as keyring_module
from codes.key_files import write_private
from codes.keyring import EPOCH_LIFE, ROTATION_LEAD
from codes.keys import create_epoch, kid_of, to_pem
from codes.model import LONGEST_LIFE_SECONDS
from tests.vectors.crafting import NOW

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def _refuse(folder: Path) -> str:
    with pytest.raises(KeyRingError) as caught:
        KeyRing.load(folder)
    assert caught.value.detail
    return caught.value.slug


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_first_ring(ring: KeyRing, folder: Path) -> None:
    assert (ring.province, ring.is_development, ring.has_root_key) == ("31", False, True)
    assert {epoch.use for epoch in ring.epochs} == set(KeyUse)
    kids = {f"{epoch.use}-{epoch.kid.hex()}.json" for epoch in ring.epochs}
    assert _names(folder) == kids | {"root.pem", "root-key.pem", "signer-1.pem", "signer-2.pem"}
    assert len({epoch.kid for epoch in ring.epochs}) == len(KeyUse)
    first, second = (signer.certificate for signer in ring.signers)
    assert first.public_key() != second.public_key()
    assert first.not_valid_after_utc < second.not_valid_after_utc


def test_nobody_else_can_read_it(ring: KeyRing) -> None:
    assert stat.S_IMODE(ring.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in ring.folder.iterdir()} == {0o600}


def test_a_lax_umask_changes_nothing(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = create_key_ring(tmp_path / "deep" / "keys", "31", NOW, development=True).folder
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())} == {0o700, 0o600}


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o602, 0o610])
def test_a_file_open_to_others_is_refused(ring: KeyRing, mode: int) -> None:
    for path in ring.folder.glob("[cs]*"):
        path.chmod(mode)
        assert _refuse(ring.folder) == "key-ring-exposed"
        path.chmod(0o600)
    assert KeyRing.load(ring.folder).province == "31"


def test_an_exposed_file_is_refused_through_a_link_too(ring: KeyRing, tmp_path: Path) -> None:
    key = next(ring.folder.glob("code-*.json"))
    moved = key.rename(tmp_path / "elsewhere")
    key.symlink_to(moved)
    assert KeyRing.load(ring.folder).province == "31"
    moved.chmod(0o644)
    assert _refuse(ring.folder) == "key-ring-exposed"


def test_a_second_call_keeps_the_keys(ring: KeyRing) -> None:
    before = {path: path.read_bytes() for path in ring.folder.iterdir()}
    again = create_key_ring(ring.folder, "31", NOW + DAY, development=True)
    assert {path: path.read_bytes() for path in ring.folder.iterdir()} == before
    assert again.root_fingerprint == ring.root_fingerprint
    assert again.is_development is False


def test_many_at_once_make_one_ring(folder: Path) -> None:
    def make(_: int) -> tuple[str, frozenset[bytes]]:
        ring = create_key_ring(folder, "31", NOW, development=True)
        return ring.root_fingerprint, ring.published_kids(NOW)

    with ThreadPoolExecutor(8) as executor:
        assert len(set(executor.map(make, range(8)))) == 1
    assert len(_names(folder)) == len(KeyUse) + 4


@pytest.mark.parametrize("survives", range(7))
def test_an_interrupted_making_is_taken_up_again(folder: Path, monkeypatch: Any, survives: int) -> None:
    written: list[Path] = []

    def write_some(path: Path, content: bytes) -> None:
        if len(written) == survives:
            raise OSError(errno.ENOSPC, "no space left")
        write_private(path, content)
        written.append(path)

    with monkeypatch.context() as patch:
        patch.setattr(keyring_module, "write_private", write_some)
        with pytest.raises(OSError, match="no space"):
            create_key_ring(folder, "31", NOW, development=True)
    assert len(written) == survives
    ring = create_key_ring(folder, "31", NOW, development=True)
    trust = read_trust_list(sign_trust_list(ring, sequence=1, now=NOW, lifetime=DAY), now=NOW)
    assert verify(_mint(ring, NOW), trust, NOW).issuer == "31"


def test_no_draft_is_left(ring: KeyRing) -> None:
    ring.rotate(KeyUse.CODE, NOW)
    assert not [name for name in _names(ring.folder) if name.startswith(".")]


def test_development_keys_bear_their_mark(folder: Path) -> None:
    ring = create_key_ring(folder, "31", NOW, development=True)
    assert ring.is_development
    assert KeyRing.load(folder).rotate(KeyUse.CODE, NOW).is_development


def _mint(ring: KeyRing, at: datetime) -> str:
    return mint(ring.current(KeyUse.CODE, at), issuer="31", subject_no=5, kind=Kind.PERSONAL, now=at).text


def test_a_new_key_is_published_before_it_signs(ring: KeyRing) -> None:
    [old] = [epoch for epoch in ring.epochs if epoch.use is KeyUse.CODE]
    turned = ring.rotate(KeyUse.CODE, NOW)
    begins = NOW + ROTATION_LEAD
    assert turned.current(KeyUse.CODE, begins - SECOND).kid == old.kid
    new = turned.current(KeyUse.CODE, begins)
    assert new.kid != old.kid
    assert turned.published_kids(NOW) == ring.published_kids(NOW) | {new.kid}
    assert turned.current(KeyUse.FEDERATION, begins).kid == ring.current(KeyUse.FEDERATION, NOW).kid


def test_codes_of_both_keys_are_good_while_they_overlap(ring: KeyRing) -> None:
    """A scanner that took the list at rotation reads every code, before, at and after the change."""
    turned = ring.rotate(KeyUse.CODE, NOW)
    trust = read_trust_list(sign_trust_list(turned, sequence=2, now=NOW, lifetime=7 * DAY), now=NOW)
    begins = NOW + ROTATION_LEAD
    for at in (NOW, begins - SECOND, begins, begins + DAY):
        code = verify(_mint(turned, at), trust, at)
        assert turned.open_handle(code) == 5
    last = _mint(turned, begins - SECOND)
    assert turned.open_handle(verify(last, trust, begins + 30 * SECOND)) == 5


def test_a_scanner_with_the_list_from_before_refuses_the_new_key(ring: KeyRing) -> None:
    before = read_trust_list(sign_trust_list(ring, sequence=1, now=NOW, lifetime=DAY), now=NOW)
    begins = NOW + ROTATION_LEAD
    text = _mint(ring.rotate(KeyUse.CODE, NOW), begins)
    with pytest.raises(CodeRefusedError) as caught:
        verify(text, before, begins)
    assert caught.value.slug == "code-issuer-unknown"


def test_a_key_stays_published_while_its_last_code_lives(ring: KeyRing) -> None:
    epoch = ring.current(KeyUse.CODE, NOW)
    last = epoch.not_after - SECOND
    text = _mint(ring, last)
    later = epoch.not_after + 30 * SECOND
    assert epoch.kid in ring.published_kids(later)
    assert epoch.kid not in ring.published_kids(epoch.not_after + timedelta(seconds=LONGEST_LIFE_SECONDS))
    trust = read_trust_list(sign_trust_list(ring, sequence=1, now=later, lifetime=DAY), now=later)
    assert verify(text, trust, later).kid == epoch.kid
    with pytest.raises(KeyRingError) as caught:
        ring.current(KeyUse.CODE, epoch.not_after)
    assert caught.value.slug == "key-ring-ended"


def test_a_kid_that_the_ring_has_is_not_drawn_again(ring: KeyRing, monkeypatch: Any) -> None:
    old = ring.current(KeyUse.CODE, NOW)
    stored = msgspec.json.decode(next(ring.folder.glob("code-*.json")).read_bytes())
    drawn = [stored["private_key"], to_pem(ec.generate_private_key(ec.SECP256R1())).decode()]
    left = list(drawn)

    def draw(use: KeyUse, **how: Any) -> Any:
        return msgspec.structs.replace(create_epoch(use, **how), private_key=left.pop(0))

    monkeypatch.setattr(keyring_module, "create_epoch", draw)
    turned = ring.rotate(KeyUse.CODE, NOW)
    assert left == []
    assert turned.current(KeyUse.CODE, NOW + ROTATION_LEAD).kid != old.kid
    assert len(turned.epochs) == len(KeyUse) + 1


def test_the_end_is_seen_coming(ring: KeyRing) -> None:
    """Rotating moves it, until the list-signers need a ceremony."""
    last_signer = ring.signers[1].certificate.not_valid_after_utc
    assert ring.good_until == ring.current(KeyUse.CODE, NOW).not_after
    turned = ring
    for use in (KeyUse.CODE, KeyUse.PAPER, KeyUse.CERTIFICATE, KeyUse.LICENCE, KeyUse.LIST):
        turned = turned.rotate(use, NOW + 300 * DAY)
        assert turned.good_until == ring.current(KeyUse.FEDERATION, NOW).not_after
    assert turned.rotate(KeyUse.FEDERATION, NOW + 300 * DAY).good_until == last_signer
    sign_trust_list(ring, sequence=1, now=last_signer - SECOND, lifetime=DAY)
    with pytest.raises(KeyRingError, match="ceremony"):
        sign_trust_list(ring, sequence=1, now=last_signer + SECOND, lifetime=DAY)


@pytest.mark.parametrize("use", KeyUse)
def test_every_use_has_its_place(ring: KeyRing, use: KeyUse) -> None:
    """So that phone-made codes, paper codes and licences need no other ring, and no other list."""
    turned = ring.rotate(use, NOW, lead=timedelta(0))
    epoch = turned.current(use, NOW)
    trust = read_trust_list(sign_trust_list(turned, sequence=1, now=NOW, lifetime=DAY), now=NOW)
    assert [key.public_key for key in trust.find(use, epoch.kid)] == [epoch.public_key]
    has_handles = use in {KeyUse.CODE, KeyUse.CERTIFICATE, KeyUse.PAPER, KeyUse.LICENCE}
    stored = msgspec.json.decode((turned.folder / f"{use}-{epoch.kid.hex()}.json").read_bytes())
    assert (stored["handle_key"] is not None) is has_handles
    if not has_handles:
        with pytest.raises(KeyRingError):
            _ = epoch.handles


def test_signing_for_other_purposes(ring: KeyRing) -> None:
    kid, signature = ring.sign(KeyUse.FEDERATION, b"head", NOW)
    assert len(signature) == 64
    assert kid == kid_of(ring.current(KeyUse.FEDERATION, NOW).public_key)
    assert ring.is_own_signature(KeyUse.FEDERATION, kid, b"head", signature)
    turned = ring.rotate(KeyUse.FEDERATION, NOW)
    assert turned.is_own_signature(KeyUse.FEDERATION, kid, b"head", signature)
    assert not ring.is_own_signature(KeyUse.FEDERATION, kid, b"tail", signature)
    assert not ring.is_own_signature(KeyUse.CODE, kid, b"head", signature)
    assert not ring.is_own_signature(KeyUse.FEDERATION, b"none", b"head", signature)
    assert not ring.is_own_signature(KeyUse.FEDERATION, kid, b"head", signature[:-1])
    assert not ring.is_own_signature(KeyUse.FEDERATION, kid, b"head", bytes(64))


def _remove(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _garble(path: Path) -> None:
    path.write_bytes(os.urandom(300))


@pytest.mark.parametrize("harm", [_empty, _halve, _garble])
@pytest.mark.parametrize("pattern", ["code-*.json", "federation-*.json", "signer-1.pem", "signer-2.pem", "root.pem"])
def test_a_damaged_file_is_named(ring: KeyRing, pattern: str, harm: Callable[[Path], None]) -> None:
    [path] = ring.folder.glob(pattern)
    harm(path)
    with pytest.raises(KeyRingError, match=path.name) as caught:
        KeyRing.load(ring.folder)
    assert caught.value.slug == "key-ring-damaged"


@pytest.mark.parametrize("name", ["signer-1.pem", "signer-2.pem", "root.pem"])
def test_a_missing_file_is_named(ring: KeyRing, name: str) -> None:
    _remove(ring.folder / name)
    with pytest.raises(KeyRingError, match=name):
        KeyRing.load(ring.folder)


def test_no_keys_at_all(folder: Path) -> None:
    assert _refuse(folder) == "key-ring-missing"
    folder.mkdir()
    (folder / "code-notes.json").write_text("{}")
    (folder / "code-00000000.json.bak").write_text("{}")
    assert _refuse(folder) == "key-ring-missing"


def test_a_signer_with_the_key_of_another_is_refused(ring: KeyRing) -> None:
    first, second = (ring.folder / f"signer-{number}.pem" for number in (1, 2))
    certificate = first.read_text().partition("-----BEGIN CERTIFICATE")[2]
    key = second.read_text().partition("-----BEGIN CERTIFICATE")[0]
    first.write_text(f"{key}-----BEGIN CERTIFICATE{certificate}")
    assert _refuse(ring.folder) == "key-ring-damaged"


@pytest.mark.parametrize(
    "change",
    [
        {"private_key": to_pem(ec.generate_private_key(ec.SECP384R1())).decode()},
        {"handle_key": "AAAA"},
        {"not_after": "2027-07-01T04:00:00"},
        {"use": "anything"},
        {"more": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_epoch_is_refused(ring: KeyRing, change: dict[str, Any]) -> None:
    [path] = ring.folder.glob("code-*.json")
    path.write_bytes(msgspec.json.encode(msgspec.json.decode(path.read_bytes()) | change))
    assert _refuse(ring.folder) == "key-ring-damaged"


def test_keys_are_not_shown_when_they_are_printed(ring: KeyRing) -> None:
    stored = create_epoch(KeyUse.CODE, now=NOW, lead=timedelta(0), life=EPOCH_LIFE, development=True)
    shown = f"{stored!r} {stored} {ring.epochs!r} {ring.signers!r} {vars(ring)!r}"
    assert "PRIVATE" not in shown
    assert "handle_key" not in shown
