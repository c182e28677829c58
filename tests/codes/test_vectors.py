"""The vectors are current, and every one of them is answered as it says."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import msgspec
import pytest

from codes import CodeRefusedError, Epoch, KeyUse, Kind, base45, mint
from codes.checking import check_code
from codes.keys import EpochFile, to_pem
from tests.vectors.crafting import LIFE, NOW
from tests.vectors.keys import HANDLE_KEY, HOME, PHONE, STRANGER
from tests.vectors.make import FOLDER, make_vectors, to_json

FILES = ["sx1.json", "sx2.json", "sx3.json", "sx4.json"]
HELD: dict[str, dict[str, Any]] = {name: msgspec.json.decode((FOLDER / name).read_bytes()) for name in FILES}
VECTORS = HELD["sx1.json"]
CASES: list[dict[str, Any]] = [case for vectors in HELD.values() for case in vectors["cases"]]
SLUGS = {
    "code-not-ours",
    "code-malformed",
    "code-issuer-unknown",
    "code-algorithm-refused",
    "code-signature-invalid",
    "code-not-yet-valid",
    "code-expired",
    "code-lifetime-excessive",
}


def test_the_vectors_are_current() -> None:
    for name, vectors in make_vectors().items():
        assert (FOLDER / name).read_text("utf-8") == to_json(vectors), "run `python -m tests.vectors.make`"


@pytest.mark.parametrize("name", FILES)
def test_the_vectors_are_many_and_of_every_kind(name: str) -> None:
    cases = HELD[name]["cases"]
    assert len({case["name"] for case in cases}) == len(cases) >= 40
    refused = {case["refusal"] for case in cases if "refusal" in case}
    assert refused == SLUGS - (set() if name == "sx1.json" else {"code-not-ours"})


def test_one_case_has_a_key_whose_y_has_the_other_sign() -> None:
    signs = {key.private_key.public_key().public_numbers().y & 1 for key in (PHONE, STRANGER)}
    assert signs == {0, 1}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_each_vector_is_answered(case: dict[str, Any]) -> None:
    assert answer(case["text"], datetime.fromisoformat(case["at"])) == (case.get("refusal") or case["claims"])


def answer(text: str, at: datetime) -> object:
    try:
        claims = check_code(text, VECTORS["trust_list"], now=at, root_fingerprint=VECTORS["root_fingerprint"])
    except CodeRefusedError as refusal:
        return refusal.slug
    assert claims.pop("root_fingerprint") == VECTORS["root_fingerprint"]
    return claims


def test_minting_makes_the_example_byte_for_byte() -> None:
    """All but the signature, which has randomness of its own."""
    example = VECTORS["example"]
    epoch = Epoch(
        EpochFile(
            use=KeyUse.CODE,
            private_key=to_pem(HOME.private_key).decode(),
            created_at=NOW,
            signs_from=NOW,
            not_after=NOW + timedelta(days=1),
            development=True,
            handle_key=HANDLE_KEY,
        )
    )
    chances = iter(bytes.fromhex(example["handle_random"] + example["nonce"]))
    with patch.object(os, "urandom", lambda count: bytes(next(chances) for _ in range(count))):
        minted = mint(epoch, issuer="31", subject_no=int(example["subject_no"], 16), kind=Kind.PERSONAL, now=NOW)
    assert base45.decode(minted.text[4:])[:-64] == bytes.fromhex(example["cose"])[:-64]
    assert minted.expires_at - minted.issued_at == timedelta(seconds=LIFE)
