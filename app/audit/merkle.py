"""The Merkle tree of RFC 9162, section 2.1: its root from a stream of leaves, and proofs that a leaf is in it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

_LEAF = b"\x00"
_NODE = b"\x01"


def hash_leaf(leaf: bytes) -> bytes:
    """A leaf's hash; its prefix keeps a leaf from being passed off as a node."""
    return sha256(_LEAF + leaf).digest()


def _hash_node(left: bytes, right: bytes) -> bytes:
    return sha256(_NODE + left + right).digest()


class RootBuilder:
    """Takes leaves one by one and keeps the roots of full subtrees alone: one for each bit of the leaves' number."""

    def __init__(self) -> None:
        self.count = 0
        self._subtrees: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        node = hash_leaf(leaf)
        count = self.count
        while count & 1:  # a full subtree of this size waits for its neighbour
            node = _hash_node(self._subtrees.pop(), node)
            count >>= 1
        self._subtrees.append(node)
        self.count += 1

    def root(self) -> bytes:
        """The root over what was added; more may be added after it."""
        if not self._subtrees:
            return sha256().digest()
        node = self._subtrees[-1]
        for subtree in reversed(self._subtrees[:-1]):
            node = _hash_node(subtree, node)
        return node


def find_root(leaves: Sequence[bytes]) -> bytes:
    """The root over all of these."""
    builder = RootBuilder()
    for leaf in leaves:
        builder.add(leaf)
    return builder.root()


def find_path(leaves: Sequence[bytes], position: int) -> list[bytes]:
    """The inclusion proof of one leaf: its neighbours from the bottom up (RFC 9162, section 2.1.3.1)."""
    if not 0 <= position < len(leaves):
        raise IndexError(f"there is no leaf {position} among {len(leaves)}")
    path: list[bytes] = []
    level = [hash_leaf(leaf) for leaf in leaves]
    while len(level) > 1:
        neighbour = position ^ 1
        if neighbour < len(level):
            path.append(level[neighbour])
        pairs = [_hash_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]  # the odd one rises as it is
        position //= 2
    return path


def follow_path(leaf: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to, or None where it cannot be one of this tree (RFC 9162, section 2.1.3.2)."""
    if not 0 <= position < size:
        return None
    first, last = position, size - 1
    node = hash_leaf(leaf)
    for neighbour in path:
        if last == 0:
            return None
        if first & 1 or first == last:
            node = _hash_node(neighbour, node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            node = _hash_node(node, neighbour)
        first, last = first >> 1, last >> 1
    return node if last == 0 else None
