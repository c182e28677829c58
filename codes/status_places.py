"""Which place of a status list the next thing gets: numbers in turn, shuffled by a key.

A list shows its places to whoever scans. Were they handed out in turn, neighbours would be one batch of one phone, and
two venues could tell that they met the same one. So a number is permuted, by a Feistel network over a keyed hash, that
is walked until it is within the list (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
"""

from __future__ import annotations

import hashlib

PERMUTATION_KEY_BYTES = 32
_ROUNDS = 10
"""Ten, as NIST SP 800-38G has for small domains: the fewer places there are, the more rounds it takes."""


def place_of(number: int, size: int, key: bytes) -> int:
    """Where the `number`-th thing of a list stands: a bijection on 0 … size - 1, another for each key.

    Raises ValueError for a number beyond the list.
    """
    if not 0 <= number < size:
        raise ValueError("a number beyond the list")
    half = (max(1, (size - 1).bit_length()) + 1) // 2
    place = _shuffle(number, half, key)
    while place >= size:  # the square that the network covers has less than four times the places, so few turns
        place = _shuffle(place, half, key)
    return place


def _shuffle(number: int, half: int, key: bytes) -> int:
    """A permutation of the numbers of twice `half` bits."""
    mask = (1 << half) - 1
    left, right = number >> half, number & mask
    for turn in range(_ROUNDS):
        hashed = hashlib.blake2s(right.to_bytes(8, "big"), key=key, digest_size=8, salt=bytes([turn, half])).digest()
        left, right = right, left ^ (int.from_bytes(hashed, "big") & mask)
    return left << half | right
