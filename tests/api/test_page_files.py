"""What a page is made of is sent small, and once: its address names what is in it."""

from __future__ import annotations

import re

import pytest

from api.page_files import read_pages
from tests.api.harness import Api

_IMMUTABLE = "public, max-age=31536000, immutable"


async def test_a_pages_files_are_kept_for_good_and_the_page_is_asked_for_again(api: Api) -> None:
    page = await api.get("/resident")
    assert page.headers["cache-control"] == "no-cache"
    addresses = re.findall(r'(?:href|src)="(/assets/[0-9a-f]{16}/[^"]+)"', page.text)
    assert [address.rpartition("/")[2] for address in addresses] == ["resident.css", "resident.js"]
    for address in addresses:
        answer = await api.get(address)
        assert answer.headers["cache-control"] == _IMMUTABLE
        assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_code_leads_to_a_source_map(api: Api) -> None:
    """Its address is from the code's, and so names another digest than its own: nobody keeps it."""
    code = read_pages().joined["docs.js"]
    named = re.search(r"^//# sourceMappingURL=(.+)$", code.body.decode(), re.MULTILINE)
    assert named
    told = await api.get(f"/assets/{code.digest}/{named[1]}")
    assert (told.headers["content-type"], told.headers["cache-control"]) == (
        "application/json; charset=utf-8",
        "no-cache",
    )
    assert told.json()["file"] == "docs.js"


async def test_of_another_release_it_gives_what_is_here_and_lets_nobody_keep_it(api: Api) -> None:
    ours = read_pages().joined["venue.js"]
    other = await api.get(f"/assets/{'0' * 16}/venue.js")
    assert (other.content, other.headers["cache-control"]) == (ours.body, "no-cache")
    for gone in (f"/assets/{ours.digest}/nothing.js", f"/assets/{ours.digest}/../venue.js", "/assets/venue.js"):
        assert (await api.get(gone)).status_code == 404


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip, deflate, br, zstd", True),
        ("GZIP;q=0.5", True),
        ("br, gzip; q=1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("identity", False),
        ("x-gzipped", False),
        ("", False),
    ],
)
async def test_it_is_compressed_for_who_takes_it(api: Api, accepted: str, packed: bool) -> None:  # noqa: FBT001  a parameter of the test
    answer = await api.get("/assets/kit/dom.js", headers={"Accept-Encoding": accepted})
    assert answer.content == read_pages().files["assets/kit/dom.js"].body
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
    held = {"Accept-Encoding": accepted, "If-None-Match": f'"x", W/{answer.headers["etag"]}'}
    again = await api.get("/assets/kit/dom.js", headers=held)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])


async def test_what_is_compressed_is_another_representation(api: Api) -> None:
    address = f"/assets/{read_pages().joined['docs.js'].digest}/docs.js"
    plain = await api.get(address, headers={"Accept-Encoding": "identity"})
    packed = await api.get(address, headers={"Accept-Encoding": "gzip"})
    assert plain.headers["etag"] != packed.headers["etag"]
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2.5
    assert plain.content == packed.content


async def test_small_bodies_go_as_they_are(api: Api) -> None:
    answer = await api.get("/assets/icons/suixing.svg", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers
