"""Places of a status list: each number has one, none has two, and neighbours are far apart."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.status_places import PERMUTATION_KEY_BYTES, place_of

KEYS = st.binary(min_size=PERMUTATION_KEY_BYTES, max_size=PERMUTATION_KEY_BYTES)


@given(size=st.integers(1, 600), key=KEYS)
def test_it_is_a_bijection(size: int, key: bytes) -> None:
    assert sorted(place_of(number, size, key) for number in range(size)) == list(range(size))


@given(size=st.integers(2, 2**32), key=KEYS, data=st.data())
def test_places_of_any_list_are_within_it_and_differ(size: int, key: bytes, data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, size - 1), unique=True, min_size=2, max_size=20))
    places = [place_of(number, size, key) for number in numbers]
    assert all(0 <= place < size for place in places)
    assert len(set(places)) == len(places)


@given(number=st.integers(-5, 40), size=st.integers(1, 20))
def test_a_number_beyond_the_list_has_none(number: int, size: int) -> None:
    if not 0 <= number < size:
        with pytest.raises(ValueError, match="beyond the list"):
            place_of(number, size, bytes(PERMUTATION_KEY_BYTES))


def test_who_lacks_the_key_sees_no_neighbours() -> None:
    size, key = 2**20, b"k" * PERMUTATION_KEY_BYTES
    places = [place_of(number, size, key) for number in range(2000)]
    near = sum(abs(one - other) < 1000 for one, other in pairwise(places))
    assert near < 20, "by chance there are about four in 2000 so near"
    assert places != [place_of(number, size, b"l" * PERMUTATION_KEY_BYTES) for number in range(2000)]
    halves = sum(place < size // 2 for place in places)
    assert 800 < halves < 1200
