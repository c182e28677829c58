"""What the decoder is fed, and what it may do with it: refuse, by the one kind of error that each reader has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec

from codes import (
    CodeError,
    PresentationRefusedError,
    base45,
    read_status_cwt,
    read_status_jwt,
    read_trust_list,
    verify_any,
    verify_presentation,
)
from codes.sd_jwt_opening import open_claims
from codes.status import StatusList
from codes.status_delta import apply_status_delta
from tests.vectors.cases import list_cases
from tests.vectors.crafting import NOW, make_message, make_text
from tests.vectors.credential_cases import list_accepted, list_refused
from tests.vectors.credentials import AUDIENCE, DISCLOSURES, NONCE, digest
from tests.vectors.keys import LICENCE
from tests.vectors.licence_cases import list_licence_cases, make_licence
from tests.vectors.lists import make_list
from tests.vectors.long_crafting import make_paper, make_phone
from tests.vectors.paper_cases import list_paper_cases
from tests.vectors.phone_cases import list_phone_cases

_TRUST = read_trust_list(make_list(), now=NOW)
_URI = "https://suixing.example/v1/status-lists/3"
_LONG = 4096
_CLAIMS = json.dumps({"_sd": [digest(text) for text in DISCLOSURES], "in": [{"...": digest("x")}, {"_sd": []}]})
_SIGNER = LICENCE.private_key.public_key()
_HELD = StatusList(_URI, NOW, NOW, bytes(64))
_PREFIXES = ("SX1:", "SX2:", "SX3:", "SX4:")


def read_code_text(data: bytes) -> None:
    """Whatever a scanner may read."""
    _refuse(lambda: verify_any(data.decode("utf-8", "replace"), _TRUST, NOW))


def read_code_bytes(data: bytes) -> None:
    """Bytes behind a good prefix and good Base45, so that nothing is turned away at the door; the first says which."""
    prefix = _PREFIXES[data[0] % len(_PREFIXES)] if data else _PREFIXES[0]
    _refuse(lambda: verify_any(prefix + base45.encode(data[1:]), _TRUST, NOW))


def decode_base45(data: bytes) -> None:
    text = data.decode("latin-1")
    try:
        decoded = base45.decode(text)
    except ValueError:
        return
    if base45.encode(decoded) != text:
        raise AssertionError("two texts of the same bytes")


def read_lists(data: bytes) -> None:
    """As a trust list, a status list in either form, and a delta."""
    text = data.decode("utf-8", "replace")
    _refuse(lambda: read_trust_list(text, now=NOW))
    _refuse(lambda: read_status_jwt(text, _TRUST, NOW, province="31", uri=_URI))
    _refuse(lambda: read_status_cwt(data, _TRUST, NOW, province="31", uri=_URI))
    _refuse(lambda: apply_status_delta(text, _HELD, _TRUST, NOW, province="31"))


def read_presentation(data: bytes) -> None:
    """As a presentation by a key that is trusted; nothing that is not signed comes far."""
    text = data.decode("utf-8", "replace")
    _refuse(
        lambda: verify_presentation(
            text, find_keys=lambda _: [_SIGNER], nonce=NONCE, audience=AUDIENCE, now=NOW, max_age=timedelta(minutes=1)
        )
    )


def open_presented(data: bytes) -> None:
    """Behind the signature: claims as JSON in the first line, a disclosure in each of the others."""
    first, *others = data.decode("utf-8", "replace").split("\n")
    try:
        claims = msgspec.json.decode(first, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return
    with suppress(PresentationRefusedError):
        open_claims(claims, others)


def read_any(data: bytes) -> None:
    """The first byte says which of the others; for a sample of all."""
    readers = (read_code_text, read_code_bytes, decode_base45, read_lists, read_presentation, open_presented)
    readers[data[0] % len(readers) if data else 0](data[1:])


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "code_text": read_code_text,
    "code_bytes": read_code_bytes,
    "base45": decode_base45,
    "lists": read_lists,
    "presentations": read_presentation,
    "disclosures": open_presented,
    "any": read_any,
}


def list_seeds(target: str) -> list[bytes]:
    """What the fuzzer begins with: the vectors, or what is behind them."""
    seeds = _make_seeds()
    if target == "any":
        return [bytes([number]) + seed for number, found in enumerate(seeds.values()) for seed in found]
    return seeds[target]


@cache
def _make_seeds() -> dict[str, list[bytes]]:
    cases = (*list_cases(), *list_phone_cases(), *list_paper_cases(), *list_licence_cases())
    messages = (make_message(), make_phone(), make_paper(), make_licence())
    return {
        "code_text": [case.text.encode("utf-8", "replace") for case in cases],
        "code_bytes": [bytes([number]) + made for number, made in enumerate(messages)],
        "base45": [make_text(make_message(), "").encode()],
        "lists": [make_list().encode(), make_message()],
        "presentations": [case[1].encode() for case in (*list_accepted(), *list_refused()) if len(case[1]) < _LONG],
        "disclosures": ["\n".join((_CLAIMS, *DISCLOSURES)).encode()],
    }


def _refuse(read: Callable[[], object]) -> None:
    try:
        read()
    except CodeError as error:
        if not error.slug:
            raise AssertionError("a refusal without its name") from error
