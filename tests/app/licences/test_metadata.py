"""What registries tell by GB/T 36903, read by a kind: each thing that may be wrong with it is named."""

from __future__ import annotations

import base64
import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.licences.identifiers import make_identifier
from app.licences.images import MOST_BYTES, is_picture
from app.licences.metadata import MetadataError, MetadataFault, MetadataReader, read_standing
from app.licences.model import Standing
from app.licences.rules import is_trusted_issuer
from tests.app.licences.kinds import ISSUER, TYPE_CODE, draw, invent_kind, tell

KIND = invent_kind()


def test_a_licence_is_read_whole() -> None:
    photo = draw()
    read = MetadataReader(KIND).read(
        tell(KZ_KSRQ="2026年6月1日", KZ_FW="甲\r\n乙 ", KZ_ZP=photo, KZ_XX="more", QT="other")
    )
    assert read.content.fields == {
        "name": "王小明",
        "number": "A-1",
        "began_on": "2026-06-01",
        "scope": "甲\n乙",
        "photo": photo,
    }
    assert (read.content.number, read.content.issuer_name, read.content.issuer_code) == ("A-1", "某某局", ISSUER)
    assert read.content.issued_on == read.valid_from == date(2026, 6, 1)
    assert read.valid_until == date(2036, 5, 31)


def test_what_is_not_required_may_be_missing() -> None:
    read = MetadataReader(KIND).read(tell(ZZBFRQ=None, ZZYXQQSRQ="", ZZYXQJZRQ="长期", ZZLXDM=None))
    assert (read.content.issued_on, read.valid_from, read.valid_until) == (None, None, None)
    assert read.content.fields.keys() == {"name", "number"}


@pytest.mark.parametrize("end", [None, "", "长期", "9999-12-31"])
def test_a_kind_that_always_has_a_last_day_is_not_good_for_ever(end: str | None) -> None:
    dated = MetadataReader(invent_kind(validity="dated"))
    with pytest.raises(MetadataError) as caught:
        dated.read(tell(ZZZTDM="10", ZZYXQJZRQ=end))
    assert (caught.value.pointer, caught.value.fault) == ("/ZZYXQJZRQ", MetadataFault.ENDLESS)
    assert dated.read(tell(ZZZTDM="10")).valid_until == date(2036, 5, 31)
    assert dated.read(tell(ZZZTDM="04", ZZYXQJZRQ=end)).valid_until is None, "that it was revoked is to be seen"
    for validity in ("either", "unlimited"):
        assert MetadataReader(invent_kind(validity=validity)).read(tell(ZZZTDM="10", ZZYXQJZRQ=end)).valid_until is None


def test_a_last_day_that_is_told_counts_whatever_the_kind_says() -> None:
    unlimited = MetadataReader(invent_kind(validity="unlimited"))
    assert unlimited.read(tell(ZZZTDM="10")).valid_until == date(2036, 5, 31)


@pytest.mark.parametrize("text", ["2026-06-01", "20260601", "2026年6月1日", " 2026年06月01日 "])
def test_dates_are_read_as_registries_write_them(text: str) -> None:
    assert MetadataReader(KIND).read(tell(KZ_KSRQ=text)).content.fields["began_on"] == "2026-06-01"


@pytest.mark.parametrize(
    ("changes", "pointer", "fault"),
    [
        ({"ZZBS": None}, "/ZZBS", MetadataFault.MISSING),
        ({"ZZBS": "1.2.156.3005.2.x"}, "/ZZBS", MetadataFault.IDENTIFIER),
        ({"ZZBFJGDM": "11310000000000000X"}, "/ZZBS", MetadataFault.OTHER_ISSUER),
        ({"ZZBS": make_identifier("11100000000013338W032", ISSUER, "1")}, "/ZZBS", MetadataFault.OTHER_TYPE),
        ({"ZZLXDM": "11100000000013338W032"}, "/ZZLXDM", MetadataFault.OTHER_TYPE),
        ({"ZZBFJGDM": " "}, "/ZZBFJGDM", MetadataFault.MISSING),
        ({"ZZBFJG": None}, "/ZZBFJG", MetadataFault.MISSING),
        ({"CZZT": None}, "/CZZT", MetadataFault.MISSING),
        ({"CZZT": "王" * 501}, "/CZZT", MetadataFault.TOO_LONG),
        ({"CZZT": "王\n小明"}, "/CZZT", MetadataFault.NOT_TEXT),
        ({"CZZT": "王\u202e小明"}, "/CZZT", MetadataFault.NOT_TEXT),
        ({"KZ_FW": "甲\x00"}, "/KZ_FW", MetadataFault.NOT_TEXT),
        ({"KZ_FW": "甲" * 5001}, "/KZ_FW", MetadataFault.TOO_LONG),
        ({"KZ_KSRQ": "2026-02-30"}, "/KZ_KSRQ", MetadataFault.NOT_A_DATE),
        ({"KZ_KSRQ": "2026-2-3"}, "/KZ_KSRQ", MetadataFault.NOT_A_DATE),
        ({"KZ_KSRQ": "00010101"}, "/KZ_KSRQ", MetadataFault.NOT_A_DATE),
        ({"ZZBFRQ": "yesterday"}, "/ZZBFRQ", MetadataFault.NOT_A_DATE),
        ({"ZZYXQJZRQ": "2026-05-31"}, "/ZZYXQJZRQ", MetadataFault.PERIOD),
        ({"KZ_ZP": "not base64!"}, "/KZ_ZP", MetadataFault.NOT_AN_IMAGE),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(changes: dict[str, Any], pointer: str, fault: MetadataFault) -> None:
    with pytest.raises(MetadataError) as caught:
        MetadataReader(KIND).read(tell(**changes))
    assert (caught.value.pointer, caught.value.fault) == (pointer, fault)
    assert str(caught.value) == f"{pointer}: {fault.value}"


def test_nothing_rests_on_a_code_that_is_not_certain() -> None:
    uncertain = invent_kind(code_certain=False)
    other = make_identifier("11100000000013338W032", ISSUER, "1")
    assert MetadataReader(uncertain).read(tell(ZZBS=other, ZZLXDM="another")).content.identifier == other


def test_an_issuer_is_trusted_by_its_code_or_the_beginning_of_it() -> None:
    anybody, organs = invent_kind(), invent_kind(issuers=["11310", "11430000006122244L"])
    assert is_trusted_issuer(anybody, "11310000000000000X")
    assert not is_trusted_issuer(anybody, "")
    assert is_trusted_issuer(organs, "11310000000000000X")
    assert is_trusted_issuer(organs, ISSUER)
    assert not is_trusted_issuer(organs, "113200000000000000")
    with pytest.raises(MetadataError) as caught:
        MetadataReader(invent_kind(issuers=["11310"])).read(tell())
    assert caught.value.fault is MetadataFault.UNTRUSTED_ISSUER


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_one_that_can_be_drawn(kind: str) -> None:
    text = draw(kind)
    data = base64.b64decode(text)
    assert is_picture(text)
    assert not is_picture(base64.b64encode(data[: len(data) // 2]).decode())
    assert not is_picture(base64.b64encode(data[:12]).decode())


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP"])
def test_other_pictures_are_none(kind: str) -> None:
    assert not is_picture(draw(kind))


def test_a_picture_has_the_size_of_a_card() -> None:
    assert not is_picture(draw(width=2049, height=1))
    assert not is_picture(draw(width=1, height=3000))
    noise = random.Random(5).randbytes(3 * 400 * 400)  # noqa: S311  invented
    assert not is_picture(base64.b64encode(noise).decode())
    assert not is_picture("A" * (2 * MOST_BYTES))


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for head in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"):
        assert not is_picture(base64.b64encode(head + data).decode())


@given(st.dictionaries(st.sampled_from([*tell(), "KZ_FW", "KZ_ZP", "KZ_KSRQ"]), st.text(max_size=30)))
def test_no_words_break_the_reader(changes: dict[str, str]) -> None:
    try:
        read = MetadataReader(KIND).read(tell(**changes))
    except MetadataError as error:
        assert error.pointer.removeprefix("/") in {*tell(), "KZ_FW", "KZ_ZP", "KZ_KSRQ"}  # noqa: PT017
    else:
        assert {"name", "number"} <= read.content.fields.keys()


def test_states_are_those_of_the_standard() -> None:
    codes = {"10": Standing.VALID, "01": Standing.REISSUED, "02": Standing.EXPIRED, "03": Standing.CANCELLED}
    codes |= {"04": Standing.REVOKED, "05": Standing.WITHDRAWN, "09": Standing.OTHER}
    assert {code: read_standing(code) for code in codes} == codes


@pytest.mark.parametrize("code", ["", "00", "11", "1", "有效"])
def test_a_state_that_nobody_knows_is_not_valid(code: str) -> None:
    assert read_standing(code) is Standing.OTHER


def test_what_was_read_is_not_printed() -> None:
    assert "王小明" not in repr(MetadataReader(KIND).read(tell()))
    assert TYPE_CODE not in repr(MetadataReader(KIND).read(tell()).content)
