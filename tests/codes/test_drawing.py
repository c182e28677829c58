"""Pictures of codes: laid out as the library lays them out, and read back by two decoders that know nothing of it."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree as ET

import pytest
import qrcode
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_M

from codes import qr_matrix, to_png, to_svg
from codes.drawing import QUIET
from tests.codes.conftest import Mint
from tests.codes.oracles import ask_node
from tests.vectors.crafting import make_code

CODE = make_code()
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_COUNT = 40
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_RECTANGLE = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


def _lay_out(text: str) -> list[list[bool]]:
    """By the library alone."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=2, border=0)
    code.add_data(text, optimize=0)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.modules]


def _open(png: bytes) -> Image.Image:
    with Image.open(io.BytesIO(png)) as picture:
        picture.load()
        return picture.convert("L")


def _paint(svg: str, scale: int) -> Image.Image:
    """The picture that an SVG of rectangles describes, without any library for SVG."""
    path = ET.fromstring(svg)[1].attrib["d"]  # noqa: S314  our own
    side = int(ET.fromstring(svg).attrib["viewBox"].split()[2])  # noqa: S314  our own
    picture = Image.new("L", (side * scale, side * scale), 255)
    pen = ImageDraw.Draw(picture)
    rectangles = list(_RECTANGLE.finditer(path))
    assert "".join(found.group() for found in rectangles) == path
    for x, y, width, back in (map(int, found.groups()) for found in rectangles):
        assert width == back
        pen.rectangle((x * scale, y * scale, (x + width) * scale - 1, (y + 1) * scale - 1), fill=0)
    return picture


def test_a_code_has_version_8() -> None:
    """17 + 4 × version modules: any more would be harder to read on a small screen."""
    rows = qr_matrix(CODE)
    assert {len(rows), *map(len, rows)} == {17 + 4 * 8}


def test_it_is_laid_out_as_the_library_does() -> None:
    assert qr_matrix(CODE) == _lay_out(CODE)


@settings(max_examples=25)
@given(st.text(_ALPHANUMERIC, min_size=1, max_size=700) | st.text(min_size=1, max_size=200))
def test_any_text_of_any_version_is_laid_out_as_the_library_does(text: str) -> None:
    try:
        expected = _lay_out(text)
    except UnicodeEncodeError:
        with pytest.raises(ValueError, match="surrogates"):
            qr_matrix(text)
        return
    assert qr_matrix(text) == expected


def test_a_text_that_no_code_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        qr_matrix("A" * 4000)


def test_svg_and_png_show_the_same_modules() -> None:
    assert _paint(to_svg(CODE), 3).tobytes() == _open(to_png(CODE, 3)).tobytes()


def test_the_picture_is_the_matrix_in_its_quiet_zone() -> None:
    rows = qr_matrix(CODE)
    picture = _open(to_png(CODE, 1))
    white = [False] * QUIET
    blank = [[False] * picture.width] * QUIET
    pixels = picture.tobytes()
    shown = [[pixels[y * picture.width + x] == 0 for x in range(picture.width)] for y in range(picture.height)]
    assert shown == [*blank, *(white + row + white for row in rows), *blank]


@pytest.mark.parametrize("scale", [1, 2, 3, 5, 8, 20])
def test_a_png_has_one_bit_a_pixel(scale: int) -> None:
    with Image.open(io.BytesIO(to_png(CODE, scale))) as picture:
        picture.verify()
        assert (picture.mode, picture.size) == ("1", ((49 + 2 * QUIET) * scale,) * 2)


def test_an_svg_stands_alone() -> None:
    """No scripts, no references, edges left crisp, and white beneath for dark pages."""
    svg = ET.fromstring(to_svg(CODE))  # noqa: S314  our own
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert svg.attrib == {"viewBox": "0 0 57 57", "shape-rendering": "crispEdges"}
    assert [(child.tag.rpartition("}")[2], child.attrib.get("fill")) for child in svg] == [
        ("path", "#fff"),
        ("path", None),
    ]


def test_two_decoders_read_every_picture(mint_one: Mint) -> None:
    texts = [mint_one(number).text for number in range(_COUNT)]
    pictures = [_open(to_png(text, 4)) for text in texts[::2]] + [_paint(to_svg(text), 4) for text in texts[1::2]]
    expected = texts[::2] + texts[1::2]
    found = [zxingcpp.read_barcodes(picture, formats=_QR) for picture in pictures]
    assert [[one.text for one in codes] for codes in found] == [[text] for text in expected]
    questions = [
        {"width": picture.width, "pixels": base64.b64encode(picture.tobytes()).decode()} for picture in pictures
    ]
    assert ask_node("ask_jsqr.mjs", questions) == expected


@pytest.mark.parametrize("angle", [7, 90, 180, 201])
def test_a_turned_and_damaged_picture_is_read(angle: int) -> None:
    """Level M restores what a thumb or a scratch hides."""
    picture = _open(to_png(CODE, 6))
    ImageDraw.Draw(picture).rectangle((150, 150, 190, 190), fill=255)
    turned = picture.rotate(angle, expand=True, fillcolor=255)
    found = zxingcpp.read_barcodes(turned, formats=_QR)
    assert [one.text for one in found] == [CODE]
