"""What a kind must be, what a purpose may ask of it, and what a change breaks."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.errors import InvalidError
from app.licences.model import FieldKind, HolderKind, LicenceType, Look, Mask, Sensitivity
from app.licences.type_rules import Asked, check_asked, contrast_with_white, find_breaks
from tests.app.licences.kinds import field, find_fault, invent_kind

_SCOPES = {"all", "permits"}
NAME, NUMBER = field("name", "CZZT", required=True), field("number", "ZZBH", required=True)


def test_a_kind_that_is_right_passes() -> None:
    assert find_fault(invent_kind(), {}, _SCOPES) is None
    assert find_fault(invent_kind(holder=HolderKind.COMPANY, scope="permits", issuers=["11310"]), {}, _SCOPES) is None


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"code": "11100000000013338W01"}, "/code"),
        ({"code": None, "code_certain": True}, "/code_certain"),
        ({"issuers": ["11310", "Shanghai"]}, "/issuers/1"),
        ({"issuers": ["11310"] * 501}, "/issuers"),
        ({"fields": [NAME, NUMBER, field("name", "KZ_MC")]}, "/fields/2/id"),
        ({"fields": [NAME, NUMBER, field("vct", "KZ_MC")]}, "/fields/2/id"),
        ({"fields": [NAME, NUMBER, field("other", "CZZT")]}, "/fields/2/source"),
        ({"fields": [NAME, NUMBER, field("other", "CZZTX")]}, "/fields/2/source"),
        ({"fields": [NAME, NUMBER, field("other", "KZ_lower")]}, "/fields/2/source"),
        ({"fields": [NAME, NUMBER, field("other", "KZ_QT", sensitivity=Sensitivity.SENSITIVE)]}, "/fields/2/mask"),
        ({"fields": [NAME, NUMBER, field("other", "KZ_QT", kind=FieldKind.IMAGE)]}, "/fields/2/mask"),
        ({"name_field": "nobody"}, "/name_field"),
        ({"name_field": "scope"}, "/name_field"),
        ({"number_field": "photo"}, "/number_field"),
        ({"look": Look("#ffff00", "document")}, "/look/colour"),
        ({"look": Look("#204060", "document", "portrait"), "fields": [NAME, NUMBER]}, "/look/layout"),
        ({"scope": "permits"}, "/scope"),
        ({"scope": "all", "holder": HolderKind.COMPANY}, "/scope"),
        ({"scope": "else", "holder": HolderKind.COMPANY}, "/scope"),
    ],
)
def test_what_is_wrong_with_a_kind_is_pointed_at(changes: dict[str, Any], pointer: str) -> None:
    assert find_fault(invent_kind(**changes), {}, _SCOPES) == pointer


def _book(*kinds: LicenceType) -> dict[str, LicenceType]:
    return {kind.id: kind for kind in kinds}


def test_a_composite_has_parts_of_the_same_holder_that_have_none_themselves() -> None:
    part, company = invent_kind(), invent_kind(holder=HolderKind.COMPANY)
    whole = invent_kind(parts=[part.id])
    assert find_fault(whole, _book(part), _SCOPES) is None
    for parts, pointer in (([company.id], "/parts/0"), (["nobody"], "/parts/0"), ([whole.id], "/parts/0")):
        wrong = msgspec.structs.replace(whole, parts=parts)
        assert find_fault(wrong, _book(part, company, whole), _SCOPES) == pointer
    twice = msgspec.structs.replace(whole, parts=[part.id, part.id])
    assert find_fault(twice, _book(part, whole), _SCOPES) == "/parts"


def test_a_part_becomes_no_composite() -> None:
    part, other = invent_kind(), invent_kind()
    whole = invent_kind(parts=[part.id])
    changed = msgspec.structs.replace(part, parts=[other.id])
    assert find_fault(changed, _book(part, whole, other), _SCOPES) == "/parts"
    assert find_fault(changed, _book(part, other), _SCOPES) is None
    assert find_fault(invent_kind(parts=[whole.id]), _book(part, whole), _SCOPES) == "/parts/0"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"purpose": "nothing"}, "/purpose"),
        ({"type_id": "nothing"}, "/type_id"),
        ({"fields": ["name", "name"]}, "/fields"),
        ({"fields": ["name", "else"]}, "/fields"),
        ({"fields": []}, "/fields"),
        ({"kept_days": -1}, "/kept_days"),
        ({"kept_days": 3651}, "/kept_days"),
    ],
)
def test_a_purpose_asks_what_is_there(changes: dict[str, Any], pointer: str) -> None:
    kind = invent_kind()
    asked = Asked("hotel-check-in", kind.id, ["name"], 30)
    check_asked(asked, _book(kind), ["hotel-check-in"])
    with pytest.raises(InvalidError) as caught:
        check_asked(msgspec.structs.replace(asked, **changes), _book(kind), ["hotel-check-in"])
    assert caught.value.pointer == pointer


def test_a_change_says_what_it_breaks() -> None:
    before = invent_kind()
    asked = [
        Asked("hotel-check-in", before.id, ["name", "photo"], 30),
        Asked("bank-window", "another", ["photo"], 30),
    ]
    assert find_breaks(None, before, asked, {}) == []
    assert find_breaks(before, before, asked, _book(before)) == []
    after = msgspec.structs.replace(
        before,
        holder=HolderKind.COMPANY,
        fields=[NAME, NUMBER, field("began_on", "KZ_KS"), field("scope", "KZ_FW")],
    )
    assert find_breaks(before, after, asked, _book(before)) == [
        "purpose hotel-check-in asks for photo, and would no longer get it",
        "licences held by a resident would stay in wallets that this kind is not for",
        "began_on would be read from KZ_KS, and registries tell it as KZ_KSRQ",
        "began_on would be of kind text, and licences held have it as date",
        "scope would be of kind text, and licences held have it as lines",
    ]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"code_certain": False}, {}, "licences whose identifier does not name 11100000000013338W011 would be refused"),
        ({}, {"code_certain": False}, None),
        ({}, {"issuers": ["11310"]}, "licences of issuers that were trusted would be refused"),
        (
            {"issuers": ["11310", "1132"]},
            {"issuers": ["11310"]},
            "licences of issuers that were trusted would be refused",
        ),
        ({"issuers": ["11310"]}, {"issuers": ["113", "114"]}, None),
        ({"issuers": ["11310"]}, {}, None),
        (
            {},
            {"fields": [NAME, NUMBER, field("more", "KZ_GD", required=True)]},
            "licences without more would be refused",
        ),
        ({}, {"fields": [NAME, NUMBER, field("more", "KZ_GD")]}, None),
        ({}, {"validity": "dated"}, "valid licences without a last day would be refused"),
        ({"validity": "dated"}, {"validity": "dated"}, None),
        ({"validity": "dated"}, {"validity": "unlimited"}, None),
    ],
)
def test_a_change_says_what_would_be_refused(before: dict[str, Any], after: dict[str, Any], said: str | None) -> None:
    kind = invent_kind(**before)
    changed = msgspec.structs.replace(invent_kind(**after), id=kind.id)
    assert find_breaks(kind, changed, [], _book(kind)) == ([said] if said else [])


def test_what_nobody_asks_for_may_go_and_more_may_come() -> None:
    before = invent_kind()
    after = msgspec.structs.replace(before, fields=[*before.fields[:4], field("more", "KZ_GD", mask=Mask.TAIL)])
    assert find_breaks(before, after, [], _book(before)) == []


def test_a_withdrawal_breaks_purposes_and_composites() -> None:
    part = invent_kind()
    whole = invent_kind(parts=[part.id])
    assert find_breaks(part, None, [Asked("bank-window", part.id, ["name"], 1)], _book(part, whole)) == [
        "purpose bank-window asks for name, and would no longer get it",
        f"{whole.id} has it as a part, and would never be good again",
    ]


@pytest.mark.parametrize(
    ("colour", "ratio"), [("#ffffff", 1.0), ("#000000", 21.0), ("#767676", 4.54), ("#777777", 4.48)]
)
def test_contrast_is_reckoned_as_wcag_has_it(colour: str, ratio: float) -> None:
    assert contrast_with_white(colour) == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize("place", ["id", "name_field", "fields.0.id", "look.colour", "look.emblem"])
def test_no_name_of_a_kind_ends_in_a_line_of_its_own(place: str) -> None:
    """What is written alike, and is another name."""
    told: Any = msgspec.to_builtins(invent_kind())
    *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    holder = told
    for step in way:
        holder = holder[step]
    holder[last] += "\n"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(told, LicenceType)
