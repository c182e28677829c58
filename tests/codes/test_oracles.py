"""Other people's libraries read our codes and lists, refuse altered ones, and make codes that we read."""

from __future__ import annotations

import base64
import itertools
import json
from datetime import timedelta
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.x509 import verification

from codes import KeyRing, KeyUse, Kind, MintedCode, TrustList, base45, sign_trust_list, verify
from codes.model import KIND_NUMBERS
from tests.codes.conftest import Mint
from tests.codes.oracles import ask_node, ask_python
from tests.vectors.cases import alter
from tests.vectors.crafting import NOW, make_claims, make_code, make_text
from tests.vectors.keys import HOME, base64url_number
from tests.vectors.lists import make_chain, make_root

_ALTERED_AT = (9, 13, 23, 40, 64, 67, 130)
"""In kid, the unprotected header, expiry, handle, kind, r and s."""


def _raw(minted: MintedCode) -> bytes:
    return base45.decode(minted.text.removeprefix("SX1:"))


def _questions(ring: KeyRing, messages: list[bytes]) -> list[dict[str, Any]]:
    epoch = ring.current(KeyUse.CODE, NOW)
    numbers = epoch.public_key.public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": base64url_number(numbers.x), "y": base64url_number(numbers.y)}
    return [{"cose": message.hex(), "jwk": jwk, "kid": epoch.kid.hex()} for message in messages]


@pytest.mark.parametrize(("ask", "script"), [(ask_python, "ask_cwt.py"), (ask_node, "ask_auth0.mjs")])
def test_others_read_the_same_claims(
    ask: Any, script: str, ring: KeyRing, own_trust: TrustList, mint_one: Mint
) -> None:
    kinds = itertools.cycle(Kind)
    minted = [mint_one(subject_no=2**64 - 1 - number, kind=next(kinds), lifetime=1 + number) for number in range(60)]
    answers = ask(script, _questions(ring, [_raw(one) for one in minted]))
    assert answers == [_told(verify(one.text, own_trust, NOW)) for one in minted]


def _told(code: Any) -> list[Any]:
    issued, expires = int(code.issued_at.timestamp()), int(code.expires_at.timestamp())
    return [
        [1, code.issuer],
        [4, expires],
        [6, issued],
        [7, {"hex": code.cti.hex()}],
        [-70001, KIND_NUMBERS[code.kind]],
    ]


@pytest.mark.parametrize(("ask", "script"), [(ask_python, "ask_cwt.py"), (ask_node, "ask_auth0.mjs")])
def test_others_refuse_what_was_altered(ask: Any, script: str, ring: KeyRing, mint_one: Mint) -> None:
    raw = _raw(mint_one())
    answers = ask(script, _questions(ring, [raw, *(alter(raw, at) for at in _ALTERED_AT)]))
    assert [isinstance(answer, dict) and "refused" in answer for answer in answers] == [False] + [True] * len(
        _ALTERED_AT
    )


def test_a_code_that_python_cwt_made_is_ours(trust: TrustList) -> None:
    claims = [
        [key, {"hex": value.hex()} if isinstance(value, bytes) else value] for key, value in make_claims().items()
    ]
    secret = base64url_number(HOME.private_key.private_numbers().private_value)
    question = {"claims": claims, "private_jwk": {**HOME.jwk, "d": secret}, "kid": HOME.kid.hex()}
    [answer] = ask_python("ask_cwt.py", [question])
    text = make_text(bytes.fromhex(answer["cose"]))
    assert text != make_code(), "another signature"
    assert verify(text, trust, NOW) == verify(make_code(), trust, NOW)


def test_cbor2_reads_a_code_as_its_drawing_says(ring: KeyRing, mint_one: Mint) -> None:
    raw = _raw(mint_one(subject_no=7))
    message = cbor2.loads(raw)
    protected, unprotected, payload, signature = message.value
    assert message.tag == 18
    assert cbor2.loads(protected) == {1: -7, 4: ring.current(KeyUse.CODE, NOW).kid}
    assert unprotected == {}
    assert list(cbor2.loads(payload)) == [1, 4, 6, 7, -70001]
    assert len(signature) == 64
    assert cbor2.dumps(message, canonical=True) == raw, "deterministic (RFC 8949, section 4.2.1)"


def test_jwcrypto_verifies_a_list_by_its_leaf(ring: KeyRing) -> None:
    text = sign_trust_list(ring, sequence=9, now=NOW, lifetime=timedelta(days=1))
    head, body, signature = text.split(".")
    altered = ".".join((head, body[:50] + ("A" if body[50] != "A" else "B") + body[51:], signature))
    good, bad = ask_python("ask_jwcrypto.py", [{"jws": text}, {"jws": altered}])
    assert good["sequence"] == 9
    assert {key["kid"] for key in good["keys"]} == {kid.hex() for kid in ring.published_kids(NOW)}
    assert "refused" in bad


def test_cryptographys_path_validation_accepts_the_chain(ring: KeyRing) -> None:
    """RFC 5280's rules, by a verifier that knows nothing of trust lists; another root's signer is refused."""
    text = sign_trust_list(ring, sequence=9, now=NOW, lifetime=timedelta(days=1))
    header = json.loads(base64.urlsafe_b64decode(text.split(".")[0] + "=="))
    leaf, root = (x509.load_der_x509_certificate(base64.b64decode(one)) for one in header["x5c"])
    assert root == ring.root
    assert _validate(leaf, root).chain == [leaf, root]
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    with pytest.raises(verification.VerificationError):
        _validate(leaf, make_root())
    with pytest.raises(verification.VerificationError):
        _validate(make_chain()[0], root)


def _validate(leaf: x509.Certificate, root: x509.Certificate) -> verification.VerifiedClient:
    critical, any_extension = verification.Criticality.CRITICAL, verification.ExtensionPolicy.permit_all()
    authority = any_extension.require_present(x509.BasicConstraints, critical, None)
    signer = any_extension.require_present(x509.KeyUsage, critical, None)
    policy = verification.PolicyBuilder().store(verification.Store([root])).time(NOW)
    policy = policy.extension_policies(ca_policy=authority, ee_policy=signer)
    return policy.build_client_verifier().verify(leaf, [])
