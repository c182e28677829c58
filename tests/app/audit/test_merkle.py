"""The tree against the vectors of the reference implementation of RFC 6962, and against the RFC's own definition."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit.merkle import RootBuilder, find_path, find_root, follow_path, hash_leaf

_LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Of the first 0, 1, … 8 leaves."""

leaves_lists = st.lists(st.binary(max_size=40), max_size=70)


def define_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = _largest_power_below(len(leaves))
    return sha256(b"\x01" + define_root(leaves[:k]) + define_root(leaves[k:])).digest()


def define_path(position: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 9162, section 2.1.3.1, word for word."""
    if len(leaves) == 1:
        return []
    k = _largest_power_below(len(leaves))
    if position < k:
        return [*define_path(position, leaves[:k]), define_root(leaves[k:])]
    return [*define_path(position - k, leaves[k:]), define_root(leaves[:k])]


def _largest_power_below(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1


@pytest.mark.parametrize("count", range(len(_ROOTS)))
def test_roots_are_those_of_the_reference(count: int) -> None:
    assert find_root(_LEAVES[:count]).hex() == _ROOTS[count]


@given(leaves_lists)
def test_roots_are_as_defined(leaves: list[bytes]) -> None:
    assert find_root(leaves) == define_root(leaves)


@given(leaves_lists)
def test_a_root_can_be_asked_for_after_every_leaf(leaves: list[bytes]) -> None:
    builder = RootBuilder()
    for count, leaf in enumerate(leaves, 1):
        builder.add(leaf)
        assert (builder.count, builder.root()) == (count, define_root(leaves[:count]))


@given(leaves_lists.filter(bool), st.data())
def test_a_path_is_as_defined_and_leads_to_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(leaves) - 1))
    path = find_path(leaves, position)
    assert path == define_path(position, leaves)
    assert follow_path(leaves[position], position, len(leaves), path) == define_root(leaves)


@given(st.lists(st.binary(max_size=8), min_size=2, max_size=40, unique=True), st.data())
def test_a_path_is_good_for_its_own_leaf_and_place_alone(leaves: list[bytes], data: st.DataObject) -> None:
    position, other = data.draw(st.permutations(range(len(leaves))))[:2]
    path, root = find_path(leaves, position), find_root(leaves)
    assert follow_path(leaves[other], position, len(leaves), path) != root
    assert follow_path(leaves[position], other, len(leaves), path) != root
    assert follow_path(leaves[position], position, len(leaves), path[:-1]) != root
    assert follow_path(leaves[position], position, len(leaves), [*path, path[-1]]) is None


@given(st.lists(st.binary(max_size=8), min_size=2, max_size=40), st.data())
def test_a_path_with_any_altered_step_leads_elsewhere(leaves: list[bytes], data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(leaves) - 1))
    path = find_path(leaves, position)
    step, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
    path[step] = (int.from_bytes(path[step]) ^ 1 << bit).to_bytes(32)
    assert follow_path(leaves[position], position, len(leaves), path) != find_root(leaves)


def test_a_node_cannot_be_passed_off_as_a_leaf() -> None:
    node = hash_leaf(_LEAVES[0]) + hash_leaf(_LEAVES[1])
    assert find_root([node]) != find_root(_LEAVES[:2])


@pytest.mark.parametrize("position", [-1, 3, 4])
def test_a_place_outside_the_tree_has_no_path(position: int) -> None:
    with pytest.raises(IndexError, match="among 3"):
        find_path(_LEAVES[:3], position)
    assert follow_path(_LEAVES[0], position, 3, []) is None


def test_nothing_is_in_an_empty_tree() -> None:
    assert follow_path(b"", 0, 0, []) is None
