"""Codes that the resident's page makes: `codes` verifies them, and nobody sees who drew them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from codes import KeyRing, KeyUse, Kind, StatusReference, TrustList, base64url, certify_phone_key, to_svg, verify_any
from codes.keys import CURVE, jwk_of
from tests.codes.conftest import Mint
from tests.codes.oracles import ask_node
from tests.house.source import ROOT
from tests.vectors.crafting import NOW

_PLACE = StatusReference(3, 70_000)
_MODULES = ROOT / "tests" / "npm" / "node_modules"
_VENDOR = ROOT / "api" / "pages" / "assets" / "vendor"


def private_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    d = key.private_numbers().private_value.to_bytes(32, "big")
    return {**jwk_of(key.public_key()), "d": base64url.encode(d)}


def make_in_page(ring: KeyRing, kinds: list[Kind]) -> list[tuple[bytes, str]]:
    """Certificates, and a code that the page's modules made under each half a second into NOW."""
    keys = [ec.generate_private_key(CURVE) for _ in kinds]
    epoch = ring.current(KeyUse.CERTIFICATE, NOW)
    certificates = [
        certify_phone_key(
            epoch,
            issuer="31",
            subject_no=7,
            kind=kind,
            public_key=jwk_of(key.public_key()),
            status=_PLACE,
            now=NOW,
        ).certificate
        for kind, key in zip(kinds, keys, strict=True)
    ]
    at = int(NOW.timestamp() * 1000) + 500
    questions = [
        {"ask": "code", "certificate": certificate.hex(), "key": private_jwk(key), "at": at}
        for certificate, key in zip(certificates, keys, strict=True)
    ]
    return list(zip(certificates, ask_node("ask_maker.mjs", questions), strict=True))


def test_a_code_made_in_the_page_is_verified(ring: KeyRing, own_trust: TrustList) -> None:
    kinds = [*Kind] * 4
    made = make_in_page(ring, kinds)
    for kind, (_, text) in zip(kinds, made, strict=True):
        code = verify_any(text, own_trust, NOW + timedelta(seconds=59))
        assert (code.kind, code.issuer, code.status, code.use) == (kind, "31", _PLACE, KeyUse.CERTIFICATE)
        assert code.issued_at == NOW
        assert code.expires_at == NOW + timedelta(seconds=60)
        assert len(text) == 411
    tokens = {verify_any(text, own_trust, NOW).cti for _, text in made}
    assert len(tokens) == len(made)


def test_the_private_half_of_a_key_never_leaves() -> None:
    first, second = ask_node("ask_maker.mjs", [{"ask": "key"}] * 2)
    assert first["leaves"] is second["leaves"] is False
    assert first["jwk"] != second["jwk"]
    assert set(first["jwk"]) == {"kty", "crv", "x", "y"}


def test_its_picture_is_the_one_that_the_server_would_draw(ring: KeyRing, mint_one: Mint) -> None:
    texts = [text for _, text in make_in_page(ring, [Kind.PERSONAL] * 5)] + [
        mint_one(number).text for number in range(5)
    ]
    pictures = ask_node("ask_maker.mjs", [{"ask": "picture", "text": text} for text in texts])
    assert pictures == [to_svg(text) for text in texts]
    assert 'viewBox="0 0 73 73"' in pictures[0], "version 12: 65 modules and the white around"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("qr/index.js", "qr/index.js"), ("qr/LICENSE-MIT.txt", "qr/LICENSE-MIT")],
    ids=["code", "licence"],
)
def test_what_was_taken_from_others_is_as_they_publish_it(ours: str, theirs: str) -> None:
    """Of the version that tests/npm has by its hash: to renew it, lock another and copy its files."""
    assert (_VENDOR / ours).read_bytes() == (_MODULES / theirs).read_bytes()
