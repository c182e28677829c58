"""Credentials put together by hand, right or wrong: RFC 9901 with nothing of `codes`, all randomness fixed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.vectors.crafting import ISSUED
from tests.vectors.keys import LICENCE, PHONE, TestKey, base64url

ISSUER, AUDIENCE, NONCE = "https://suixing.example", "https://hotel.example", "n-0123456789abcdef"
VCT = f"{ISSUER}/licences/resident-identity-card"
STATUS = {"status_list": {"idx": 70_000, "uri": f"{ISSUER}/v1/status-lists/3"}}
FIELDS = {"name": "陈新", "id_number": "11010519491231002X", "address": "上海市"}
LIFE = 14 * 86400


def write_json(value: object) -> str:
    """As JOSE has it; with the spaces that Python writes, which are nobody's business."""
    return base64url(json.dumps(value, ensure_ascii=False).encode())


def disclose(*content: Any) -> str:
    """A disclosure of a field by its name and value, or of an element by its value alone."""
    salt = base64url(hashlib.sha256(repr(content).encode()).digest()[:16])
    return write_json([salt, *content])


def digest(text: str) -> str:
    return base64url(hashlib.sha256(text.encode()).digest())


DISCLOSURES = [disclose(name, value) for name, value in FIELDS.items()]
DECOY = digest("nothing")


def sign_jws(key: TestKey, header: Mapping[str, Any], payload: Any) -> str:
    signed = f"{write_json(header)}.{write_json(payload)}"
    return f"{signed}.{base64url(key.sign(signed.encode()))}"


def _changed(good: Mapping[str, Any], changes: Mapping[str, Any] | None) -> dict[str, Any]:
    """With some changed, or left out where the change is None."""
    return {name: value for name, value in {**good, **(changes or {})}.items() if value is not None}


def make_jwt(
    changes: Mapping[str, Any] | None = None, *, header: Mapping[str, Any] | None = None, key: TestKey = LICENCE
) -> str:
    """The issuer's part: good, unless something is changed."""
    good = {
        "iss": ISSUER,
        "vct": VCT,
        "iat": ISSUED,
        "exp": ISSUED + LIFE,
        "cnf": {"jwk": PHONE.jwk},
        "status": STATUS,
        "_sd_alg": "sha-256",
        "_sd": sorted([*map(digest, DISCLOSURES), DECOY]),
    }
    head = _changed({"alg": "ES256", "typ": "dc+sd-jwt", "kid": LICENCE.kid.hex()}, header)
    return sign_jws(key, head, _changed(good, changes))


def bind(
    jwt: str,
    disclosures: Sequence[str] = tuple(DISCLOSURES[:2]),
    changes: Mapping[str, Any] | None = None,
    *,
    header: Mapping[str, Any] | None = None,
    key: TestKey = PHONE,
) -> str:
    """A presentation: the issuer's part, disclosures, and the holder's signature over all of it."""
    shown = "~".join([jwt, *disclosures, ""])
    good = {"iat": ISSUED, "aud": AUDIENCE, "nonce": NONCE, "sd_hash": digest(shown)}
    return shown + sign_jws(key, _changed({"alg": "ES256", "typ": "kb+jwt"}, header), _changed(good, changes))
