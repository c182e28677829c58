"""What docs/credentials.md tells a verifier's developer is what the vectors and the code say."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

from codes import base64url, find_licence_keys, read_trust_list, sd_jwt_verifying, verify_presentation
from codes.model import LONGEST_CREDENTIAL_SECONDS, SKEW_SECONDS
from codes.sd_jwt import LONGEST, MOST_DISCLOSURES, NEVER_DISCLOSED
from tests.codes.test_credential_refusals import CASES, VECTORS

PAGE = (Path(__file__).parents[2] / "docs" / "credentials.md").read_text("utf-8")


def test_the_refusals_are_told_in_the_order_of_the_checks() -> None:
    section = PAGE.partition("## The checks, in order")[2].partition("Then what the text cannot say")[0]
    pattern = r"(presentation-[a-z-]+|holder-binding-[a-z]+|nonce-wrong|audience-wrong)"
    order = sd_jwt_verifying.__doc__
    assert order is not None
    told = list(dict.fromkeys(re.findall(f"`{pattern}`", section)))
    assert told == list(dict.fromkeys(re.findall(pattern, order)))
    assert set(told) == {case["refusal"] for case in CASES if "refusal" in case}


def test_figures_are_the_products() -> None:
    assert f"{len(CASES)} vectors" in PAGE
    assert f"{LONGEST // 1024} KiB at most" in PAGE
    assert f"more than {MOST_DISCLOSURES} disclosures" in PAGE
    assert f"more than {SKEW_SECONDS} s ahead" in PAGE
    assert f"{LONGEST_CREDENTIAL_SECONDS // 86400} days ahead at most" in PAGE
    assert all(f"`{name}`" in PAGE for name in NEVER_DISCLOSED - {"vct#integrity"})


def test_the_example_has_the_header_and_claims_of_the_vectors() -> None:
    head, body = CASES[0]["text"].split(".")[:2]
    header, claims = (json.loads(base64url.decode(part)) for part in (head, body))
    assert re.findall(r"header `(\{[^`]+\})`", PAGE)[0] == json.dumps(header, sort_keys=True)
    example = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
    assert example.keys() == claims.keys()
    assert (example["iat"], example["exp"], example["status"]) == (claims["iat"], claims["exp"], claims["status"])


def test_the_lines_of_python_work() -> None:
    """With the vectors' list, question and time for what the page leaves to its reader."""
    code = PAGE.partition("```python\n")[2].partition("```")[0]
    now = datetime.fromisoformat(VECTORS["at"])
    names = {
        "text_of_the_list": VECTORS["trust_list"], "pinned": VECTORS["root_fingerprint"], "now": now,
        "text": CASES[0]["text"], "nonce": VECTORS["nonce"], "timedelta": timedelta,
    }  # fmt: skip
    exec(code, names)  # noqa: S102  the page's own
    trust = read_trust_list(VECTORS["trust_list"], now=now)
    seen = verify_presentation(
        CASES[0]["text"], find_keys=find_licence_keys(trust, VECTORS["issuers"]), nonce=VECTORS["nonce"],
        audience=VECTORS["audience"], now=now, max_age=timedelta(minutes=2),
    )  # fmt: skip
    assert names["seen"] == seen
