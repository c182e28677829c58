"""`python -m tests.vectors.make` writes the JSON files here, the same bytes each time: all randomness is fixed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.vectors.cases import Case, list_cases
from tests.vectors.crafting import NONCE, NOW, RANDOM, SUBJECT_NO, make_message, seal
from tests.vectors.credential_cases import ISSUERS, MAX_AGE, list_accepted, list_refused
from tests.vectors.credentials import AUDIENCE
from tests.vectors.credentials import NONCE as QUESTION
from tests.vectors.keys import HANDLE_KEY, HOME
from tests.vectors.licence_cases import list_licence_cases
from tests.vectors.lists import fingerprint, make_list, make_root, write_time
from tests.vectors.paper_cases import list_paper_cases
from tests.vectors.phone_cases import list_phone_cases

FOLDER = Path(__file__).parent
_ABOUT = (
    "Codes `%s` and what a verifier that holds `trust_list` answers to `text` at `at`: claims, or a refusal. "
    "The keys are derived from their names, see keys.py: never trust them."
)
_ABOUT_CREDENTIALS = (
    "Presented credentials (SD-JWT VC with key binding) and what a verifier answers that asked `nonce` as `audience`, "
    "at `at`, of keys of use licence in `trust_list` for the province of the issuer's address: disclosed fields, or a "
    "refusal. A holder's signature may be `max_age` seconds old, and a clock 30 s wrong."
)


def make_vectors() -> dict[str, dict[str, Any]]:
    """Each file's name and content."""
    dynamic = {"example": _make_example()}
    return {
        "sx1.json": _make("SX1:", list_cases(), **dynamic),
        "sx2.json": _make("SX2:", list_phone_cases()),
        "sx3.json": _make("SX3:", list_paper_cases()),
        "sx4.json": _make("SX4:", list_licence_cases()),
        "credentials.json": _make_credentials(),
    }


def _make(prefix: str, cases: Sequence[Case], **more: object) -> dict[str, Any]:
    return {
        "about": _ABOUT % prefix,
        "root_fingerprint": fingerprint(make_root()),
        "trust_list": make_list(),
        **more,
        "cases": [_write_case(case) for case in cases],
    }


def _make_credentials() -> dict[str, Any]:
    refused = [{"name": f"{slug}: {name}", "text": text, "refusal": slug} for name, text, slug in list_refused()]
    accepted = [{"name": name, "text": text, "fields": fields} for name, text, fields in list_accepted()]
    return {
        "about": _ABOUT_CREDENTIALS,
        "root_fingerprint": fingerprint(make_root()),
        "trust_list": make_list(),
        "issuers": ISSUERS,
        "nonce": QUESTION,
        "audience": AUDIENCE,
        "at": write_time(NOW),
        "max_age": MAX_AGE,
        "cases": accepted + refused,
    }


def _make_example() -> dict[str, Any]:
    """The case "good" from the inside, for whoever mints."""
    return {
        "case": "good",
        "public_key": HOME.jwk,
        "handle_key": HANDLE_KEY.hex(),
        "subject_no": f"{SUBJECT_NO:016x}",
        "handle_random": RANDOM.hex(),
        "handle": seal().hex(),
        "nonce": NONCE.hex(),
        "cose": make_message().hex(),
    }


def _write_case(case: Case) -> dict[str, Any]:
    answer: Mapping[str, Any] = {"refusal": case.refusal} if case.refusal else {"claims": case.claims}
    return {"name": case.name, "text": case.text, "at": write_time(case.at), **answer}


def to_json(vectors: Mapping[str, Any]) -> str:
    return json.dumps(vectors, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for file, vectors in make_vectors().items():
        (FOLDER / file).write_text(to_json(vectors), encoding="utf-8")
