"""Trust lists under attack: chains, signatures, times, sequences, and what later versions will put into them."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from codes import KeyRing, KeyUse, TrustListError, next_sequence, read_trust_list, sign_trust_list, verify
from codes.certifying import certify_signer
from codes.keys import to_pem
from tests.vectors.crafting import NOW, make_code
from tests.vectors.keys import HOME, OTHER_TWIN, PEER, ROOT, SIGNER, STRANGER, TWIN, base64url
from tests.vectors.lists import (
    SEQUENCE,
    YEAR,
    fingerprint,
    list_entries,
    make_certificate,
    make_chain,
    make_entry,
    make_list,
    make_payload,
    make_root,
    to_x5c,
    write_time,
)

PIN = fingerprint(make_root())
DAY = timedelta(days=1)


def refuse(text: str, **how: Any) -> str:
    """The slug of the refusal."""
    with pytest.raises(TrustListError) as caught:
        read_trust_list(text, **{"now": NOW, "root_fingerprint": PIN, **how})
    assert caught.value.detail
    return caught.value.slug


def test_a_good_list() -> None:
    trust = read_trust_list(make_list(), now=NOW, root_fingerprint=PIN, at_least=SEQUENCE)
    assert (trust.province, trust.sequence, trust.root_fingerprint) == ("31", SEQUENCE, PIN)
    assert trust.expires_at == NOW + DAY
    assert trust.kids == {bytes.fromhex(entry["kid"]) for entry in list_entries()}
    assert [key.province for key in trust.find(KeyUse.CODE, HOME.kid)] == ["31", "32"]
    assert [key.public_key for key in trust.find(KeyUse.CODE, TWIN.kid)] == [
        key.private_key.public_key() for key in (TWIN, OTHER_TWIN)
    ]
    assert list(trust.find(KeyUse.PAPER, HOME.kid)) == []
    assert list(trust.find(KeyUse.CODE, STRANGER.kid)) == []


@pytest.mark.parametrize("pin", [PIN, PIN.upper(), ":".join(PIN[at : at + 2] for at in range(0, 64, 2)), None])
def test_the_fingerprint_as_tools_write_it(pin: str | None) -> None:
    assert read_trust_list(make_list(), now=NOW, root_fingerprint=pin).root_fingerprint == PIN


FOREIGN_ROOT = make_certificate(STRANGER, STRANGER, ca=True)
CHAINS: dict[str, Any] = {
    "foreign root": ([make_certificate(SIGNER, STRANGER), FOREIGN_ROOT], "trust-list-root-unknown"),
    "ours appended to a foreign signer": (
        [make_certificate(SIGNER, STRANGER), make_root()],
        "trust-list-signature-invalid",
    ),
    "swapped": (list(reversed(make_chain())), "trust-list-root-unknown"),
    "the root alone": ([make_root()], "trust-list-malformed"),
    "the root twice": ([make_root(), make_root()], "trust-list-signature-invalid"),
    "three": ([*make_chain(), make_root()], "trust-list-malformed"),
    "none": ([], "trust-list-malformed"),
    "a CA as leaf": ([make_certificate(SIGNER, ROOT, ca=True), make_root()], "trust-list-signature-invalid"),
    "a leaf that may not sign": (
        [make_certificate(SIGNER, ROOT, signs=False), make_root()],
        "trust-list-signature-invalid",
    ),
    "a signer of another province": (
        [make_certificate(SIGNER, ROOT, province="32"), make_root()],
        "trust-list-signature-invalid",
    ),
    "a signer that has ended": (
        [make_certificate(SIGNER, ROOT, ends=NOW - DAY), make_root()],
        "trust-list-signature-invalid",
    ),
    "a signer yet to come": (
        [make_certificate(SIGNER, ROOT, begins=NOW + DAY), make_root()],
        "trust-list-signature-invalid",
    ),
}


@pytest.mark.parametrize(("chain", "slug"), CHAINS.values(), ids=CHAINS)
def test_other_chains_are_refused(chain: list[Any], slug: str) -> None:
    assert refuse(make_list(chain=chain)) == slug


def test_an_intermediate_cannot_certify() -> None:
    """A signer's key used as if it were a root's, below a pinned root's name."""
    forged = make_certificate(STRANGER, SIGNER)
    assert refuse(make_list(key=STRANGER, chain=[forged, make_root()])) == "trust-list-signature-invalid"
    assert refuse(make_list(key=STRANGER, chain=[forged, make_chain()[0]])) == "trust-list-root-unknown"


def test_a_root_that_has_ended() -> None:
    root = make_certificate(ROOT, ROOT, ca=True, ends=NOW - DAY)
    text = make_list(chain=[make_certificate(SIGNER, ROOT), root])
    assert refuse(text, root_fingerprint=None) == "trust-list-signature-invalid"


def test_a_root_that_is_no_authority() -> None:
    """Self-signed, of the right name, and without the right to certify."""
    root = make_certificate(ROOT, ROOT)
    text = make_list(chain=[make_certificate(SIGNER, ROOT), root])
    assert refuse(text, root_fingerprint=None) == "trust-list-signature-invalid"


def _secret() -> bytes:
    key = SIGNER.private_key.public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _with_mac(header: dict[str, Any]) -> str:
    signed = make_list(header=header).rpartition(".")[0]
    return f"{signed}.{base64url(hmac.digest(_secret(), signed.encode(), 'sha256'))}"


def _unsigned(header: dict[str, Any]) -> str:
    return make_list(header=header).rpartition(".")[0] + "."


def _alter(text: str, part: int) -> str:
    parts = text.split(".")
    middle = len(parts[part]) // 2
    parts[part] = parts[part][:middle] + ("A" if parts[part][middle] != "A" else "B") + parts[part][middle + 1 :]
    return ".".join(parts)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        (_unsigned({"alg": "none"}), "trust-list-malformed"),
        (_with_mac({"alg": "HS256"}), "trust-list-malformed"),
        (_with_mac({}), "trust-list-signature-invalid"),
        (_unsigned({}), "trust-list-signature-invalid"),
        (make_list(header={"alg": "ES384"}), "trust-list-malformed"),
        (make_list(header={"typ": "JWT"}), "trust-list-malformed"),
        (make_list(header={"typ": None}), "trust-list-malformed"),
        (make_list(header={"crit": ["exp"], "exp": 1}), "trust-list-malformed"),
        (make_list(header={"b64": False, "crit": ["b64"]}), "trust-list-malformed"),
        (make_list(header={"x5c": "AAAA"}), "trust-list-malformed"),
        (make_list(header={"x5c": [1, 2]}), "trust-list-malformed"),
        (make_list(header={"x5c": ["AAAA", "AAAA"]}), "trust-list-malformed"),
        (make_list(header={"x5c": {"0": to_x5c(make_chain())}}), "trust-list-malformed"),
        (make_list(key=STRANGER), "trust-list-signature-invalid"),
        (make_list(key=HOME), "trust-list-signature-invalid"),
        (_alter(make_list(), 1), "trust-list-signature-invalid"),
        (_alter(make_list(), 2), "trust-list-signature-invalid"),
        (make_list({"province": "32"}), "trust-list-signature-invalid"),
        (make_list({"expires_at": write_time(NOW)}), "trust-list-expired"),
        (make_list({"expires_at": "2026-07-02T04:00:00"}), "trust-list-malformed"),
        (make_list({"sequence": "7"}), "trust-list-malformed"),
        (make_list({"sequence": 0}), "trust-list-malformed"),
        (make_list({"keys": None}), "trust-list-malformed"),
        (make_list({"keys": [make_entry(HOME, jwk={**HOME.jwk, "x": HOME.jwk["y"]})]}), "trust-list-malformed"),
        (make_list({"keys": [make_entry(HOME, jwk={"kty": "EC", "crv": "P-256"})]}), "trust-list-malformed"),
        (make_list({"keys": [make_entry(HOME, kid="zz")]}), "trust-list-malformed"),
        (make_list(body=b"[]"), "trust-list-malformed"),
        (make_list(body=b"{"), "trust-list-malformed"),
        (make_list(body=b"[" * 100_000), "trust-list-malformed"),
        ("", "trust-list-malformed"),
        ("..", "trust-list-malformed"),
        ("随行", "trust-list-malformed"),
        ("\ud800", "trust-list-malformed"),
        (make_list({"padding": "A" * (3 * 2**20 + 2**18)}), "trust-list-malformed"),
        (json.dumps(make_payload()), "trust-list-malformed"),
    ],
    ids=lambda value: str(value)[:24] if len(str(value)) > 60 else str(value),
)
def test_other_lists_are_refused(text: str, slug: str) -> None:
    assert refuse(text) == slug


@given(st.text(max_size=200) | st.integers(0, 2).map(lambda part: _alter(make_list(), part)))
def test_nothing_but_a_refusal_is_raised(text: str) -> None:
    assert refuse(text).startswith("trust-list-")


def test_times_of_a_list() -> None:
    text = make_list()
    assert read_trust_list(text, now=NOW + DAY - timedelta(seconds=1)).sequence == SEQUENCE
    assert refuse(text, now=NOW + DAY) == "trust-list-expired"
    assert refuse(text, now=NOW + 10 * YEAR) == "trust-list-signature-invalid"  # its certificates have ended too


def test_an_older_list_than_was_seen_is_refused() -> None:
    assert refuse(make_list(), at_least=SEQUENCE + 1) == "trust-list-older-than-held"
    assert read_trust_list(make_list(), now=NOW, at_least=SEQUENCE).sequence == SEQUENCE


@pytest.mark.parametrize(
    "entry",
    [
        make_entry(PEER, "something of next year"),
        make_entry(PEER, jwk={"kty": "OKP", "crv": "Ed25519", "x": "AA"}),
        make_entry(PEER, jwk={"kty": "EC", "crv": "SM2", "x": "AA", "y": "AA"}),
        make_entry(PEER, jwk={"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "more": [1]}),
        make_entry(PEER, "something of next year", kid="a name, not a hash"),
        make_entry(HOME, comment="more members than are known"),
    ],
)
def test_what_later_versions_add_does_not_spoil_a_list(entry: dict[str, Any]) -> None:
    """Else no province could begin with a new kind of key before every gate of every other has been updated."""
    trust = read_trust_list(make_list({"keys": [entry, make_entry(HOME)], "more": 1}), now=NOW)
    assert HOME.kid in trust.kids
    assert PEER.kid not in trust.kids


def test_the_same_key_twice_is_one_that_verifies() -> None:
    trust = read_trust_list(make_list({"keys": [make_entry(HOME), make_entry(HOME)]}), now=NOW)
    assert [key.public_key for key in trust.find(KeyUse.CODE, HOME.kid)] == [HOME.private_key.public_key()] * 2
    assert verify(make_code(), trust, NOW).kid == HOME.kid


def test_one_key_does_not_verify_for_two_uses() -> None:
    trust = read_trust_list(make_list({"keys": [make_entry(HOME, "paper")]}), now=NOW)
    assert list(trust.find(KeyUse.CODE, HOME.kid)) == []
    assert len(trust.find(KeyUse.PAPER, HOME.kid)) == 1


def test_a_rings_own_list(ring: KeyRing) -> None:
    text = sign_trust_list(ring, sequence=3, now=NOW, lifetime=DAY)
    trust = read_trust_list(text, now=NOW, root_fingerprint=ring.root_fingerprint, at_least=3)
    assert (trust.province, trust.sequence, trust.issued_at, trust.expires_at) == ("31", 3, NOW, NOW + DAY)
    assert trust.kids == ring.published_kids(NOW)
    assert refuse(text) == "trust-list-root-unknown"


def test_the_second_signer_takes_over_from_the_first(folder_with_ended_signer: Callable[[], KeyRing]) -> None:
    ring = folder_with_ended_signer()
    signer = ring.current_signer(NOW)
    assert "signer 31-2" in signer.certificate.subject.rfc4514_string()
    assert read_trust_list(sign_trust_list(ring, sequence=1, now=NOW, lifetime=DAY), now=NOW).sequence == 1


@pytest.fixture
def folder_with_ended_signer(ring: KeyRing) -> Callable[[], KeyRing]:
    """The ring of which the first signer's certificate has ended."""

    def make() -> KeyRing:
        root = serialization.load_pem_private_key((ring.folder / "root-key.pem").read_bytes(), None)
        first = ring.folder / "signer-1.pem"
        key = ring.signers[0].private_key
        begun = NOW - timedelta(days=500)
        ended = certify_signer(root, ring.root, key.public_key(), province="31", number=1, now=begun)  # type: ignore[arg-type]  # P-256
        first.write_bytes(to_pem(key) + ended.public_bytes(serialization.Encoding.PEM))
        return KeyRing.load(ring.folder)

    return make


def test_sequences_only_grow() -> None:
    second = int(NOW.timestamp())
    assert next_sequence(None, NOW) == second
    assert next_sequence(5, NOW) == second
    assert next_sequence(second, NOW) == second + 1
    assert next_sequence(second + 100, NOW - DAY) == second + 101


def test_the_payload_has_the_members_of_the_interface(ring: KeyRing) -> None:
    body = sign_trust_list(ring, sequence=3, now=NOW, lifetime=DAY).split(".")[1]
    payload = json.loads(base64_of(body))
    assert payload.keys() == {"province", "sequence", "issued_at", "expires_at", "keys"}
    assert {tuple(entry) for entry in payload["keys"]} == {("province", "kid", "use", "jwk", "not_before", "not_after")}
    assert b'"d":' not in base64_of(body), "a private key"


def base64_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
