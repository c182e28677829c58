"""What verifiers of paper codes (`SX3:`) are held to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import cbor2

from tests.vectors.cases import KINDS, Case, alter, to_full_width, write_seconds
from tests.vectors.crafting import ISSUED, NOW, make_text, turn_over
from tests.vectors.keys import CERTIFICATE, FEDERATION, HOME, PAPER, PEER_PAPER, STRANGER
from tests.vectors.long_crafting import (
    PAPER_LIFE,
    LongInt,
    encode,
    make_paper,
    make_paper_claims,
    make_paper_text,
    make_standing,
)

_SECOND = timedelta(seconds=1)
_EDDSA = {1: -8, 4: PAPER.kid}


def list_paper_cases() -> list[Case]:
    return [*_accepted(), *_malformed(), *_of_unknown_issuers(), *_refused(), *_forged(), *_out_of_time()]


def _read(kid: bytes, claims: Mapping[Any, Any] | None = None) -> dict[str, str]:
    full = make_paper_claims(claims)
    kind, list_no, index = full[-70002]
    return {
        "form": "paper",
        "issuer": full[1],
        "kind": KINDS[kind],
        "issued_at": write_seconds(full[6]),
        "expires_at": write_seconds(full[4]),
        "token_id": full[7].hex(),
        "kid": kid.hex(),
        "status": f"{list_no.number}:{index.number}",
    }


def _accepted() -> Iterator[Case]:
    good, home = make_paper_text(), _read(PAPER.kid)
    yield Case("paper: good", good, claims=home)
    old = {4: ISSUED + 1, 6: ISSUED + 1 - PAPER_LIFE}
    yield Case("paper: good, in its last second", make_paper_text(claims=old), claims=_read(PAPER.kid, old))
    yield Case("paper: good, from a clock 30 s ahead", good, NOW - 30 * _SECOND, claims=home)
    care = {-70002: make_standing(kind=3)}
    yield Case("paper: a relative's", make_paper_text(claims=care), claims=_read(PAPER.kid, care))
    last = {-70002: make_standing(list_no=2**32 - 1, index=2**32 - 1)}
    yield Case("paper: the last place of the last list", make_paper_text(claims=last), claims=_read(PAPER.kid, last))
    first = {-70002: make_standing(list_no=0, index=0)}
    yield Case(
        "paper: the first place of the first list", make_paper_text(claims=first), claims=_read(PAPER.kid, first)
    )
    peer = {1: "32"}
    yield Case("paper: another province", make_paper_text(PEER_PAPER, peer), claims=_read(PEER_PAPER.kid, peer))
    yield Case("paper: s replaced by n - s", make_text(turn_over(make_paper()), "SX3:"), claims=home)
    yield Case("paper: as a hand scanner types it", f" {good.lower()}\r\n", claims=home)
    yield Case("paper: full-width", to_full_width(good), claims=home)


def _malformed() -> Iterator[Case]:
    good, raw = make_paper_text(), make_paper()
    texts = {
        "the prefix alone": "SX3:",
        "a character too few": good[:-1],
        "half of it": good[: len(good) // 2],
        "twice": good * 2,
        "a dynamic code's prefix": good.replace("SX3:", "SX1:", 1),
        "a phone's prefix": good.replace("SX3:", "SX2:", 1),
        "not tagged": make_paper_text(tag=None),
        "an unprotected header": make_paper_text(unprotected={4: PAPER.kid}),
        "no place in a list": make_paper_text(claims={-70002: None}),
        "the kind alone, as a dynamic code has it": make_paper_text(payload=encode({**make_paper_claims(), -70002: 1})),
        "a place of two numbers": make_paper_text(claims={-70002: [1, LongInt(3)]}),
        "a place in short numbers": make_paper_text(claims={-70002: [1, 3, 4]}),
        "an unknown kind": make_paper_text(claims={-70002: make_standing(kind=4)}),
        "claims in another order": make_paper_text(payload=encode(dict(reversed(make_paper_claims().items())))),
        "a claim more": make_paper_text(claims={5: ISSUED}),
        "expired before it was issued": make_paper_text(claims={4: ISSUED - 1}),
        "a signature of 63 bytes": make_paper_text(signature=bytes(63)),
        "bytes after the message": make_text(raw + b"\0", "SX3:"),
    }
    for name, text in texts.items():
        yield Case(f"paper malformed: {name}", text, refusal="code-malformed")


def _of_unknown_issuers() -> Iterator[Case]:
    texts = {
        "a key that no list names": make_paper_text(STRANGER),
        "a key for dynamic codes": make_paper_text(HOME),
        "a key for certificates": make_paper_text(CERTIFICATE),
        "a key for requests between provinces": make_paper_text(FEDERATION),
        "another province's key": make_paper_text(PEER_PAPER),
        "a province that no list names": make_paper_text(claims={1: "44"}),
    }
    for name, text in texts.items():
        yield Case(f"paper issuer unknown: {name}", text, refusal="code-issuer-unknown")


def _refused() -> Iterator[Case]:
    standing = cbor2.dumps({**make_paper_claims(), -70002: [1, 3, 70_000]}, canonical=True)
    text = make_paper_text(header=_EDDSA, payload=standing)
    yield Case("paper algorithm: EdDSA", text, refusal="code-algorithm-refused")
    text = make_paper_text(header={1: -8, 4: STRANGER.kid}, payload=standing)
    yield Case("paper algorithm: EdDSA, by nobody", text, refusal="code-issuer-unknown")


def _forged() -> Iterator[Case]:
    raw = make_paper()
    messages = {
        "by another key under a trusted kid": make_paper(STRANGER, header={1: -7, 4: PAPER.kid}),
        "one bit of the expiry": alter(raw, raw.index(b"\x04\x1a") + 5),
        "one bit of the place in the list": alter(raw, raw.index(bytes.fromhex("3a0001117183")) + 16),
        "another kind": alter(raw, raw.index(bytes.fromhex("3a0001117183")) + 6, 3),
        "r = s = 0": raw[:-64] + bytes(64),
    }
    for name, message in messages.items():
        yield Case(f"paper signature: {name}", make_text(message, "SX3:"), refusal="code-signature-invalid")


def _out_of_time() -> Iterator[Case]:
    good = make_paper_text()
    yield Case("paper time: from 31 s ahead", good, NOW - 31 * _SECOND, refusal="code-not-yet-valid")
    over = make_paper_text(claims={4: ISSUED, 6: ISSUED - PAPER_LIFE})
    yield Case("paper time: of the second in which it ends", over, refusal="code-expired")
    longer = make_paper_text(claims={4: ISSUED + PAPER_LIFE + 1})
    yield Case("paper time: a life of a second more than 180 days", longer, refusal="code-lifetime-excessive")
