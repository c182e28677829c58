"""A ring while it changes: it follows its folder, and what is withdrawn signs nothing, wherever its file still lies."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from codes import (
    KeyRing,
    KeyRingError,
    KeyUse,
    Kind,
    carry_over,
    create_key_ring,
    mint,
    read_trust_list,
    sign_trust_list,
    verify,
)
from codes.key_files import write_private
from codes.keyring import ROTATION_LEAD, WITHDRAWN
from tests.vectors.crafting import NOW

DAY = timedelta(days=1)


def _mint(ring: KeyRing, at: datetime) -> str:
    return mint(ring.current(KeyUse.CODE, at), issuer="31", subject_no=5, kind=Kind.PERSONAL, now=at).text


def _empty_newest(path: Path) -> None:
    path.write_bytes(b"")


def _expose_newest(path: Path) -> None:
    path.chmod(0o644)


def test_a_ring_follows_its_folder(ring: KeyRing) -> None:
    assert not ring.catch_up()
    kid = next(epoch.kid for epoch in ring.rotate(KeyUse.CODE, NOW).epochs if epoch.kid not in ring.kids)
    assert kid not in ring.kids
    assert ring.catch_up()
    assert kid in ring.published_kids(NOW)
    assert not ring.catch_up()


@pytest.mark.parametrize("harm", [_empty_newest, _expose_newest])
def test_what_cannot_be_read_leaves_a_ring_as_it_was(ring: KeyRing, harm: Callable[[Path], None]) -> None:
    held = ring.kids
    ring.rotate(KeyUse.CODE, NOW)
    [added] = [path for path in ring.folder.glob("code-*.json") if bytes.fromhex(path.stem[-8:]) not in held]
    good = added.read_bytes()
    harm(added)
    for _ in range(2):
        with pytest.raises(KeyRingError):
            ring.catch_up()
    assert ring.kids == held
    assert ring.current(KeyUse.CODE, NOW)
    write_private(added, good)
    assert ring.catch_up()


def test_keys_of_another_deployment_are_not_taken_up(ring: KeyRing, tmp_path: Path) -> None:
    """Neither a development server's beside production's, nor another province's."""
    develops = create_key_ring(tmp_path / "development", "31", NOW, development=True)
    for path in develops.folder.glob("code-*.json"):
        write_private(ring.folder / path.name, path.read_bytes())
    with pytest.raises(KeyRingError) as caught:
        ring.catch_up()
    assert caught.value.slug == "key-ring-foreign"
    assert not ring.is_development
    assert develops.kids.isdisjoint(ring.kids)


@pytest.mark.parametrize("use", [KeyUse.CODE, KeyUse.CERTIFICATE, KeyUse.PAPER, KeyUse.LIST, KeyUse.FEDERATION])
def test_a_withdrawn_key_signs_nothing_and_another_does(ring: KeyRing, use: KeyUse) -> None:
    bad = ring.current(use, NOW)
    _, signature = ring.sign(use, b"before", NOW)
    after = ring.withdraw(bad.kid, NOW)
    assert after.current(use, NOW).kid != bad.kid, "at once"
    assert bad.kid not in after.published_kids(NOW)
    assert after.withdrawn_kids == {bad.kid}
    assert after.is_own_signature(use, bad.kid, b"before", signature), "the log of before stays verifiable"
    assert after.withdraw(bad.kid, NOW).kids == after.kids, "done twice, it is done once"
    assert stat.S_IMODE((ring.folder / WITHDRAWN).stat().st_mode) == 0o700


def test_a_key_that_does_not_sign_is_withdrawn_without_another(ring: KeyRing) -> None:
    turned = ring.rotate(KeyUse.CODE, NOW)
    coming = turned.current(KeyUse.CODE, NOW + ROTATION_LEAD)
    after = turned.withdraw(coming.kid, NOW)
    assert after.current(KeyUse.CODE, NOW + ROTATION_LEAD).kid == ring.current(KeyUse.CODE, NOW).kid
    assert len(after.epochs) == len(turned.epochs)
    with pytest.raises(KeyRingError) as caught:
        after.withdraw(b"none", NOW)
    assert caught.value.slug == "key-ring-unknown"


def test_handles_of_a_withdrawn_key_open_still(ring: KeyRing) -> None:
    trust = read_trust_list(sign_trust_list(ring, sequence=1, now=NOW, lifetime=DAY), now=NOW)
    code = verify(_mint(ring, NOW), trust, NOW)
    after = ring.withdraw(ring.current(KeyUse.CODE, NOW).kid, NOW)
    assert after.open_handle(code) == 5
    assert KeyRing.load(ring.folder).open_handle(code) == 5


def test_a_key_that_was_withdrawn_elsewhere_is_refused_here(ring: KeyRing) -> None:
    bad = ring.current(KeyUse.CODE, NOW)
    ring.refuse([bad.kid])
    assert not ring.signs(KeyUse.CODE, NOW)
    assert ring.is_signer_withdrawn(KeyUse.CODE, NOW)
    ring.rotate(KeyUse.CODE, NOW, lead=timedelta(0))
    ring.catch_up()
    assert ring.signs(KeyUse.CODE, NOW)
    assert bad.kid in ring.withdrawn_kids, "a look at the folder forgets nothing"


def test_a_list_carries_over_what_its_publisher_lacks(ring: KeyRing, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(ring.folder, folder)
    apart = KeyRing.load(folder)
    turned = ring.rotate(KeyUse.PAPER, NOW)
    held = read_trust_list(sign_trust_list(turned, sequence=1, now=NOW, lifetime=DAY), now=NOW)
    carried = carry_over(held, apart, NOW)
    assert {key.kid for key in carried} == turned.kids - apart.kids
    again = read_trust_list(sign_trust_list(apart, sequence=2, now=NOW, lifetime=DAY, carried=carried), now=NOW)
    assert again.kids == held.kids
    assert carry_over(held, apart, NOW + 1000 * DAY) == [], "until its last paper has ended"
    apart.refuse(turned.kids - apart.kids)
    assert carry_over(held, apart, NOW) == [], "or until it is withdrawn"
