"""Codes on paper and codes that phones make: minted, certified, read back, and read by other people's libraries."""

from __future__ import annotations

import itertools
import os
from datetime import timedelta
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codes import (
    CodeRefusedError,
    KeyRing,
    KeyUse,
    Kind,
    StatusReference,
    TrustList,
    base45,
    certify_phone_key,
    create_key_ring,
    mint_paper,
    qr_matrix,
    read_trust_list,
    sign_trust_list,
    verify,
    verify_any,
)
from codes.keys import CURVE, jwk_of
from codes.long_layout import BEFORE_CERTIFICATE, BEFORE_MADE, BEFORE_NONCE, BEFORE_SIGNATURE, PHONE, phone_signed_part
from codes.model import KIND_NUMBERS
from codes.signatures import sign
from tests.codes.oracles import ask_node, ask_python
from tests.vectors.cases import alter
from tests.vectors.crafting import NOW

NO_LEAD = timedelta(0)
DAY = timedelta(days=1)
NUMBERS = st.integers(0, 2**32 - 1)
PLACE = StatusReference(3, 70_000)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    """With a key for paper, and one for certificates."""
    made = create_key_ring(tmp_path_factory.mktemp("ring") / "keys", "31", NOW, development=False)
    return made.rotate(KeyUse.PAPER, NOW, lead=NO_LEAD).rotate(KeyUse.CERTIFICATE, NOW, lead=NO_LEAD)


@pytest.fixture(scope="module")
def trust(ring: KeyRing) -> TrustList:
    return read_trust_list(sign_trust_list(ring, sequence=1, now=NOW, lifetime=DAY), now=NOW)


def print_one(ring: KeyRing, **changes: Any) -> str:
    given = {"issuer": "31", "subject_no": 7, "kind": Kind.PERSONAL, "status": PLACE, "now": NOW, **changes}
    return mint_paper(ring.current(KeyUse.PAPER, NOW), **given).text


def certify(ring: KeyRing, phone: ec.EllipticCurvePrivateKey, **changes: Any) -> bytes:
    given = {
        "issuer": "31",
        "subject_no": 7,
        "kind": Kind.PERSONAL,
        "public_key": jwk_of(phone.public_key()),
        "status": PLACE,
        "now": NOW,
        **changes,
    }
    return certify_phone_key(ring.current(KeyUse.CERTIFICATE, NOW), **given).certificate


def show(certificate: bytes, phone: ec.EllipticCurvePrivateKey, nonce: bytes = b"\0" * 8) -> bytes:
    """As a phone does it, without a network."""
    made = int(NOW.timestamp())
    unsigned = PHONE.pack(
        BEFORE_CERTIFICATE, certificate, BEFORE_MADE, made, BEFORE_NONCE, nonce, BEFORE_SIGNATURE, bytes(32), bytes(32)
    )
    return unsigned[:-64] + sign(phone, phone_signed_part(unsigned))


def to_text(raw: bytes) -> str:
    return "SX2:" + base45.encode(raw)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    subject_no=st.integers(0, 2**64 - 1),
    kind=st.sampled_from(Kind),
    place=st.builds(StatusReference, NUMBERS, NUMBERS),
    seconds=st.integers(1, 180 * 86400),
)
def test_a_paper_code_comes_back_as_it_was_minted(
    ring: KeyRing, trust: TrustList, subject_no: int, kind: Kind, place: StatusReference, seconds: int
) -> None:
    lifetime = timedelta(seconds=seconds)
    code = verify_any(print_one(ring, subject_no=subject_no, kind=kind, status=place, lifetime=lifetime), trust, NOW)
    assert (ring.open_handle(code), code.kind, code.status, code.use) == (subject_no, kind, place, KeyUse.PAPER)
    assert code.expires_at - code.issued_at == lifetime


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    subject_no=st.integers(0, 2**64 - 1),
    kind=st.sampled_from(Kind),
    place=st.builds(StatusReference, NUMBERS, NUMBERS),
    secret=st.integers(1, 2**200),
    nonce=st.binary(min_size=8, max_size=8),
)
def test_a_phones_code_comes_back_as_it_was_made(
    ring: KeyRing,
    trust: TrustList,
    subject_no: int,
    kind: Kind,
    place: StatusReference,
    secret: int,
    nonce: bytes,
) -> None:
    phone = ec.derive_private_key(secret, CURVE)
    certificate = certify(ring, phone, subject_no=subject_no, kind=kind, status=place)
    code = verify_any(to_text(show(certificate, phone, nonce)), trust, NOW)
    assert (ring.open_handle(code), code.kind, code.status) == (subject_no, kind, place)
    assert (code.use, code.cti[16:], code.expires_at - code.issued_at) == (
        KeyUse.CERTIFICATE,
        nonce,
        timedelta(minutes=1),
    )


def test_they_fit_the_qr_versions_that_the_documents_state(ring: KeyRing) -> None:
    phone = ec.generate_private_key(CURVE)
    texts = [print_one(ring), to_text(show(certify(ring, phone), phone))]
    assert [(len(text), (len(qr_matrix(text)) - 17) // 4) for text in texts] == [(217, 8), (411, 12)]


def test_a_dynamic_verifier_takes_neither(ring: KeyRing, trust: TrustList) -> None:
    """What scans and spends codes has to ask for the other forms by name."""
    phone = ec.generate_private_key(CURVE)
    for text in (print_one(ring), to_text(show(certify(ring, phone), phone))):
        with pytest.raises(CodeRefusedError) as refused:
            verify(text, trust, NOW)
        assert refused.value.slug == "code-malformed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "3"},
        {"issuer": "３１"},
        {"lifetime": NO_LEAD},
        {"lifetime": 181 * DAY},
        {"now": NOW.replace(tzinfo=None)},
    ],
    ids=str,
)
def test_what_no_verifier_would_accept_is_not_made(ring: KeyRing, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        print_one(ring, **wrong)
    with pytest.raises(ValueError, match=r"."):
        certify(ring, ec.generate_private_key(CURVE), **wrong)


def test_a_certificate_lives_half_a_day_at_most(ring: KeyRing) -> None:
    phone = ec.generate_private_key(CURVE)
    assert certify(ring, phone, lifetime=timedelta(hours=12))
    with pytest.raises(ValueError, match="lifetime"):
        certify(ring, phone, lifetime=timedelta(hours=12, seconds=1))


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "EC", "crv": "P-256", "x": 5, "y": 6},
        {"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"},
        {"kty": "EC", "crv": "P-384", "x": "AQ", "y": "AQ"},
    ],
    ids=str,
)
def test_what_is_no_key_is_not_certified(ring: KeyRing, jwk: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        certify(ring, ec.generate_private_key(CURVE), public_key=jwk)


def test_a_key_of_another_use_makes_neither(ring: KeyRing) -> None:
    epoch = ring.current(KeyUse.CODE, NOW)
    with pytest.raises(ValueError, match="use"):
        mint_paper(epoch, issuer="31", subject_no=1, kind=Kind.PERSONAL, status=PLACE, now=NOW)
    with pytest.raises(ValueError, match="use"):
        certify_phone_key(epoch, issuer="31", subject_no=1, kind=Kind.PERSONAL, public_key={}, status=PLACE, now=NOW)


def test_keys_stay_on_the_list_as_long_as_what_they_signed_may_live(ring: KeyRing) -> None:
    ends = {use: ring.current(use, NOW).not_after for use in (KeyUse.CODE, KeyUse.CERTIFICATE, KeyUse.PAPER)}
    lives = {KeyUse.CODE: 300, KeyUse.CERTIFICATE: 12 * 3600, KeyUse.PAPER: 180 * 86400}
    for use, end in ends.items():
        for after, is_there in ((timedelta(seconds=lives[use] - 1), True), (timedelta(seconds=lives[use]), False)):
            assert any(epoch.use is use for epoch in ring.published(end + after)) is is_there


_CERTIFICATE_AT, _CNF_X_AT = 8, 56
"""Of a phone's code: where its certificate begins; and in that, where the certified key does."""


def _named_key(certificate: bytes) -> dict[str, str]:
    """The key that a certificate names, made whole by the curve's own library and not by ours."""
    message: Any = cbor2.loads(certificate)
    key = cbor2.loads(message.value[2])[8][1]
    point = (b"\x03" if key[-3] else b"\x02") + key[-2]
    return jwk_of(ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point))


@pytest.mark.parametrize(("ask", "script"), [(ask_python, "ask_cwt.py"), (ask_node, "ask_auth0.mjs")])
def test_others_verify_both_tiers_of_a_phones_code(ask: Any, script: str, ring: KeyRing, trust: TrustList) -> None:
    """The certificate by the province's key, then the code by the key that the certificate names: for many phones."""
    issuer = ring.current(KeyUse.CERTIFICATE, NOW)
    by_issuer = {"jwk": jwk_of(issuer.public_key), "kid": issuer.kid.hex()}
    questions, ours = list[dict[str, Any]](), list[Any]()
    for number, kind in zip(range(12), itertools.cycle(Kind), strict=False):
        phone = ec.generate_private_key(CURVE)
        raw = show(certify(ring, phone, kind=kind, subject_no=number), phone, os.urandom(8))
        certificate = raw[_CERTIFICATE_AT:][:178]
        questions += [{**by_issuer, "cose": certificate.hex()}, {"cose": raw.hex(), "jwk": _named_key(certificate)}]
        ours.append(verify_any(to_text(raw), trust, NOW))
    answers = [dict(answer) for answer in ask(script, questions)]
    for inner, outer, code in zip(answers[::2], answers[1::2], ours, strict=True):
        assert list(inner) == [1, 4, 6, 7, 8, -70002]
        assert inner[-70002] == [KIND_NUMBERS[code.kind], PLACE.list_no, PLACE.index]
        assert bytes.fromhex(inner[7]["hex"] + outer[7]["hex"]) == code.cti
        assert (inner[1], outer[6]) == (code.issuer, int(code.issued_at.timestamp()))


@pytest.mark.parametrize(("ask", "script"), [(ask_python, "ask_cwt.py"), (ask_node, "ask_auth0.mjs")])
def test_others_refuse_either_tier_altered(ask: Any, script: str, ring: KeyRing) -> None:
    phone, stranger = ec.generate_private_key(CURVE), ec.generate_private_key(CURVE)
    certificate = certify(ring, phone)
    raw, forged = show(certificate, phone), show(certificate, stranger)
    issuer, peer = ring.current(KeyUse.CERTIFICATE, NOW), ring.current(KeyUse.PAPER, NOW)
    inner = {"cose": certificate.hex(), "jwk": jwk_of(issuer.public_key), "kid": issuer.kid.hex()}
    outer = {"cose": raw.hex(), "jwk": jwk_of(phone.public_key())}
    good = [inner, outer]
    bad = [
        *({**inner, "cose": alter(certificate, at).hex()} for at in (22, 30, 36, 44, _CNF_X_AT + 9, 100, 120, 170)),
        {**inner, "jwk": jwk_of(peer.public_key)},
        *({**outer, "cose": alter(raw, at).hex()} for at in (60, 100, 192, 200, 210, 260)),
        {**outer, "cose": forged.hex()},
        {**outer, "jwk": jwk_of(issuer.public_key)},
    ]
    answers = ask(script, good + bad)
    assert ["refused" in answer for answer in answers] == [False] * len(good) + [True] * len(bad)


@pytest.mark.parametrize(("ask", "script"), [(ask_python, "ask_cwt.py"), (ask_node, "ask_auth0.mjs")])
def test_others_verify_a_paper_code(ask: Any, script: str, ring: KeyRing) -> None:
    raw = base45.decode(print_one(ring).removeprefix("SX3:"))
    epoch = ring.current(KeyUse.PAPER, NOW)
    question = {"jwk": jwk_of(epoch.public_key), "kid": epoch.kid.hex()}
    good, bad = ask(script, [{**question, "cose": raw.hex()}, {**question, "cose": alter(raw, 70).hex()}])
    assert [claim[0] for claim in good] == [1, 4, 6, 7, -70002]
    assert "refused" in bad


@given(st.one_of(st.binary(max_size=300), st.text(max_size=450).map(str.encode)), st.sampled_from(["SX2:", "SX3:"]))
def test_whatever_is_read_is_refused_and_no_more(trust: TrustList, data: bytes, prefix: str) -> None:
    for text in (prefix + base45.encode(data), prefix + data.decode("latin-1")):
        with pytest.raises(CodeRefusedError):
            verify_any(text, trust, NOW)
