"""What is shown of a field where it is not to be read in full."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.licences.masking import mask_field
from app.licences.model import Bilingual, FieldKind, LicenceField, Mask
from app.licences.types import read_shipped


def _field(mask: Mask, kind: FieldKind = FieldKind.TEXT) -> LicenceField:
    return LicenceField("some_field", Bilingual("字段", "Field"), "KZ_ZD", kind=kind, mask=mask)


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        (Mask.NONE, "C1", "C1"),
        (Mask.NAME, "王小明", "王**"),
        (Mask.NAME, "欧阳小明", "欧阳**"),
        (Mask.NAME, "王小明、李雷", "王**、李*"),
        (Mask.NAME, "王小明, 李雷;诸葛亮", "王**, 李*;诸葛*"),
        (Mask.ID_NUMBER, "11010519491231002X", "110***********002X"),
        (Mask.ID_NUMBER, "C123456", "****"),
        (Mask.TAIL, "310000123456", "****3456"),
        (Mask.TAIL, "12345678", "****"),
        (Mask.HIDDEN, "汉", "****"),
        (Mask.HIDDEN, "", ""),
        (Mask.NAME, "", ""),
    ],
)
def test_a_mask_shows_what_it_should(mask: Mask, text: str, shown: str) -> None:
    assert mask_field(_field(mask), text) == shown


@pytest.mark.parametrize("mask", Mask)
def test_no_picture_is_ever_shown(mask: Mask) -> None:
    assert mask_field(_field(mask, FieldKind.IMAGE), "iVBORw0KGgo") == "****"


@given(st.sampled_from([Mask.ID_NUMBER, Mask.TAIL]), st.text("0123456789X", min_size=1, max_size=40))
def test_no_number_is_told_by_half(mask: Mask, text: str) -> None:
    shown = mask_field(_field(mask), text).replace("*", "")
    assert len(shown) < len(text) / 2 or (mask is Mask.ID_NUMBER and len(text) >= 15 and len(shown) == 7)


def test_a_card_masks_its_holder() -> None:
    card = read_shipped()["resident-identity-card"]
    said = {"name": "王小明", "id_number": "11010519491231002X", "ethnicity": "汉", "issuing_authority": "某公安局"}
    shown = {field.id: mask_field(field, said[field.id]) for field in card.fields if field.id in said}
    assert shown == {
        "name": "王**",
        "id_number": "110***********002X",
        "ethnicity": "****",
        "issuing_authority": "某公安局",
    }
