"""What docs/codes.md tells a gate vendor is what the vectors and the code say."""

from __future__ import annotations

import re
from pathlib import Path

from codes import layout
from codes.licence_layout import LICENCE, LICENCE_BETWEEN, licence_signed_part
from codes.model import LONGEST_LIFE_SECONDS, PREFIXES, SKEW_SECONDS
from tests.codes.test_vectors import CASES, SLUGS, VECTORS
from tests.vectors.licence_cases import make_licence

PAGE = (Path(__file__).parents[2] / "docs" / "codes.md").read_text("utf-8")


def test_the_worked_example_is_the_first_vector() -> None:
    assert CASES[0]["name"] == VECTORS["example"]["case"]
    assert f"\n{CASES[0]['text']}\n" in PAGE
    assert VECTORS["example"]["cose"] in re.sub(r"\s", "", PAGE)
    assert VECTORS["example"]["public_key"]["x"] in PAGE
    assert VECTORS["example"]["public_key"]["y"] in PAGE


def test_the_table_is_the_layout() -> None:
    """Its first two columns, read as bytes, are the fixed parts of every code, each where it stands."""
    section = PAGE.partition("## The bytes")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d+) \| `([0-9a-f ]+)` \|", section, re.MULTILINE)
    raw = bytes.fromhex(VECTORS["example"]["cose"])
    for at, fixed in rows:
        assert raw[int(at) :].startswith(bytes.fromhex(fixed))
    assert b"".join(bytes.fromhex(fixed) for _, fixed in rows) == b"".join(layout.BETWEEN)
    assert f"What is signed is {len(layout.signed_part(raw))} bytes" in section


def test_the_bytes_of_a_licence_are_as_drawn() -> None:
    section = PAGE.partition("## A licence shown in hand")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", section, re.MULTILINE)
    raw = make_licence()
    fixed = [bytes.fromhex(part) for _, row in rows for part in re.findall(r"`([0-9a-f ]+)`", row)]
    assert b"".join(fixed) == b"".join(LICENCE_BETWEEN)
    for at, row in rows:
        assert raw[int(at) :].startswith(bytes.fromhex(row.split("`")[1]))
    assert f"{LICENCE.size} bytes" in section
    assert f"{len(licence_signed_part(raw))} bytes: `84 6a" in section


def test_every_refusal_is_told_in_its_order() -> None:
    section = PAGE.partition("## The checks, in order")[2].partition("## The trust list")[0]
    told = list(dict.fromkeys(re.findall(r"`(code-[a-z-]+)`: ", section)))
    assert set(told) == SLUGS
    assert told == [
        "code-not-ours",
        "code-malformed",
        "code-issuer-unknown",
        "code-algorithm-refused",
        "code-signature-invalid",
        "code-not-yet-valid",
        "code-expired",
        "code-lifetime-excessive",
    ]


def test_figures_and_prefixes_are_the_products() -> None:
    assert f"more than {SKEW_SECONDS} s ahead" in PAGE
    assert f"{LONGEST_LIFE_SECONDS} s, whoever signed it" in PAGE
    assert all(f"`{prefix}`" in PAGE for prefix in PREFIXES)
    assert f"{len(CASES)} vectors" in PAGE
