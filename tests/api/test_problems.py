"""Every problem has a meaning, is declared, is written down, and can be provoked here."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.exceptions import ValidationException

from api.problems import MEANINGS, _field_errors, prefers_english
from api.services import now
from app.errors import RefusedError
from app.people.model import Role
from app.repeating import store as repeating
from tests.api import crafting
from tests.api.harness import (
    Api,
    Gate,
    Session,
    invent_phone,
    issue_code,
    log_in,
    make_gate,
    make_person,
    request_otp,
    running_api,
    scan,
    slug_of,
)
from tests.api.problems_page import PAGE, explain, list_declared, write_page
from tests.api.test_venues import VENUE


class Scene(NamedTuple):
    """Who is there to provoke a problem."""

    api: Api
    resident: Session
    newcomer: Session
    unverified: Session
    manager: Session
    gate: Gate
    folder: Path

    async def scan(self, code: str, **body: str) -> httpx.Response:
        return await scan(self.api, self.gate, code, **body)

    async def code(self) -> str:
        return await issue_code(self.api, self.resident)

    async def guess(self, otp: str | None = None) -> httpx.Response:
        """Guesses at a password: wrong, unless it is told which to try."""
        challenge_id, right = await request_otp(self.api, invent_phone())
        otp = f"{(int(right) + 1) % 10**6:06}" if otp is None else otp
        body = {"grant": "otp", "challenge_id": str(challenge_id), "otp": otp, "installation_id": str(uuid4())}
        return await self.api.post("/v1/sessions", json=body)

    async def refresh(self) -> httpx.Response:
        return await self.api.post("/v1/sessions/refresh", json={"refresh_token": self.resident.refresh_token})

    async def create_venue(self, **changes: str) -> httpx.Response:
        return await self.api.post(
            "/v1/venues", by=self.manager, json=VENUE | changes, headers={"Idempotency-Key": "key-1"}
        )


async def scan_of_yesterday(scene: Scene) -> httpx.Response:
    scan_id = (await scene.scan(await scene.code())).json()["scan_id"]
    moment = now() - timedelta(hours=25)
    await scene.api.services.pool.execute("UPDATE accesses SET recorded_at = $2 WHERE access_id = $1", scan_id, moment)
    return await scene.api.post(f"/v1/scans/{scan_id}/annul", by=scene.gate, json={"reason": "x"})


async def scan_after_a_lock(scene: Scene) -> httpx.Response:
    code = await scene.code()
    await scene.api.post("/v1/me/lock", by=scene.resident)
    return await scene.scan(code)


async def scan_twice(scene: Scene) -> httpx.Response:
    code = await scene.code()
    await scene.scan(code)
    return await scene.scan(code)


async def scan_at_an_unapproved_venue(scene: Scene) -> httpx.Response:
    return await scan(scene.api, await make_gate(scene.api, approved=False), await scene.code())


async def scan_a_foreign_code(scene: Scene) -> httpx.Response:
    ring = crafting.make_foreign_ring(scene.folder / "32")
    return await scene.scan(await crafting.craft(scene.api, scene.resident, ring=ring, issuer="32"))


async def scan_too_long_a_life(scene: Scene) -> httpx.Response:
    return await scene.scan(crafting.sign_longer(scene.api, await scene.code(), 300))


async def scan_from_the_future(scene: Scene) -> httpx.Response:
    return await scene.scan(await crafting.craft(scene.api, scene.resident, at=now() + timedelta(seconds=90)))


async def reuse_a_challenge(scene: Scene) -> httpx.Response:
    challenge_id, otp = await request_otp(scene.api, invent_phone())
    body = {"grant": "otp", "challenge_id": str(challenge_id), "otp": otp, "installation_id": str(uuid4())}
    await scene.api.post("/v1/sessions", json=body)
    return await scene.api.post("/v1/sessions", json=body)


async def refresh_after_closing(scene: Scene) -> httpx.Response:
    listed = (await scene.api.get("/v1/me/sessions", by=scene.newcomer)).json()["items"]
    own = next(session["id"] for session in listed if session["current"])
    await scene.api.delete(f"/v1/me/sessions/{own}", by=scene.newcomer)
    return await scene.api.post("/v1/sessions/refresh", json={"refresh_token": scene.newcomer.refresh_token})


async def refresh_twice(scene: Scene) -> httpx.Response:
    await scene.refresh()
    return await scene.refresh()


async def create_with_a_used_key(scene: Scene) -> httpx.Response:
    await scene.create_venue()
    return await scene.create_venue(name="另一馆")


async def create_while_it_is_created(scene: Scene) -> httpx.Response:
    digest = hashlib.sha256(b"the same request").digest()
    caller = scene.manager.person.resident_id
    moment = now()
    await repeating.claim(
        scene.api.services.pool, caller, "key-1", request_hash=digest, now=moment, abandoned_before=moment
    )
    return await scene.create_venue()


async def ask_for_codes_without_end(scene: Scene) -> httpx.Response:
    settings = dataclasses.replace(scene.api.services.settings, codes_burst=1)
    async with running_api(settings) as tight:
        await issue_code(tight, scene.resident)
        return await tight.post("/v1/codes", by=scene.resident, json={"kind": "personal"})


async def ask_without_a_database(scene: Scene) -> httpx.Response:
    async with running_api(scene.api.services.settings) as cut:
        cut.services.pool.terminate()
        return await cut.get("/v1/me", by=scene.resident)


async def ask_of_damaged_data(scene: Scene) -> httpx.Response:
    await scene.api.services.pool.execute(
        "UPDATE residents SET sealed_phone = '\\x00' WHERE resident_id = $1", scene.resident.person.resident_id
    )
    return await scene.api.get("/v1/me", by=scene.resident)


async def alter(scene: Scene, change: Callable[[str], str]) -> httpx.Response:
    return await scene.scan(change(await scene.code()))


async def expire(scene: Scene) -> httpx.Response:
    return await scene.scan(await crafting.craft_ended(scene.api, scene.resident))


PROVOKED: dict[str, Callable[[Scene], Awaitable[httpx.Response]]] = {
    "code-not-ours": lambda scene: scene.scan("https://example.org"),
    "code-malformed": lambda scene: scene.scan("SX1:ABC"),
    "code-issuer-unknown": scan_a_foreign_code,
    "code-algorithm-refused": lambda scene: alter(scene, crafting.alter_algorithm),
    "code-signature-invalid": lambda scene: alter(scene, crafting.alter_signature),
    "code-not-yet-valid": scan_from_the_future,
    "code-expired": expire,
    "code-lifetime-excessive": scan_too_long_a_life,
    "code-revoked": scan_after_a_lock,
    "code-already-used": scan_twice,
    "purpose-not-registered": lambda scene: scene.scan("x", purpose="metro-gate"),
    "venue-not-approved": scan_at_an_unapproved_venue,
    "scan-not-annullable": scan_of_yesterday,
    "otp-wrong": lambda scene: scene.guess(),
    "otp-expired": reuse_a_challenge,
    "session-expired": refresh_after_closing,
    "session-reused": refresh_twice,
    "unauthenticated": lambda scene: scene.api.get("/v1/me"),
    "identity-not-verified": lambda scene: scene.api.post("/v1/codes", by=scene.unverified, json={"kind": "personal"}),
    "installation-not-approved": lambda scene: scene.api.get("/v1/me/accesses", by=scene.newcomer),
    "forbidden": lambda scene: scene.api.get("/v1/venues", by=scene.resident),
    "not-found": lambda scene: scene.api.get("/v1/nothing"),
    "method-not-allowed": lambda scene: scene.api.delete("/v1/me"),
    "invalid-request": lambda scene: scene.guess("12345"),
    "idempotency-key-reused": create_with_a_used_key,
    "request-in-progress": create_while_it_is_created,
    "too-many-requests": ask_for_codes_without_end,
    "unavailable": ask_without_a_database,
    "internal": ask_of_damaged_data,
}


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
