"""Base45 against RFC 9285 and against the RFC's own words, digit by digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import base45
from tests.vectors import crafting

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        (b"", ""),
        (b"\0", "00"),
        (b"\xff", "U5"),
        (b"\xff\xff", "FGW"),
    ],
)
def test_the_rfcs_examples(data: bytes, text: str) -> None:
    assert base45.encode(data) == text
    assert base45.decode(text) == data


def test_every_group_of_two_bytes() -> None:
    data = b"".join(number.to_bytes(2, "big") for number in range(2**16))
    text = base45.encode(data)
    assert text == crafting.base45(data)
    assert base45.decode(text) == data


def test_every_single_byte() -> None:
    for number in range(256):
        assert base45.encode(bytes([number])) == crafting.base45(bytes([number]))
        assert base45.decode(base45.encode(bytes([number]))) == bytes([number])


@given(st.binary(max_size=300))
def test_it_is_what_the_rfc_describes(data: bytes) -> None:
    assert base45.encode(data) == crafting.base45(data)
    assert base45.decode(base45.encode(data)) == data


@given(st.text(_ALPHABET, max_size=300))
def test_a_text_is_one_that_encoding_makes_or_is_refused(text: str) -> None:
    try:
        data = base45.decode(text)
    except ValueError:
        return
    assert base45.encode(data) == text


@pytest.mark.parametrize(
    "text", ["A", "ABCD", "GGW", ":::", "::", "V5", "U6", "bb8", "B_8", "B8\n", "BB８", "é00", "\ud800" * 3]
)
def test_no_other_text_is_decoded(text: str) -> None:
    with pytest.raises(ValueError, match=r"Base45|ascii"):
        base45.decode(text)
