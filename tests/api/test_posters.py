"""What a venue prints, and where its code leads."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pypdfium2  # type: ignore[import-untyped]
import pytest
import qrcode
import zxingcpp
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from PIL import Image
from pylopdf_fonts_zh_cn import __file__ as fonts

from app.platforms.errors import ProviderUnavailableError
from app.platforms.registry import Platforms
from app.printing.lettering import measure, wrap
from app.printing.shapes import HEIGHT, WIDTH
from app.venues.posters import PosterText, draw_pdf, draw_svg
from app.venues.posters.layout import CODES_TOP, MARGIN, lay_out
from tests.api.harness import Api, Gate, Session, make_gate, slug_of
from tests.api.test_scanners import own_gate, path_of

_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
"""No other kind: a reader of all finds numbers in noise now and then."""

__all__ = ["own_gate"]

_A4 = (210, 297)
_POINTS_PER_MM = 72 / 25.4


def say(**changes: Any) -> PosterText:
    said = {
        "name": "上海随行示范医院", "address": "随行路1号", "purpose_zh": "医院挂号",
        "purpose_en": "Hospital registration",
        "fields": ["kind", "masked_name"], "checks_person": True, "link": "https://suixing.example/v/1",
    }  # fmt: skip
    return PosterText(**{**said, **changes})


def paint(pdf: bytes) -> Any:
    """The one page, as a printer would put it on paper."""
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    size = document[0].get_size()
    assert [round(side / _POINTS_PER_MM) for side in size] == list(_A4)
    return document[0].render(scale=2).to_pil()


def picture(text: str = "https://mini-program.example", kind: str = "PNG") -> bytes:
    drawn = io.BytesIO()
    qrcode.make(text).get_image().convert("RGB").save(drawn, kind)
    return drawn.getvalue()


def forget_wechat(monkeypatch: pytest.MonkeyPatch, answer: bytes | None) -> None:
    async def draw(_platforms: Platforms, _app_id: str, scene: str, page: str) -> bytes:
        assert re.fullmatch(r"[a-z2-7]{1,32}", scene)
        assert page == "pages/code/index"
        if answer is None:
            raise ProviderUnavailableError
        return answer

    monkeypatch.setattr(Platforms, "draw_wechat_code", draw)


async def get_poster(api: Api, manager: Session, gate: Gate, **headers: str) -> httpx.Response:
    return await api.get(path_of(gate, "/poster"), by=manager, headers=headers)


async def test_a_poster_is_one_printable_page_with_codes_that_can_be_read(
    api: Api, manager: Session, own_gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_wechat(monkeypatch, picture(kind="JPEG"))
    response = await get_poster(api, manager, own_gate)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/pdf")
    assert response.headers["x-mini-program-code"] == "drawn"
    read = {found.text for found in zxingcpp.read_barcodes(paint(response.content), formats=_QR)}
    assert read == {f"http://127.0.0.1:8000/v/{own_gate.venue_id}", "https://mini-program.example"}


async def test_without_wechat_the_poster_comes_all_the_same(
    api: Api, manager: Session, own_gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_wechat(monkeypatch, None)
    response = await get_poster(api, manager, own_gate, Accept="image/svg+xml")
    assert (response.status_code, response.headers["content-type"]) == (200, "image/svg+xml")
    assert response.headers["x-mini-program-code"] == "unavailable"
    assert b"<image" not in response.content
    monkeypatch.setattr(Platforms, "app_ids", lambda _self: [])
    assert (await get_poster(api, manager, own_gate)).headers["x-mini-program-code"] == "none"


async def test_a_poster_is_for_the_manager_of_an_approved_venue(
    api: Api, manager: Session, own_gate: Gate, gate: Gate
) -> None:
    assert slug_of(await get_poster(api, manager, gate)) == "not-found"
    await api.patch(path_of(own_gate), by=manager, json={"name": "新名"})
    assert slug_of(await get_poster(api, manager, own_gate)) == "venue-not-approved"


@pytest.mark.parametrize(
    "name",
    [
        "馆",
        "上海随行示范医院",
        "某" * 100,
        "W" * 100,
        "The Long Hospital of a City and All its Clinics " * 2,
        "䶮𬱖㙍😀",
    ],
)
@pytest.mark.parametrize("has_mini_program", [True, False])
def test_nothing_leaves_the_page_or_runs_into_what_is_below(name: str, *, has_mini_program: bool) -> None:
    lines = list(lay_out(say(name=name.strip(), address="路" * 200), has_mini_program=has_mini_program))
    for line in lines:
        assert line.x + measure(line.text, line.size) <= WIDTH - MARGIN + 1, line
        assert line.y <= HEIGHT - 8
    left = sorted((line for line in lines if line.x < MARGIN + 5 and line.y < CODES_TOP), key=lambda line: line.y)
    for above, below in pairwise(left):
        assert above.y + 0.15 * above.size < below.y - 0.75 * below.size or above.y == below.y, (above, below)
    assert left[-1].y < CODES_TOP - 8


def test_lines_break_between_words_and_anywhere_in_chinese() -> None:
    assert wrap("one two three", measure("one two", 5), 5) == ["one two", "three"]
    assert wrap("一二三四五", measure("一二", 5), 5) == ["一二", "三四", "五"]
    assert wrap("一二三、四五", measure("一二三", 5), 5) == ["一二", "三、四", "五"]
    assert "".join(wrap("W" * 30, measure("WWW", 5), 5)) == "W" * 30


def test_the_font_may_be_embedded_and_has_rare_characters() -> None:
    with TTFont(Path(fonts).with_name("NotoSansSC-Regular.otf"), lazy=True) as font:
        assert font["OS/2"].fsType == 0  # installable embedding: nothing is reserved
        assert "SIL Open Font License" in font["name"].getDebugName(13)
        assert {ord(character) for character in "䶮𬱖㙍囧玥喆"} <= set(font.getBestCmap())


def test_svg_and_pdf_are_of_one_drawing_and_need_no_font() -> None:
    drawn = draw_svg(say(), picture())
    assert b"<text" not in drawn
    assert b"font" not in drawn
    pdf = draw_pdf(say(), picture())
    assert b"/BaseFont" not in pdf
    # Ink on paper: the name's place is not empty.
    page = paint(pdf).convert("L")
    scale = page.width / WIDTH
    name = page.crop((int(18 * scale), int(42 * scale), int(190 * scale), int(66 * scale)))
    assert name.getextrema()[0] < 80


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_the_posters_code_leads_to_what_the_venue_is_registered_for(api: Api, gate: Gate, language: str) -> None:
    response = await api.get(f"/v/{gate.venue_id}", headers={"Accept-Language": language, "Accept": "text/html"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in response.headers["content-security-policy"]
    purpose, field = ("Hospital registration", "a surname") if language == "en" else ("医院挂号", "姓氏")
    for words in ("甲医院", "随行路1号", purpose, field, f'lang="{language}"'):
        assert words in response.text
    assert re.search(r"\{\w+\}", response.text) is None


async def test_a_venues_name_is_words_and_no_markup(api: Api, gate: Gate) -> None:
    await api.services.pool.execute(
        "UPDATE venues SET name = $2 WHERE venue_id = $1", gate.venue_id, "<script>alert(1)</script> {items}"
    )
    response = await api.get(f"/v/{gate.venue_id}")
    assert "<script" not in response.text
    assert "&lt;script&gt;" in response.text


async def test_a_venue_that_is_not_registered_is_said_so(api: Api) -> None:
    closed = await make_gate(api, approved=False)
    for venue_id in (closed.venue_id, uuid4()):
        assert slug_of(await api.get(f"/v/{venue_id}")) == "not-found"


def test_an_image_of_wechats_is_drawn_whole() -> None:
    page = paint(draw_pdf(say(link="https://suixing.example/v/2"), picture("https://wx.example", "JPEG")))
    assert isinstance(page, Image.Image)
    assert {one.text for one in zxingcpp.read_barcodes(page, formats=_QR)} == {
        "https://suixing.example/v/2",
        "https://wx.example",
    }
