"""The pages' own verifier answers as `codes` does: to every vector, to lists gone wrong, to what was revoked."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from codes import (
    FORMS,
    KeyRing,
    KeyUse,
    StatusList,
    StatusListError,
    TrustList,
    TrustListError,
    pack_bits,
    read_status_jwt,
    read_trust_list,
    sign_status_jwt,
    sign_trust_list,
    takes_form,
)
from codes.status import MOST_ENTRIES
from codes.status_delta import apply_status_delta, digest_bits, sign_status_delta
from tests.codes.oracles import ask_node
from tests.codes.test_trust import CHAINS, PIN
from tests.vectors.crafting import NOW
from tests.vectors.keys import HOME, STRANGER
from tests.vectors.lists import SEQUENCE, make_entry, make_list, write_time
from tests.vectors.make import FOLDER

DAY = timedelta(days=1)
URI = "https://suixing.example/v1/status-lists/3"
VECTORS = [json.loads((FOLDER / f"sx{number}.json").read_text("utf-8")) for number in (1, 2, 3, 4)]
_MUTANTS = 150


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def as_the_kit_says_it(claims: dict[str, str]) -> dict[str, Any]:
    """A vector's claims in the names of the modules."""
    status = claims.get("status")
    numbers = [int(number) for number in status.split(":")] if status else None
    return {
        "form": claims["form"],
        "issuer": claims["issuer"],
        "kind": claims["kind"],
        "kid": claims["kid"],
        "tokenId": claims["token_id"],
        "issued": seconds(claims["issued_at"]),
        "expires": seconds(claims["expires_at"]),
        "status": {"list": numbers[0], "index": numbers[1]} if numbers else None,
        **({"licence": claims["licence_handle"]} if "licence_handle" in claims else {}),
    }


def test_each_vector_is_answered() -> None:
    cases = [(vectors["trust_list"], case) for vectors in VECTORS for case in vectors["cases"]]
    questions = [
        {"ask": "code", "text": case["text"], "trust": trust, "at": at, "trusted_at": milliseconds(NOW)}
        for trust, case in cases
        for at in [milliseconds(datetime.fromisoformat(case["at"]))]
    ]
    wrong = []
    for (_, case), answer in zip(cases, ask_node("ask_kit.mjs", questions), strict=True):
        answer.get("found", {}).pop("certified", None)
        due = {"slug": case["refusal"]} if "refusal" in case else {"found": as_the_kit_says_it(case["claims"])}
        if answer != due:
            wrong.append((case["name"], answer, due))
    assert len(cases) >= 199
    assert wrong == []


def test_purposes_take_the_same_forms() -> None:
    cases: list[tuple[KeyUse, dict[str, Any]]] = [
        (use, {"fields": fields, "strict": strict})
        for use in FORMS
        for fields in ([], ["kind"], ["masked_name"], ["kind", "masked_name"], ["something of next year"])
        for strict in (False, True)
    ]
    asked = [{"ask": "form", "form": FORMS[use], "purpose": purpose} for use, purpose in cases]
    taken = [takes_form(use, **purpose) for use, purpose in cases]
    assert ask_node("ask_kit.mjs", asked) == [{"found": one} for one in taken]
    assert [sum(taken[number : number + 10]) for number in (0, 10, 20, 30)] == [10, 2, 5, 0], (
        "dynamic, phone, paper, licence"
    )


def _mutants() -> list[str]:
    """A good list with a character changed, dropped or doubled, the same ones in each run."""
    chances = random.Random(31)  # noqa: S311  not for secrets
    good, made = make_list(), []
    for _ in range(_MUTANTS):
        at = chances.randrange(len(good))
        made.append(good[:at] + chances.choice(["", good[at] * 2, chances.choice("AZaz09-_.=")]) + good[at + 1 :])
    return made


_LISTS: list[str] = [
    make_list(),
    *(make_list(chain=chain) for chain, _ in CHAINS.values()),
    make_list(key=STRANGER),
    make_list({"province": "32"}),
    make_list({"expires_at": write_time(NOW)}),
    make_list({"expires_at": "2026-07-02T04:00:00"}),
    make_list({"sequence": "7"}),
    make_list({"sequence": 0}),
    make_list({"keys": None}),
    make_list({"keys": [make_entry(HOME, jwk={**HOME.jwk, "x": HOME.jwk["y"]})]}),
    make_list({"keys": [make_entry(HOME, jwk={"kty": "EC", "crv": "P-256"})]}),
    make_list({"keys": [make_entry(HOME, kid="zz")]}),
    make_list({"keys": [make_entry(HOME, "something of next year", kid="a name"), make_entry(HOME)]}),
    make_list(header={"alg": "ES384"}),
    make_list(header={"typ": "JWT"}),
    make_list(header={"crit": ["exp"], "exp": 1}),
    make_list(header={"x5c": [1, 2]}),
    make_list(header={"x5c": None}),
    make_list(body=b"[]"),
    make_list(body=b"{"),
    "",
    "..",
]
_HELD: list[dict[str, Any]] = [
    {},
    {"pin": "00" * 32},
    {"pin": PIN.upper()},
    {"at_least": SEQUENCE + 1},
    {"at_least": SEQUENCE},
    {"now": NOW + DAY - timedelta(seconds=1)},
    {"now": NOW + DAY},
    {"now": NOW + timedelta(days=3660)},
]


def _read_trust(text: str, *, now: datetime = NOW, pin: str | None = PIN, at_least: int | None = None) -> Any:
    try:
        trust = read_trust_list(text, now=now, root_fingerprint=pin, at_least=at_least)
    except TrustListError as refusal:
        return refusal.slug
    return trust.province, trust.sequence, trust.kids


def test_trust_lists_are_judged_as_here() -> None:
    asked: list[tuple[str, dict[str, Any]]] = [(text, {}) for text in _LISTS] + [(make_list(), how) for how in _HELD]
    questions = [
        {
            "ask": "trust", "text": text, "at": milliseconds(how.get("now", NOW)), "pin": how.get("pin", PIN),
            "at_least": how.get("at_least"),
        }
        for text, how in asked
    ]  # fmt: skip
    wrong = []
    for (text, how), answer in zip(asked, ask_node("ask_kit.mjs", questions), strict=True):
        found = answer.get("found")
        kids = frozenset(map(bytes.fromhex, found["kids"])) if found else None
        said = (found["province"], found["sequence"], kids) if found else answer["slug"]
        if said != (due := _read_trust(text, **how)):
            wrong.append((_LISTS.index(text), how, said, due))
    assert wrong == []


def test_a_damaged_trust_list_is_never_taken() -> None:
    """What of it is broken, two readers of certificates may say differently."""
    mutants = _mutants()
    questions = [{"ask": "trust", "text": text, "at": milliseconds(NOW), "pin": PIN} for text in mutants]
    answers = ask_node("ask_kit.mjs", questions)
    assert [text[:60] for text, answer in zip(mutants, answers, strict=True) if "found" in answer] == [
        text[:60] for text in mutants if not isinstance(_read_trust(text), str)
    ]


@pytest.fixture
def list_ring(ring: KeyRing) -> KeyRing:
    return ring.rotate(KeyUse.LIST, NOW, lead=timedelta(0))


def test_status_lists_are_judged_as_here(list_ring: KeyRing) -> None:
    trust_text = sign_trust_list(list_ring, sequence=1, now=NOW, lifetime=DAY)
    trust = read_trust_list(trust_text, now=NOW)
    epoch = list_ring.current(KeyUse.LIST, NOW)
    good = sign_status_jwt(epoch, uri=URI, bits=pack_bits(3000, {0, 7, 8, 2999}), now=NOW, lifetime=DAY)
    bomb = sign_status_jwt(epoch, uri=URI, bits=bytes(MOST_ENTRIES // 8 + 1), now=NOW, lifetime=DAY)
    head, body, signature = good.split(".")
    asked: list[tuple[str, dict[str, Any]]] = [
        (good, {}),
        (good, {"now": NOW + DAY}),
        (good, {"uri": URI + "0"}),
        (good, {"province": "32"}),
        (bomb, {}),
        (f"{head}.{bomb.split('.')[1]}.{signature}", {}),
        *((text, {}) for text in ("", "a.b.c", f"{head}.{body}", f"{head}.{head}.{signature}", f"{head}.{body}.!!")),
    ]
    indices = [0, 1, 7, 8, 2998, 2999, 3008, 2**32 - 1]
    questions = [
        {
            "ask": "status", "text": text, "trust": trust_text, "trusted_at": milliseconds(NOW),
            "at": milliseconds(how.get("now", NOW)), "province": how.get("province", "31"),
            "uri": how.get("uri", URI), "indices": indices,
        }
        for text, how in asked
    ]  # fmt: skip
    answers = ask_node("ask_kit.mjs", questions)
    assert answers[0] == {"found": [True, False, True, True, False, True, None, None]}
    assert [answer["slug"] for answer in answers[1:]] == [_refuse_status(text, trust, **how) for text, how in asked[1:]]


def _refuse_status(
    text: str, trust: TrustList, *, now: datetime = NOW, province: str = "31", uri: str = URI
) -> str | None:
    try:
        read_status_jwt(text, trust, now, province=province, uri=uri)
    except StatusListError as refusal:
        return refusal.slug
    return None


def test_a_delta_leads_from_one_list_to_the_next_and_from_no_other(list_ring: KeyRing) -> None:
    trust_text = sign_trust_list(list_ring, sequence=1, now=NOW, lifetime=DAY)
    trust = read_trust_list(trust_text, now=NOW)
    epoch = list_ring.current(KeyUse.LIST, NOW)
    before, after = {0, 7, 300}, {0, 7, 8, 300, 301, 40_000, 99_999}
    held, newer = pack_bits(100_000, before), pack_bits(100_000, after)

    def delta(**changes: Any) -> str:
        given = {
            "uri": URI, "since": NOW, "base_digest": digest_bits(held), "issued_at": NOW + DAY / 4,
            "expires_at": NOW + DAY, "digest": digest_bits(newer), "places": after - before,
        }  # fmt: skip
        return sign_status_delta(epoch, **{**given, **changes})

    head, body, signature = delta().split(".")
    asked: list[tuple[str, dict[str, Any]]] = [
        (delta(), {}),
        (delta(base_digest=digest_bits(newer)), {}),
        (delta(places=after), {}),
        (delta(places={8}), {}),
        (delta(places={100_000}), {}),
        (delta(uri=URI + "0"), {}),
        (delta(), {"now": NOW + DAY}),
        (delta(), {"province": "32"}),
        (f"{head}.{delta(places={9}).split('.')[1]}.{signature}", {}),
        (f"{head}.{body}", {}),
        (sign_status_jwt(epoch, uri=URI, bits=newer, now=NOW, lifetime=DAY), {}),
    ]
    text = sign_status_jwt(epoch, uri=URI, bits=held, now=NOW, lifetime=DAY)
    indices = sorted(after | {1, 9, 299, 302, 99_998})
    questions = [
        {
            "ask": "delta", "text": one, "list": text, "trust": trust_text, "trusted_at": milliseconds(NOW),
            "at": milliseconds(how.get("now", NOW)), "province": how.get("province", "31"), "uri": URI,
            "indices": indices,
        }
        for one, how in asked
    ]  # fmt: skip
    list_held = read_status_jwt(text, trust, NOW, province="31", uri=URI)
    due = [_apply(one, list_held, trust, indices, **how) for one, how in asked]
    assert due[0] == {"found": [index in after for index in indices]}
    assert due[2] == due[0]  # places that were set before change nothing
    assert ask_node("ask_kit.mjs", questions) == due


def _apply(
    text: str, held: StatusList, trust: TrustList, indices: list[int], *, now: datetime = NOW, province: str = "31"
) -> dict[str, Any]:
    try:
        newer = apply_status_delta(text, held, trust, now, province=province)
    except StatusListError as refusal:
        return {"slug": refusal.slug}
    return {"found": [newer.is_revoked(index) for index in indices]}
