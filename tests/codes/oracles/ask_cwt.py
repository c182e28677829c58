"""python-cwt: verifies [{cose, jwk, kid}] (hexadecimal), and makes one from [{claims, private_jwk, kid}].

Answers the claims as [[key, value] …], bytes as {"hex"}; or {"refused"}; or {"cose"}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import cbor2
import cwt  # type: ignore[import-not-found]  # an oracle's, in an environment of its own


def answer(question: dict[str, Any]) -> object:
    return make(question) if "claims" in question else verify(question)


def verify(question: dict[str, Any]) -> object:
    key = cwt.COSEKey.from_jwk({**question["jwk"], "alg": "ES256"})
    if has_kid := "kid" in question:
        key = cwt.COSEKey.new({**key.to_dict(), 2: bytes.fromhex(question["kid"])})
    try:
        payload = cwt.COSE.new(verify_kid=has_kid).decode(bytes.fromhex(question["cose"]), keys=[key])
    except (cwt.CWTError, ValueError) as error:
        return {"refused": str(error)}
    claims = payload if isinstance(payload, dict) else cbor2.loads(payload)
    return [[key, show(value)] for key, value in claims.items()]


def show(value: object) -> object:
    """As JSON can have it."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, Mapping):
        return [[key, show(part)] for key, part in value.items()]
    return value


def make(question: dict[str, Any]) -> object:
    key = cwt.COSEKey.from_jwk({**question["private_jwk"], "alg": "ES256"})
    claims = {
        int(key): bytes.fromhex(value["hex"]) if isinstance(value, dict) else value for key, value in question["claims"]
    }
    header = {1: -7, 4: bytes.fromhex(question["kid"])}
    return {"cose": cwt.COSE.new().encode_and_sign(cbor2.dumps(claims), key, protected=header).hex()}


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
