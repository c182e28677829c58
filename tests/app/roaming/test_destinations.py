"""What a province offers: public facts of all, and nobody's invention where nobody has published."""

from __future__ import annotations

import re

import pytest

from app.development.destinations import DemoDestinations
from app.errors import NotFoundError
from app.licences.types import read_shipped
from app.provinces import PROVINCES
from app.roaming.destinations import Source, UnknownDestinations, describe_destination
from app.roaming.gazetteer import NUMBERS, SUPER_APPS, NumberKind

_MAINLAND = PROVINCES.keys() - {"71", "81", "82"}


@pytest.mark.parametrize("province", PROVINCES)
def test_whoever_is_in_danger_finds_a_number_first(province: str) -> None:
    numbers = NUMBERS[province]
    kinds = [one.kind for one in numbers]
    assert kinds == sorted(kinds, key=list(NumberKind).index)
    assert numbers[0].kind is NumberKind.EMERGENCY
    assert all(re.fullmatch(r"(\+853 )?[0-9 ]{3,9}", one.number) for one in numbers)
    said = "".join(one.name.zh for one in numbers if one.kind is NumberKind.EMERGENCY)
    assert all(need in said for need in ("报警", "火警", "急救"))


def test_the_mainlands_numbers_are_the_mainlands_alone() -> None:
    for province in PROVINCES:
        dialled = {one.number for one in NUMBERS[province]}
        assert ({"110", "119", "120", "122", "12345"} <= dialled) is (province in _MAINLAND)


def test_each_app_is_vouched_for() -> None:
    assert SUPER_APPS.keys() <= PROVINCES.keys()
    assert all(app.source for app in SUPER_APPS.values())
    assert {code: SUPER_APPS[code].name.zh for code in ("31", "32", "33", "34")} == {
        "31": "随申办",
        "32": "苏服办",
        "33": "浙里办",
        "34": "皖事通",
    }


@pytest.mark.parametrize("province", PROVINCES)
async def test_nothing_is_made_up_where_nobody_has_published(province: str) -> None:
    found = await describe_destination(UnknownDestinations(), province)
    assert (found.offer.source, found.offer.services, found.offer.licences) == (Source.NONE, (), ())
    assert (found.name.zh, found.name.en) == PROVINCES[province]


@pytest.mark.parametrize("province", sorted(_MAINLAND))
async def test_what_is_made_up_says_so(province: str) -> None:
    offer = (await describe_destination(DemoDestinations(), province)).offer
    assert offer.source is Source.DEMO
    assert len({one.id for one in offer.services}) == len(offer.services) > 0
    assert {one.licence_type for one in offer.licences} <= read_shipped().keys()


async def test_a_demo_does_not_guess_beyond_the_mainland() -> None:
    found = [await describe_destination(DemoDestinations(), province) for province in ("71", "81", "82")]
    assert {one.offer.source for one in found} == {Source.NONE}


async def test_a_code_of_no_province_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        await describe_destination(UnknownDestinations(), "99")
