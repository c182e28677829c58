"""A composite licence (一业一证) is good while its parts are, whatever those are made of."""

from __future__ import annotations

from uuid import UUID, uuid4

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.licences.model import LicenceType, Standing
from app.licences.rules import compose_standing, find_good
from app.licences.standings import Part, Stood, list_parts
from app.licences.types import TypeBook, read_shipped

_PLAIN = read_shipped()["business-licence"]
_IDS = ("a", "b", "c", "d", "e", "f")


def _kind(type_id: str, *parts: str) -> LicenceType:
    return msgspec.structs.replace(_PLAIN, id=type_id, parts=list(parts))


@st.composite
def _books(draw: st.DrawFn) -> TypeBook:
    """Each kind is made of some of those before it, as anything real is."""
    return {
        type_id: _kind(type_id, *draw(st.lists(st.sampled_from(_IDS[:at]), unique=True)) if at else ())
        for at, type_id in enumerate(_IDS)
    }


_HELD = st.lists(st.tuples(st.sampled_from([*_IDS, "gone"]), st.sampled_from(Standing)), max_size=12)


def _is_good(book: TypeBook, held: list[tuple[str, Standing]], type_id: str) -> bool:
    """As one would say it: something valid of the kind, and all its parts good."""
    return (type_id, Standing.VALID) in held and all(_is_good(book, held, part) for part in book[type_id].parts)


@given(_books(), _HELD)
def test_good_is_what_is_valid_with_all_its_parts(book: TypeBook, held: list[tuple[str, Standing]]) -> None:
    assert find_good(book, held) == {type_id for type_id in book if _is_good(book, held, type_id)}


@given(_books(), _HELD, st.integers(0, 11))
def test_what_is_lost_makes_nothing_good(book: TypeBook, held: list[tuple[str, Standing]], at: int) -> None:
    assert find_good(book, held[:at] + held[at + 1 :]) <= find_good(book, held)


@given(_books(), _HELD, st.sampled_from(Standing))
def test_a_composite_is_never_better_than_it_was_told(
    book: TypeBook, held: list[tuple[str, Standing]], told: Standing
) -> None:
    good = find_good(book, held)
    for kind in book.values():
        composed = compose_standing(kind, told, good)
        if told is not Standing.VALID or not kind.parts:
            assert composed is told
        else:
            assert composed is (Standing.VALID if kind.id in good else Standing.OTHER)


def test_kinds_that_are_made_of_one_another_come_to_an_end() -> None:
    book = {"a": _kind("a", "b"), "b": _kind("b", "a"), "c": _kind("c", "a", "d"), "d": _kind("d")}
    held = [(type_id, Standing.VALID) for type_id in "abc"]
    assert find_good(book, held) == {"a", "b"}
    assert find_good(book, held[1:]) == set()


def _stood(type_id: str, standing: Standing, licence_id: UUID) -> Stood:
    return Stood(licence_id, 1, _kind(type_id), standing, None)


def test_the_parts_as_they_stand() -> None:
    """The best of each kind; of what is out of sight how it stands, and not which it is; of what is missing nothing."""
    old, new, hidden = uuid4(), uuid4(), uuid4()
    held = [
        _stood("a", Standing.REISSUED, old),
        _stood("a", Standing.VALID, new),
        _stood("b", Standing.REVOKED, hidden),
    ]
    assert list_parts(_kind("whole", "a", "b", "c"), held, {old, new}) == [
        Part("a", new, Standing.VALID),
        Part("b", None, Standing.REVOKED),
        Part("c", None, None),
    ]
