"""Each way in which a presented credential can be wrong has its answer, and the vectors that say so are current."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from codes import PresentationRefusedError, find_licence_keys, read_trust_list, verify_presentation
from tests.vectors.make import FOLDER

VECTORS: dict[str, Any] = json.loads((FOLDER / "credentials.json").read_text("utf-8"))
CASES: list[dict[str, Any]] = VECTORS["cases"]
TRUST = read_trust_list(VECTORS["trust_list"], now=datetime.fromisoformat(VECTORS["at"]))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_each_vector_is_answered(case: dict[str, Any]) -> None:
    assert answer(case["text"]) == case.get("refusal", case.get("fields"))


def answer(text: str) -> object:
    try:
        return verify_presentation(
            text,
            find_keys=find_licence_keys(TRUST, VECTORS["issuers"]),
            nonce=VECTORS["nonce"],
            audience=VECTORS["audience"],
            now=datetime.fromisoformat(VECTORS["at"]),
            max_age=timedelta(seconds=VECTORS["max_age"]),
        ).fields
    except PresentationRefusedError as refusal:
        return refusal.slug


def test_they_are_many_and_of_every_kind() -> None:
    assert len({case["name"] for case in CASES}) == len(CASES) >= 130
    refused = {case["refusal"] for case in CASES if "refusal" in case}
    assert len(refused) == 10
