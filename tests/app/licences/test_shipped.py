"""The kinds that the program ships: each is one that an operator could put, and pages and purposes know it."""

from __future__ import annotations

import colorsys
import re
from pathlib import Path

import pytest

from app.database import Pool
from app.enterprises.showing import list_scopes
from app.licences import type_store
from app.licences.metadata import ELEMENTS
from app.licences.model import FieldKind, HolderKind, LicenceType, Mask, Sensitivity
from app.licences.type_rules import check_asked, contrast_with_white
from app.licences.types import read_shipped
from tests.app.licences.kinds import find_fault
from tests.app.licences.types_page import PAGE, write_page

_ROOT = Path(__file__).resolve().parents[3]
_FOLDER = _ROOT / "app" / "licences" / "shipped"
_EMBLEMS = _ROOT / "api" / "pages" / "assets" / "resident" / "wallet" / "emblems.js"
SHIPPED = list(read_shipped().values())
_ASKED_FOR = {
    "resident-identity-card",
    "driving-licence",
    "vehicle-licence",
    "business-licence",
    "social-security-card",
    "birth-certificate",
    "marriage-certificate",
    "residence-permit",
    "disability-card",
    "medical-insurance-voucher",
    "road-transport-practitioner",
    "road-transport-business",
    "food-business-permit",
    "real-estate-certificate",
    "teacher-certificate",
    "household-register",
    "hygiene-permit",
    "restaurant-composite-licence",
}

of_each = pytest.mark.parametrize("kind", SHIPPED, ids=lambda kind: kind.id)


def test_every_kind_that_was_promised_is_there() -> None:
    assert {kind.id for kind in SHIPPED} >= _ASKED_FOR


def test_each_file_bears_its_kinds_name() -> None:
    assert {path.stem for path in _FOLDER.glob("*.json")} == {kind.id for kind in SHIPPED}


async def test_each_is_one_that_an_operator_could_put(pool: Pool) -> None:
    scopes = {scope.id for scope in await list_scopes(pool)}
    book = dict(read_shipped())
    assert {kind.id: fault for kind in SHIPPED if (fault := find_fault(kind, book, scopes))} == {}


@of_each
def test_pages_have_a_drawing_of_its_emblem(kind: LicenceType) -> None:
    drawn = set(re.findall(r'^  "?([a-z-]+)"?: \[', _EMBLEMS.read_text("utf-8"), re.MULTILINE))
    assert kind.look.emblem in drawn


@of_each
def test_white_text_is_readable_on_its_card(kind: LicenceType) -> None:
    assert contrast_with_white(kind.look.colour) >= 4.5


@of_each
def test_its_card_is_not_taken_for_one_that_is_not_good(kind: LicenceType) -> None:
    """Those turn red."""
    red, green, blue = (int(kind.look.colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    assert 15 / 360 < hue < 345 / 360 or saturation < 0.45 or lightness <= 0.3


def test_no_two_kinds_have_the_same_colour() -> None:
    assert len({kind.look.colour for kind in SHIPPED}) == len(SHIPPED)


@of_each
def test_its_card_says_name_and_number_and_nothing_at_length(kind: LicenceType) -> None:
    shown = {field.id for field in kind.fields if field.on_card}
    assert {kind.name_field, kind.number_field} <= shown
    assert len(shown) <= 4
    assert all(field.kind in {FieldKind.TEXT, FieldKind.DATE} for field in kind.fields if field.on_card)


@of_each
def test_what_names_a_person_or_their_number_is_kept_closely(kind: LicenceType) -> None:
    for field in kind.fields:
        if field.id.endswith("id_number"):
            assert (field.sensitivity, field.mask) == (Sensitivity.SENSITIVE, Mask.ID_NUMBER), field.id
        if field.id in {"address", "birth_date", "ethnicity"} and kind.holder is HolderKind.RESIDENT:
            assert field.mask is Mask.HIDDEN, field.id
        if kind.holder is HolderKind.RESIDENT and field.source == "CZZT":
            assert field.mask is Mask.NAME


@of_each
def test_labels_are_in_both_languages(kind: LicenceType) -> None:
    for words in [kind.name, *(field.label for field in kind.fields)]:
        assert re.search(r"[\u4e00-\u9fff]", words.zh)
        assert not re.search(r"[\u4e00-\u9fff]", words.en)


@of_each
def test_no_code_that_is_uncertain_passes_for_certain(kind: LicenceType) -> None:
    """None of them was read in a publication of the authority that defined it."""
    assert not kind.code_certain


def test_no_two_kinds_have_the_same_code() -> None:
    codes = [kind.code for kind in SHIPPED if kind.code]
    assert len(set(codes)) == len(codes) == 5


def test_companies_permits_are_for_delegates_of_that_scope() -> None:
    scopes = {kind.id: kind.scope for kind in SHIPPED if kind.holder is HolderKind.COMPANY}
    assert scopes["business-licence"] is None
    assert scopes["food-business-permit"] == scopes["restaurant-composite-licence"] == "permits"
    assert scopes["company-real-estate-certificate"] == "land-and-property"


def test_a_composite_stands_for_permits_of_the_same_holder() -> None:
    book = read_shipped()
    assert book["restaurant-composite-licence"].parts == ["business-licence", "food-business-permit", "hygiene-permit"]


async def test_purposes_ask_what_the_kinds_have(pool: Pool) -> None:
    """As the migrations leave them; tests may have added kinds of their own."""
    purposes = await type_store.list_purposes(pool)
    seeded = [asked for asked in await type_store.list_asked(pool) if asked.type_id in read_shipped()]
    for asked in seeded:
        check_asked(asked, read_shipped(), purposes)
    assert {"car-rental", "exam-hall", "bank-window", "hotel-check-in"} <= {asked.purpose for asked in seeded}
    assert {asked.type_id for asked in seeded} == read_shipped().keys()


async def test_no_gate_keeps_what_it_looks_at(pool: Pool) -> None:
    for asked in await type_store.list_asked(pool):
        if asked.purpose in {"metro-gate", "scenic-spot-entry", "traffic-check"}:
            assert asked.kept_days == 0, asked


def test_elements_of_the_standard_are_those_that_the_kinds_use() -> None:
    used = {field.source for kind in SHIPPED for field in kind.fields if not field.source.startswith("KZ_")}
    assert used <= ELEMENTS


def test_the_page_has_them_all() -> None:
    assert PAGE.read_text("utf-8") == write_page(), "run `python -m tests.app.licences.types_page`"
