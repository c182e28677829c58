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
from tests.vectors.keys import HANDLE_KEY, HOME
from tests.vectors.make import PATH, make_vectors, to_json

VECTORS: dict[str, Any] = msgspec.json.decode(PATH.read_bytes())
CASES: list[dict[str, Any]] = VECTORS["cases"]
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
    assert PATH.read_text("utf-8") == to_json(make_vectors()), "run `python -m tests.vectors.make`"


def test_the_vectors_are_many_and_of_every_kind() -> None:
    assert len({case["name"] for case in CASES}) == len(CASES) >= 40
    assert {case["refusal"] for case in CASES if "refusal" in case} == SLUGS


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
