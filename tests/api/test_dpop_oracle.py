"""Proofs that another implementation makes are taken here, and the documented one is made and taken byte for byte."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest

from app.venues.errors import DpopProofInvalidError
from app.venues.keys import read_public_key
from app.venues.proofs import Request, SeenProofs, check_proof
from app.venues.scanners import hash_credential
from tests.api.devices import send
from tests.api.harness import BASE, Api, make_gate, slug_of
from tests.codes.oracles import ask_node
from tests.house.source import ROOT

_SCRIPT = Path(__file__).with_name("oracles") / "ask_dpop.mjs"
_DOC = (ROOT / "docs" / "scanners.md").read_text("utf-8")


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
async def test_npms_dpop_makes_proofs_that_are_taken(api: Api, algorithm: str) -> None:
    gate = await make_gate(api)
    requests = [("PUT", "/v1/scanner/key"), ("GET", "/v1/scanner"), ("POST", "/v1/scans")]
    question = {
        "algorithm": algorithm,
        "credential": gate.credential,
        "requests": [(method, BASE + path) for method, path in requests],
    }
    [made] = ask_node(str(_SCRIPT), [question])
    if algorithm == "Ed25519":
        # As RFC 9864 calls what is EdDSA in RFC 8037.
        assert jwt.get_unverified_header(made["proofs"][0])["alg"] == "Ed25519"
    bound = await send(api, *requests[0], gate.credential, made["proofs"][0], json={"public_key": made["jwk"]})
    assert (bound.status_code, bound.json()) == (200, {"key_thumbprint": made["thumbprint"]})
    seen = await send(api, *requests[1], gate.credential, made["proofs"][1])
    assert seen.json()["key_thumbprint"] == made["thumbprint"]
    scanned = await send(api, *requests[2], gate.credential, made["proofs"][2], json={"code": "x"})
    assert slug_of(scanned) == "code-not-ours"


def read_block(name: str) -> str:
    """A fenced block of docs/scanners.md, by the word after its fence's language."""
    match = re.search(rf"```\w+ {name}\n(.*?)```", _DOC, re.DOTALL)
    assert match, name
    return match[1].strip()


def test_the_documented_proof_is_made_as_it_says_and_taken() -> None:
    private, header, claims = (json.loads(read_block(name)) for name in ("key", "header", "claims"))
    credential, proof = read_block("credential"), read_block("proof").replace("\n", "")
    signing: Any = jwt.get_algorithm_by_name("EdDSA").from_jwk(json.dumps(private))
    made = jwt.api_jws.encode(
        json.dumps(claims, separators=(",", ":")).encode(), signing, "EdDSA", headers=header, sort_headers=False
    )
    assert made == proof
    key = read_public_key(header["jwk"])
    assert key.name == read_block("thumbprint")
    request = Request(claims["htm"], claims["htu"], hash_credential(credential))
    assert check_proof(proof, key, request, datetime.fromtimestamp(claims["iat"], UTC)) == claims["jti"]
    with pytest.raises(DpopProofInvalidError, match="iat"):
        check_proof(proof, key, request, datetime.fromtimestamp(claims["iat"] + 61, UTC))


def test_every_operation_of_a_scanner_is_documented() -> None:
    for path in ("/v1/scanner/key", "/v1/scanner/shifts", "/v1/scanner/shifts/current", "/v1/scans", "/v1/scanner"):
        assert path in _DOC


def test_proofs_are_remembered_for_as_long_as_they_could_be_good() -> None:
    seen, scanner = SeenProofs(), UUID(int=1)
    assert seen.claim(scanner, "a", 1000.0)
    assert not seen.claim(scanner, "a", 1000.0)
    assert seen.claim(UUID(int=2), "a", 1000.0)
    assert seen.claim(scanner, "b", 1119.0)
    assert not seen.claim(scanner, "a", 1120.0)
    assert not seen.claim(scanner, "b", 1238.9)
    assert seen.claim(scanner, "b", 2000.0)
    assert len(seen._newer) + len(seen._older) == 1
