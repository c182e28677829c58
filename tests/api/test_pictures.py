"""Reading codes out of pictures: those that people send, and those that are meant to hurt."""

from __future__ import annotations

import io
import struct
import zlib
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from api.pictures import PictureDesk, PictureError, read_codes
from api.services import now
from app.errors import TooManyRequestsError
from app.limits import Limit
from codes import to_png
from tests.api.harness import Api, Gate, Session, issue_code, scan, slug_of


def draw(text: str, *, scale: int = 6) -> Image.Image:
    """The QR of a text, in colour as a photo would be."""
    return Image.open(io.BytesIO(to_png(text, scale))).convert("RGB")


def encode(picture: Image.Image, form: str = "PNG") -> bytes:
    body = io.BytesIO()
    picture.save(body, form)
    return body.getvalue()


async def read(api: Api, gate: Gate, body: bytes, media_type: str = "image/png") -> list[str]:
    response = await api.post("/v1/pictures", by=gate, content=body, headers={"Content-Type": media_type})
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["next_cursor"] is None
    return [item["text"] for item in response.json()["items"]]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
async def test_a_code_is_read_from_each_form(api: Api, resident: Session, gate: Gate, form: str) -> None:
    code = await issue_code(api, resident)
    [found] = await read(api, gate, encode(draw(code), form), f"image/{form.lower()}")
    assert found == code
    assert (await scan(api, gate, found)).status_code == 201


@pytest.mark.parametrize("degrees", [90, 180, 270, 20])
async def test_a_picture_that_lies_askew(api: Api, gate: Gate, degrees: int) -> None:
    turned = draw("SX1:HELLO").rotate(degrees, expand=True, fillcolor="white")
    assert await read(api, gate, encode(turned)) == ["SX1:HELLO"]


async def test_a_code_in_a_corner_of_a_large_photo(api: Api, gate: Gate) -> None:
    photo = Image.new("RGB", (4000, 3000), "#405060")
    photo.paste(draw("SX1:HELLO", scale=12), (3300, 2300))
    assert await read(api, gate, encode(photo, "JPEG"), "image/jpeg") == ["SX1:HELLO"]


async def test_each_of_two_codes_is_read(api: Api, gate: Gate) -> None:
    both = Image.new("RGB", (900, 400), "white")
    both.paste(draw("SX1:ONE"), (20, 20))
    both.paste(draw("HTTPS://EXAMPLE.ORG"), (480, 20))
    assert sorted(await read(api, gate, encode(both))) == ["HTTPS://EXAMPLE.ORG", "SX1:ONE"]


@pytest.mark.parametrize("mode", ["RGBA", "P", "1", "L", "CMYK", "LA"])
async def test_pictures_of_any_colours(api: Api, gate: Gate, mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    assert await read(api, gate, encode(draw("SX1:HELLO").convert(mode), form)) == ["SX1:HELLO"]


async def test_a_code_on_a_transparent_ground(api: Api, gate: Gate) -> None:
    """A drawing kept without its white has it again when it is read."""
    drawn = draw("SX1:HELLO").convert("RGBA")
    black = Image.new("RGBA", drawn.size, (0, 0, 0, 0))
    black.paste((0, 0, 0, 255), mask=drawn.convert("L").point(lambda value: 255 - value))
    assert await read(api, gate, encode(black)) == ["SX1:HELLO"]


async def test_a_picture_without_a_code(api: Api, gate: Gate) -> None:
    assert await read(api, gate, encode(Image.new("RGB", (300, 300), "white"))) == []


async def refuse(api: Api, gate: Gate, body: bytes) -> None:
    response = await api.post("/v1/pictures", by=gate, content=body, headers={"Content-Type": "image/png"})
    assert (response.status_code, slug_of(response)) == (422, "invalid-request")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"\x89PNG\r\n\x1a\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"GIF89a" + b"\0" * 50,
    ],
    ids=["nothing", "a letter", "a beginning", "svg", "pdf", "gif"],
)
async def test_what_is_no_picture(api: Api, gate: Gate, body: bytes) -> None:
    await refuse(api, gate, body)


async def test_half_a_picture(api: Api, gate: Gate) -> None:
    whole = encode(draw("SX1:HELLO"), "JPEG")
    await refuse(api, gate, whole[: len(whole) // 2])


def bomb(width: int, height: int) -> bytes:
    """A small PNG that claims to be vast, and is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(6000, 6000), (20_000, 20_000), (65_535, 1000)])
async def test_a_picture_that_unfolds_is_refused_by_its_size(api: Api, gate: Gate, width: int, height: int) -> None:
    await refuse(api, gate, bomb(width, height))


async def test_a_body_of_nine_megabytes(api: Api, gate: Gate) -> None:
    await refuse(api, gate, bytes(9 * 2**20))


async def test_eight_megabytes_are_looked_at(api: Api, gate: Gate) -> None:
    whole = encode(draw("SX1:HELLO"))
    assert await read(api, gate, whole + bytes(8 * 2**20 - len(whole))) == ["SX1:HELLO"]


async def test_pictures_count_as_scans(api: Api, gate: Gate) -> None:
    blank = encode(Image.new("L", (8, 8)))
    answers = [
        (await api.post("/v1/pictures", by=gate, content=blank, headers={"Content-Type": "image/png"})).status_code
        for _ in range(350)
    ]
    assert answers[0] == 200
    assert answers[-1] == 429


def crowd(side: int = 2400) -> bytes:
    """Nothing but finder patterns, one pixel a module: a few kilobytes that make a reader try every three of them."""
    finder = Image.new("1", (8, 8), 1)
    for at in range(7):
        for x, y in ((at, 0), (at, 6), (0, at), (6, at)):
            finder.putpixel((x, y), 0)
    finder.paste(0, (2, 2, 5, 5))
    crowded = Image.new("1", (side, side), 1)
    for x in range(0, side, 8):
        for y in range(0, side, 8):
            crowded.paste(finder, (x, y))
    return encode(crowded)


async def test_a_picture_that_takes_long_is_charged_as_many_scans(gate: Gate) -> None:
    limit = Limit("pictures", per_minute=600, burst=300)
    seconds = iter((0.0, 20.0))
    desk = PictureDesk(limit, lambda: next(seconds))
    scanner, moment = gate.scanner_id.hex, now().timestamp()
    with desk.take(scanner, moment):
        assert await desk.read(scanner, crowd(64), moment) == []
    with pytest.raises(TooManyRequestsError) as refused, desk.take(scanner, moment):
        pass
    assert refused.value.retry_after == 11  # 401 of the 300 that are there at once


async def test_a_crowd_of_finder_patterns_holds_nobody_up_for_long(api: Api, gate: Gate) -> None:
    begun = process_time()
    assert await read(api, gate, crowd()) == []
    assert process_time() - begun < 8


def test_a_scanner_has_few_pictures_in_hand() -> None:
    desk = PictureDesk(Limit("pictures", per_minute=600, burst=300))
    with desk.take("one", 0.0):
        with desk.take("one", 0.0), desk.take("other", 0.0), pytest.raises(TooManyRequestsError), desk.take("one", 0.0):
            pass
        with desk.take("one", 0.0):
            pass


SEEDS = [encode(draw("SX1:HELLO", scale=2), form) for form in ("PNG", "JPEG", "WEBP")]


@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=20),
    cut=st.integers(0, 400),
)
def test_a_damaged_picture_is_read_or_refused(seed: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    damaged = bytearray(seed)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    try:
        found = read_codes(bytes(damaged[: len(damaged) - cut]))
    except PictureError:
        return
    assert all(found)


@given(st.binary(max_size=300))
def test_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(PictureError):
        read_codes(body)
