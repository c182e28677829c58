"""Every problem has a meaning, is declared, is written down, and can be provoked here."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.exceptions import ValidationException

from api.meanings import MEANINGS
from api.problems import _field_errors, prefers_english
from app.errors import RefusedError
from app.people.model import Role
from tests.api.harness import (
    Api,
    Gate,
    Session,
    log_in,
    make_person,
    slug_of,
)
from tests.api.problems_page import PAGE, explain, list_declared, write_page
from tests.api.provoking import PROVOKED, Scene


@pytest.fixture
async def scene(
    api: Api, resident: Session, newcomer: Session, unverified: Session, gate: Gate, tmp_path: Path
) -> Scene:
    manager = await log_in(api, await make_person(api, role=Role.MANAGER))
    return Scene(api, resident, newcomer, unverified, manager, gate, tmp_path)


def test_every_problem_is_provoked() -> None:
    assert PROVOKED.keys() == MEANINGS.keys()


@pytest.mark.parametrize("slug", PROVOKED)
async def test_the_problem_arises(slug: str, scene: Scene) -> None:
    """What every problem document promises is checked with each answer."""
    response = await PROVOKED[slug](scene)
    assert slug_of(response) == slug


def test_every_problem_is_declared_by_an_operation() -> None:
    declared = set().union(*list_declared().values())
    assert MEANINGS.keys() - declared == {"method-not-allowed"}  # an operation has its method
    assert declared <= MEANINGS.keys()


def test_every_refusal_of_the_domains_has_a_meaning() -> None:
    def walk(base: type[RefusedError]) -> set[str]:
        return {error.slug for error in base.__subclasses__()}.union(*map(walk, base.__subclasses__()))

    assert walk(RefusedError) <= MEANINGS.keys()


@pytest.mark.parametrize("slug", MEANINGS)
def test_a_problem_says_what_it_is_and_what_comes_next(slug: str) -> None:
    meaning = MEANINGS[slug]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", slug)
    assert 400 <= meaning.status < 600
    for text in (meaning.title_zh, meaning.next_zh):
        assert re.search(r"[\u4e00-\u9fff]", text)
    for text in (meaning.title_en, meaning.next_en):
        assert text.isascii()
    assert meaning.next_en.endswith(".")
    assert explain(slug).endswith(".")


def test_the_page_of_problems_is_current() -> None:
    assert PAGE.read_text("utf-8") == write_page(), "run python -m tests.api.problems_page"


@pytest.mark.parametrize(("language", "title"), [("en", "Not found"), ("zh-CN", "未找到"), (None, "未找到")])
async def test_a_problem_is_told_in_the_callers_language(api: Api, language: str | None, title: str) -> None:
    response = await api.get("/v1/nothing", headers={"Accept-Language": language} if language else {})
    assert response.json()["title"] == title
    assert response.headers["content-language"] == ("en" if language == "en" else "zh-CN")


@pytest.mark.parametrize(
    ("accepted", "english"),
    [
        ("", False),
        ("en", True),
        ("EN-us", True),
        ("zh", False),
        ("*", False),
        ("fr", False),
        ("en,zh", False),
        ("zh-CN,zh;q=0.9,en;q=0.8", False),
        ("en-US,en;q=0.9,zh;q=0.8", True),
        ("fr, en; q=0.3, zh ;q=0.2", True),
        ("zh;q=0, en;q=0.001", True),
        ("en;q=0", False),
        ("en;q=2", False),
        ("en;q=nan", False),
        ("english", False),
    ],
)
def test_a_language_is_preferred_by_its_weight(accepted: str, *, english: bool) -> None:
    assert prefers_english(accepted) is english


weights = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)


@given(en=weights, zh=weights, others=st.lists(st.sampled_from(["fr", "de;q=0.3", "*;q=0.1"])), data=st.data())
def test_the_greater_weight_wins(en: float, zh: float, others: list[str], data: st.DataObject) -> None:
    gap = data.draw(st.sampled_from(["", " ", "  "]))
    parts = data.draw(st.permutations([f"en{gap};{gap}q={en:.3f}", f"zh-CN{gap};{gap}q={zh:.3f}", *others]))
    assert prefers_english(f"{gap},{gap}".join(parts)) is (en > zh)


@given(st.text())
def test_any_header_can_be_read(accepted: str) -> None:
    assert prefers_english(accepted) in {True, False}


@given(
    keys=st.lists(st.from_regex(r"[a-z_]{1,8}(\[[0-9]{1,2}\])?", fullmatch=True), min_size=1, max_size=4),
    secret=st.text(st.characters(exclude_characters="'\"", exclude_categories=["Cs"]), min_size=12),
    quote=st.sampled_from("'\""),
)
def test_pointers_lead_to_the_value_and_never_say_it(keys: list[str], secret: str, quote: str) -> None:
    """JSON Pointers (RFC 6901), whatever the decoder quotes."""
    error = ValidationException(
        extra=[{"key": "data." + ".".join(keys), "message": f"Invalid value {quote}{secret}{quote} here"}]
    )
    [found] = _field_errors(error)
    steps = [step for key in keys for step in key.rstrip("]").split("[")]
    assert found.pointer == "/" + "/".join(steps)
    assert secret not in found.message


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b"", [""]),
        (b"{", [""]),
        (b"[]", [""]),
        (b'{"phone": 5}', ["/phone"]),
        (b'{"phone": "x"}', ["/phone"]),
        (b'{"phone": "13800000000", "installation_id": "x"}', ["/installation_id"]),
        (b'{"phone": "\xff"}', [""]),
        (b'{"phone": "\\ud800"}', [""]),
        (b"\x00" * 100, [""]),
    ],
)
async def test_what_is_wrong_is_pointed_at(api: Api, body: bytes, pointers: list[str]) -> None:
    response = await api.post("/v1/otp", content=body, headers={"Content-Type": "application/json"})
    assert slug_of(response) == "invalid-request"
    assert [error["pointer"] for error in response.json()["errors"]] == pointers


async def test_a_body_that_is_too_long(api: Api) -> None:
    response = await api.post("/v1/otp", json={"phone": "1" * 3 * 2**20})
    assert slug_of(response) == "invalid-request"


@pytest.mark.parametrize("secret", ["123456x", "hunter2-hunter2", "4711\n4711"])
async def test_a_secret_in_the_wrong_place_is_not_said_back(api: Api, secret: str) -> None:
    for body in (
        {"grant": secret, "challenge_id": secret, "otp": secret, "installation_id": secret},
        {"grant": "otp", "challenge_id": str(uuid4()), "otp": secret, "installation_id": str(uuid4())},
        {"phone": secret},
    ):
        for path in ("/v1/sessions", "/v1/otp"):
            response = await api.post(path, json=body)
            assert secret not in response.text
            assert secret.encode().hex() not in response.text
