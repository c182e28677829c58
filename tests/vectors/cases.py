"""What verifiers are held to: each case is a text that a scanner read, and the claims or the refusal to answer."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.vectors.crafting import (
    ISSUED,
    LIFE,
    NOW,
    make_claims,
    make_code,
    make_message,
    make_signed_part,
    make_text,
    turn_over,
)
from tests.vectors.keys import (
    COMING,
    ENDED,
    FEDERATION,
    FOREIGN_TWIN,
    HOME,
    OTHER_TWIN,
    PAPER,
    PEER,
    STRANGER,
    TWIN,
)

_EDDSA = {1: -8, 4: HOME.kid}
KINDS = {1: "personal", 2: "enterprise", 3: "care"}


@dataclass(frozen=True)
class Case:
    """One text at one time; `refusal` is a slug, or None where `claims` says what is to be read."""

    name: str
    text: str
    at: datetime = NOW
    refusal: str | None = None
    claims: Mapping[str, str] | None = None


def list_cases() -> list[Case]:
    return [
        *_accepted(),
        *_not_ours(),
        *_malformed(),
        *_of_unknown_issuers(),
        *_refused_algorithms(),
        *_forged(),
        *_out_of_time(),
    ]


def _read(key_kid: bytes, claims: Mapping[Any, Any] | None = None) -> dict[str, str]:
    """The claims as a verifier should tell them."""
    full = make_claims(claims)
    return {
        "form": "dynamic",
        "issuer": full[1],
        "kind": KINDS[full[-70001]],
        "issued_at": write_seconds(full[6]),
        "expires_at": write_seconds(full[4]),
        "token_id": full[7].hex(),
        "kid": key_kid.hex(),
    }


def write_seconds(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _accepted() -> Iterator[Case]:
    good, home = make_code(), _read(HOME.kid)
    enterprise, care = {-70001: 2}, {-70001: 3}
    yield Case("good", good, claims=home)
    yield Case("good, in its last second", good, NOW + timedelta(seconds=LIFE - 1), claims=home)
    yield Case("good, from a clock 30 s ahead", good, NOW - timedelta(seconds=30), claims=home)
    yield Case("kind enterprise", make_code(claims=enterprise), claims=_read(HOME.kid, enterprise))
    yield Case("kind care", make_code(claims=care), claims=_read(HOME.kid, care))
    longest = {4: ISSUED + 300}
    yield Case("the longest life", make_code(claims=longest), claims=_read(HOME.kid, longest))
    peer = {1: "32"}
    yield Case("another province", make_code(PEER, peer), claims=_read(PEER.kid, peer))
    yield Case("two keys with one kid: the first", make_code(TWIN), claims=_read(TWIN.kid))
    yield Case("two keys with one kid: the second", make_code(OTHER_TWIN), claims=_read(TWIN.kid))
    yield Case("two provinces with one kid", make_code(FOREIGN_TWIN, peer), claims=_read(HOME.kid, peer))
    before = {4: ISSUED - 86400 - 30, 6: ISSUED - 86400 - 90}
    at = NOW - timedelta(days=1, seconds=60)
    yield Case(
        "an ended key, for what it signed in its time", make_code(ENDED, before), at, claims=_read(ENDED.kid, before)
    )
    yield Case("s replaced by n - s: the same claims", make_text(turn_over(make_message())), claims=home)
    yield Case("lower case", good.lower(), claims=home)
    yield Case("CR LF after it", good + "\r\n", claims=home)
    yield Case("tab before it, line feed after it", f"\t{good}\n", claims=home)
    yield Case("full-width colon", good.replace("SX1:", "SX1：", 1), claims=home)
    yield Case("full-width throughout", to_full_width(good), claims=home)
    yield Case("full-width, lower case, ideographic spaces around", f"　{to_full_width(good.lower())}　", claims=home)


def to_full_width(text: str) -> str:
    """As a Chinese input method has it."""
    return "".join("　" if character == " " else chr(ord(character) + 0xFEE0) for character in text)


def _not_ours() -> Iterator[Case]:
    texts = {
        "a web address": "https://example.org/SX1:",
        "WeChat: add a friend": "https://u.wechat.com/EAAAAAAAAAAAAAAAAAAAAA",
        "WeChat: be paid": "wxp://f2f0AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "Alipay: be paid": "https://qr.alipay.com/fkx00000000000000000000",
        "Alipay: pay": "281234567890123456",
        "words": "随行",
        "words in GBK, read as Latin-1": "随行码：请出示".encode("gbk").decode("latin-1"),
        "an EU certificate": "HC1:6BF+70790T9WJWG.FKY*4GO0.O1CV2 O5 N2FBBRW1*70HS8WY04AC*WIFN0AHCD8KD97TK0F90",
        "the prefix alone, cut": "SX1",
        "an unknown number": make_code().replace("SX1:", "SX9:", 1),
        "another prefix in front": "X" + make_code(),
    }
    for name, text in texts.items():
        yield Case(f"not ours: {name}", text, refusal="code-not-ours")


def _malformed() -> Iterator[Case]:
    good, raw = make_code(), make_message()
    beyond = list(cbor2.loads(raw).value)
    texts = {
        "empty": "",
        "white space": " \r\n",
        "the prefix alone": "SX1:",
        "a character too few": good[:-1],
        "a group too few": good[:-3],
        "half of it": good[: len(good) // 2],
        "a character too many": good + "0",
        "twice": good * 2,
        "not Base45": good[:50] + "_" + good[51:],
        "a group beyond 65535": good[:4] + ":::" + good[7:],
        "a dynamic code with a phone's prefix": good.replace("SX1:", "SX2:", 1),
        "a dynamic code with a paper code's prefix": good.replace("SX1:", "SX3:", 1),
        "not CBOR": make_text(b"\xff" * len(raw)),
        "not tagged": make_code(tag=None),
        "tagged as a COSE_Mac0": make_code(tag=17),
        "five parts": make_text(cbor2.dumps(cbor2.CBORTag(18, [*beyond, b""]))),
        "an unprotected header": make_code(unprotected={4: HOME.kid}),
        "no kid": make_code(header={1: -7}),
        "no algorithm": make_code(header={4: HOME.kid}),
        "a header more": make_code(header={1: -7, 4: HOME.kid, 2: [4]}),
        "headers in another order": make_code(header={4: HOME.kid, 1: -7}),
        "claims in another order": make_code(payload=cbor2.dumps(dict(reversed(make_claims().items())))),
        "a claim more": make_code(claims={5: ISSUED}),
        "no token id": make_code(claims={7: None}),
        "a token id of 16 bytes": make_code(claims={7: bytes(16)}),
        "a numeric issuer": make_code(claims={1: 31}),
        "an unknown kind": make_code(claims={-70001: 4}),
        "times as floating point": make_code(claims={4: float(ISSUED + LIFE), 6: float(ISSUED)}),
        "expired before it was issued": make_code(claims={4: ISSUED - 1}),
        "a signature of 63 bytes": make_code(signature=bytes(63)),
        "bytes after the message": make_text(raw + b"\0"),
        "another algorithm, and an unprotected header": make_code(header=_EDDSA, unprotected={4: HOME.kid}),
        "another algorithm, and tagged as a COSE_Mac0": make_code(header=_EDDSA, tag=17),
        "another algorithm, and a signature of 600 bytes": make_code(header=_EDDSA, signature=bytes(600)),
    }
    for name, text in texts.items():
        yield Case(f"malformed: {name}", text, refusal="code-malformed")


def _of_unknown_issuers() -> Iterator[Case]:
    texts = {
        "a key that no list names": make_code(STRANGER),
        "a province that no list names": make_code(claims={1: "44"}),
        "another province's key": make_code(PEER),
        "a key for paper codes": make_code(PAPER),
        "a key for requests between provinces": make_code(FEDERATION),
        "a key that had ended": make_code(ENDED),
        "a key that is yet to come": make_code(COMING),
        "another algorithm, and another province's key": make_code(PEER, header={1: -8, 4: PEER.kid}),
        "another algorithm, and a province that no list names": make_code(claims={1: "44"}, header=_EDDSA),
    }
    for name, text in texts.items():
        yield Case(f"issuer unknown: {name}", text, refusal="code-issuer-unknown")


def _refused_algorithms() -> Iterator[Case]:
    secret = hashlib.sha256(b"suixing test key, Ed25519").digest()
    edwards = ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    header = _EDDSA
    signed = make_signed_part(cbor2.dumps(header), cbor2.dumps(make_claims()))
    yield Case(
        "algorithm: EdDSA", make_code(header=header, signature=edwards.sign(signed)), refusal="code-algorithm-refused"
    )
    header = {1: 5, 4: HOME.kid}
    signed = make_signed_part(cbor2.dumps(header), cbor2.dumps(make_claims()))
    mac = hmac.digest(HOME.jwk["x"].encode(), signed, "sha256")
    yield Case(
        "algorithm: HMAC, with what is public as secret",
        make_code(header=header, signature=mac),
        refusal="code-algorithm-refused",
    )
    for name, number in {"ES384": -35, "ES256K": -47, "PS256": -37, "ESP256, fully specified": -9}.items():
        text = make_code(header={1: number, 4: HOME.kid})
        yield Case(f"algorithm: {name}", text, refusal="code-algorithm-refused")


def _forged() -> Iterator[Case]:
    raw = make_message()
    order = bytes.fromhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
    longer = make_message(claims={4: ISSUED + 120})
    messages = {
        "by another key under a trusted kid": make_message(STRANGER, header={1: -7, 4: HOME.kid}),
        "by a peer's key under ours": make_message(PEER, header={1: -7, 4: HOME.kid}),
        "one bit of the expiry": alter(raw, raw.index(b"\x04\x1a") + 5),
        "one bit of the handle": alter(raw, raw.index(b"\x07\x58\x18") + 3),
        "one bit of the nonce": alter(raw, raw.index(b"\x07\x58\x18") + 26),
        "one bit of r": alter(raw, len(raw) - 64),
        "one bit of s": alter(raw, len(raw) - 1),
        "another kind": raw.replace(bytes.fromhex("3a0001117001"), bytes.fromhex("3a0001117002")),
        "the signature of another code": raw[:-64] + longer[-64:],
        "r = s = 0": raw[:-64] + bytes(64),
        "r = s = n": raw[:-64] + order + order,
        "r and s exchanged": raw[:-64] + raw[-32:] + raw[-64:-32],
    }
    for name, message in messages.items():
        yield Case(f"signature: {name}", make_text(message), refusal="code-signature-invalid")


def alter(raw: bytes, at: int, mask: int = 1) -> bytes:
    return raw[:at] + bytes([raw[at] ^ mask]) + raw[at + 1 :]


def _out_of_time() -> Iterator[Case]:
    good, seconds = make_code(), timedelta(seconds=1)
    yield Case("time: from 31 s ahead", good, NOW - 31 * seconds, refusal="code-not-yet-valid")
    yield Case("time: of the second in which it ends", good, NOW + LIFE * seconds, refusal="code-expired")
    yield Case("time: long expired", good, NOW + timedelta(hours=12), refusal="code-expired")
    yield Case("time: a life of 301 s", make_code(claims={4: ISSUED + 301}), refusal="code-lifetime-excessive")
    yield Case("time: a life of 79 years", make_code(claims={4: 2**32 - 1}), refusal="code-lifetime-excessive")
