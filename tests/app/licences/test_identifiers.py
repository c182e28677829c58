"""Identifiers of GB/T 36904: made, read, and what their check finds."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.licences.identifiers import (
    LONGEST_IDENTIFIER,
    OBJECT_ID,
    IdentifierError,
    IdentifierFault,
    make_identifier,
    read_identifier,
)

_VECTORS = [
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.002.S",
    "1.2.156.3005.2.11100000000013338W032.11220000013544541J.2430599.001.F",
]
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODES = st.text(_CREDIT_ALPHABET, min_size=18, max_size=18)
_TYPE_CODES = st.tuples(_CREDIT_CODES, st.text("0123456789", min_size=3, max_size=3)).map("".join)
_IDENTIFIERS = st.builds(
    make_identifier,
    _TYPE_CODES,
    _CREDIT_CODES,
    st.text(_ALPHABET, min_size=1, max_size=40),
    st.integers(0, 999),
)


@pytest.mark.parametrize("text", _VECTORS)
def test_public_vectors_are_read_and_made_again(text: str) -> None:
    read = read_identifier(text)
    assert read.text == text
    assert make_identifier(read.type_code, read.issuer_code, read.serial, int(read.version)) == text


def test_a_vector_comes_apart_into_its_parts() -> None:
    read = read_identifier(_VECTORS[0])
    assert (read.type_code, read.issuer_code) == ("11100000000013338W011", "11430000006122244L")
    assert (read.serial, read.version, read.check) == ("20230000403", "002", "S")


@given(_IDENTIFIERS)
def test_what_is_made_is_read(text: str) -> None:
    assert read_identifier(text).text == text


@given(_IDENTIFIERS, st.data())
def test_every_change_of_one_character_is_found(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(len(OBJECT_ID) + 1, len(text) - 1))
    other = data.draw(st.sampled_from(_ALPHABET))
    assume(other != text[at])
    with pytest.raises(IdentifierError):
        read_identifier(text[:at] + other + text[at + 1 :])


@given(_IDENTIFIERS, st.data())
def test_a_swap_of_neighbours_is_found_unless_one_follows_the_other(text: str, data: st.DataObject) -> None:
    """As ISO 7064 promises of its hybrid systems: some swaps of characters that follow one another pass."""
    at = data.draw(st.integers(len(OBJECT_ID) + 1, len(text) - 2))
    one, other = text[at], text[at + 1]
    assume(one != other)
    assume("." in {one, other} or (_ALPHABET.index(one) - _ALPHABET.index(other)) % 36 not in {1, 35})
    with pytest.raises(IdentifierError):
        read_identifier(text[:at] + other + one + text[at + 2 :])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", IdentifierFault.FORM),
        ("1.2.156.3005.3" + _VECTORS[0][14:], IdentifierFault.FORM),
        (_VECTORS[0] + ".1", IdentifierFault.FORM),
        (_VECTORS[0].replace(".002", ""), IdentifierFault.FORM),
        (OBJECT_ID + "." + "1" * LONGEST_IDENTIFIER, IdentifierFault.FORM),
        (_VECTORS[0].replace("W011", "WO11"), IdentifierFault.TYPE),
        (_VECTORS[0].replace("W011", "W01A"), IdentifierFault.TYPE),
        (_VECTORS[0].replace("22244L", "22244I"), IdentifierFault.ISSUER),
        (_VECTORS[0].replace("20230000403", ""), IdentifierFault.SERIAL),
        (_VECTORS[0].replace("20230000403", "2023-403"), IdentifierFault.SERIAL),
        (_VECTORS[0].replace("20230000403", "２０２３"), IdentifierFault.SERIAL),
        (_VECTORS[0].replace(".002.", ".2."), IdentifierFault.VERSION),
        (_VECTORS[0] + "\n", IdentifierFault.CHECK),
        (_VECTORS[0][:-1] + "s", IdentifierFault.CHECK),
        (_VECTORS[0][:-1] + "T", IdentifierFault.CHECK),
        (_VECTORS[0].replace(".002.", ".003."), IdentifierFault.CHECK),
    ],
)
def test_what_is_wrong_is_said(text: str, fault: IdentifierFault) -> None:
    with pytest.raises(IdentifierError) as caught:
        read_identifier(text)
    assert caught.value.fault is fault
    assert str(caught.value) == fault.value


@pytest.mark.parametrize(("serial", "version"), [("", 1), ("a", 1), ("1", -1), ("1", 1000), ("1" * 65, 1)])
def test_none_is_made_of_parts_that_could_not_be_read(serial: str, version: int) -> None:
    with pytest.raises(IdentifierError):
        make_identifier("11100000000013338W011", "11430000006122244L", serial, version)
