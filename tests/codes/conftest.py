"""What tests of codes share: the trust list of the vectors, and a deployment's own key ring."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from codes import KeyRing, MintedCode, TrustList, create_key_ring, mint, read_trust_list, sign_trust_list
from codes.model import KeyUse, Kind
from tests.vectors.crafting import NOW
from tests.vectors.lists import make_list

Mint = Callable[..., MintedCode]


@pytest.fixture(scope="session")
def trust() -> TrustList:
    """Of the vectors' keys."""
    return read_trust_list(make_list(), now=NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def ring(folder: Path) -> KeyRing:
    """Fresh keys of province 31."""
    return create_key_ring(folder, "31", NOW, development=False)


@pytest.fixture
def own_trust(ring: KeyRing) -> TrustList:
    """The list of the fresh keys."""
    return read_trust_list(sign_trust_list(ring, sequence=1, now=NOW, lifetime=timedelta(days=1)), now=NOW)


@pytest.fixture
def mint_one(ring: KeyRing) -> Mint:
    """`mint_one(subject_no=…)`: a code by the ring's current key."""

    def mint_it(subject_no: int = 1, kind: Kind = Kind.PERSONAL, lifetime: int = 60) -> MintedCode:
        epoch = ring.current(KeyUse.CODE, NOW)
        return mint(epoch, issuer="31", subject_no=subject_no, kind=kind, now=NOW, lifetime=lifetime)

    return mint_it
