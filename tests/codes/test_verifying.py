"""Verifying under attack: every byte altered, every length cut, faults in any order, and what Hypothesis finds."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codes import CodeRefusedError, TrustList, base45, verify
from tests.codes.test_vectors import SLUGS
from tests.vectors.cases import alter, to_full_width
from tests.vectors.crafting import ISSUED, LIFE, NOW, make_code, make_message, make_text, turn_over
from tests.vectors.keys import HOME, PAPER, PEER, STRANGER

GOOD, RAW = make_code(), make_message()
_HEADER = {1: -8, 4: HOME.kid}
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def refuse(text: str, trust: TrustList, at: datetime = NOW) -> str:
    """The slug of the refusal."""
    with pytest.raises(CodeRefusedError) as caught:
        verify(text, trust, at)
    return caught.value.slug


def test_every_altered_byte_is_refused(trust: TrustList) -> None:
    """Each bit of each byte; the slug says which field it was."""
    for at in range(len(RAW)):
        slugs = {refuse(make_text(alter(RAW, at, 1 << bit)), trust) for bit in range(8)}
        assert slugs <= _expected_at(at), (at, slugs)


def _expected_at(at: int) -> set[str]:
    """By codes/layout.py: 8 fixed bytes, kid, 6 fixed, issuer, 2 fixed, expiry, 2 fixed, issue, 3 fixed, cti, kind."""
    if at == 6 - 1:  # the algorithm's low bits, which may say EdDSA
        return {"code-malformed", "code-algorithm-refused"}
    if 8 <= at < 12:
        return {"code-issuer-unknown"}
    if 18 <= at < 20:  # a digit, or something else
        return {"code-issuer-unknown", "code-malformed"}
    if 22 <= at < 26 or 28 <= at < 32:  # a time, maybe before its issue, maybe of a time without keys
        return {"code-signature-invalid", "code-malformed", "code-issuer-unknown"}
    if 35 <= at < 59 or at >= 67:
        return {"code-signature-invalid"}
    return {"code-malformed", "code-signature-invalid"} if at == 64 else {"code-malformed"}


def test_every_truncation_is_refused(trust: TrustList) -> None:
    assert {refuse(GOOD[:length], trust) for length in range(4, len(GOOD))} == {"code-malformed"}
    assert {refuse(GOOD[:length], trust) for length in range(1, 4)} == {"code-not-ours"}
    assert {refuse(make_text(RAW[:length]), trust) for length in range(len(RAW))} == {"code-malformed"}
    assert {refuse(make_text(RAW[start:]), trust) for start in range(1, len(RAW))} == {"code-malformed"}


def test_every_character_altered_is_refused(trust: TrustList) -> None:
    """A reader's slip is never another code."""
    for at in range(4, len(GOOD)):
        other = _ALPHABET[(_ALPHABET.index(GOOD[at]) + 7) % 45]
        assert refuse(GOOD[:at] + other + GOOD[at + 1 :], trust) in SLUGS


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("A" * 2**20, "code-not-ours"),
        ("SX1:" + "A" * 2**20, "code-malformed"),
        ("sx1:" + "a" * 2**20, "code-malformed"),
        ("SX1:" + "é" * 2**20, "code-malformed"),
        ("SX1:" + "\ufdfa" * 2**20, "code-malformed"),  # each becomes 18 characters when it is folded
        (" " * 2**20, "code-malformed"),
        (" " * 2**20 + GOOD, "code-malformed"),
        (GOOD + " " * 2**20, "code-malformed"),
        (GOOD * 5000, "code-malformed"),
        ("\0" * 2**20, "code-not-ours"),
        ("随" * 2**20, "code-not-ours"),
        ("\ud800" * 2**20, "code-not-ours"),
        ("SX1:" + "\ud800" * 2**20, "code-malformed"),
        ("e" + "\u0301" * 2**20, "code-not-ours"),  # combining marks are sorted when it is folded
    ],
)
def test_a_megabyte_is_refused_in_little_time_and_memory(text: str, slug: str, trust: TrustList) -> None:
    tracemalloc.start()
    begun = time.process_time()
    try:
        assert refuse(text, trust) == slug
        assert time.process_time() - begun < 0.1
        assert tracemalloc.get_traced_memory()[1] < 512 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "at", "slug"),
    [
        # Each is wrong in all that its slug's successors would find too.
        ("SX2:" + make_code(STRANGER)[4:], NOW + timedelta(hours=1), "code-malformed"),
        (make_code(STRANGER, {-70001: 9}, signature=bytes(64)), NOW + timedelta(hours=1), "code-malformed"),
        (make_code(STRANGER, header={1: -8, 4: STRANGER.kid}), NOW + timedelta(hours=1), "code-issuer-unknown"),
        (make_code(PAPER, header={1: -8, 4: PAPER.kid}), NOW + timedelta(hours=1), "code-issuer-unknown"),
        (make_code(STRANGER, {4: ISSUED + 301}), NOW + timedelta(hours=1), "code-issuer-unknown"),
        (make_code(PEER, {1: "31"}, signature=bytes(64)), NOW + timedelta(hours=1), "code-issuer-unknown"),
        (make_code(header=_HEADER, signature=bytes(64)), NOW + timedelta(hours=1), "code-algorithm-refused"),
        (make_code(claims={4: ISSUED + 301}, signature=bytes(64)), NOW + timedelta(hours=1), "code-signature-invalid"),
        (make_code(claims={4: ISSUED + 301}), NOW - timedelta(hours=1), "code-not-yet-valid"),
        (make_code(claims={4: ISSUED + 301}), NOW + timedelta(hours=1), "code-expired"),
        (make_code(claims={4: ISSUED + 301}), NOW, "code-lifetime-excessive"),
    ],
)
def test_the_first_of_several_faults_is_told(text: str, at: datetime, slug: str, trust: TrustList) -> None:
    """Form, issuer, algorithm, signature, time."""
    assert refuse(text, trust, at) == slug


@pytest.mark.parametrize(
    ("text", "at", "genuine"),
    [
        (GOOD, NOW + timedelta(hours=1), True),
        (GOOD, NOW - timedelta(hours=1), True),
        (make_code(claims={4: ISSUED + 301}), NOW, True),
        (make_code(signature=bytes(64)), NOW, False),
        (make_code(STRANGER), NOW, False),
        ("", NOW, False),
    ],
)
def test_a_refusal_knows_a_genuine_code(text: str, at: datetime, *, genuine: bool, trust: TrustList) -> None:
    with pytest.raises(CodeRefusedError) as caught:
        verify(text, trust, at)
    assert (caught.value.verified is not None) is genuine
    assert caught.value.detail


def test_the_limits_of_its_time(trust: TrustList) -> None:
    """Good from 30 s before its issue, for a clock that is behind, until its expiry and not in it."""
    second, moment = timedelta(seconds=1), timedelta(microseconds=1)
    assert verify(GOOD, trust, NOW - 30 * second) == verify(GOOD, trust, NOW + LIFE * second - moment)
    assert refuse(GOOD, trust, NOW - 30 * second - moment) == "code-not-yet-valid"
    assert refuse(GOOD, trust, NOW + LIFE * second) == "code-expired"


def test_a_time_without_zone_is_a_mistake_of_the_caller(trust: TrustList) -> None:
    """In China, `datetime.utcnow()` would be eight hours off, and no code good."""
    with pytest.raises(ValueError, match="zone"):
        verify(GOOD, trust, NOW.replace(tzinfo=None))


def test_a_malleated_code_is_the_same_claim(trust: TrustList) -> None:
    """ECDSA lets anybody make a second signature of a first: what is claimed must not contain it."""
    other = turn_over(RAW)
    assert other != RAW
    code, again = verify(GOOD, trust, NOW), verify(make_text(other), trust, NOW)
    assert (code.issuer, code.cti, code.expires_at) == (again.issuer, again.cti, again.expires_at)
    assert code == again


@pytest.mark.parametrize("character", ["\r", "\n", "\r\n", "\t", " ", "\u3000", "\ufeff", "\u200b", "\x1d"])
def test_what_scanners_and_chats_put_around_a_code(character: str, trust: TrustList) -> None:
    good = verify(GOOD, trust, NOW)
    for text in (character + GOOD, GOOD + character, character * 3 + GOOD.lower() + character):
        assert verify(text, trust, NOW) == good


@given(st.lists(st.sampled_from("lwn"), min_size=len(GOOD), max_size=len(GOOD)))
def test_any_mixture_of_widths_and_cases_is_the_same_code(trust: TrustList, forms: list[str]) -> None:
    ways: dict[str, Callable[[str], str]] = {"l": str.lower, "w": to_full_width, "n": str}
    text = "".join(ways[form](character) for form, character in zip(forms, GOOD, strict=True))
    assert verify(text, trust, NOW).cti == verify(GOOD, trust, NOW).cti


_TEXTS = st.one_of(
    st.text(max_size=1500),
    st.text(_ALPHABET, max_size=300).map("SX1:".__add__),
    st.binary(max_size=300).map(make_text),
    st.binary(min_size=len(RAW), max_size=len(RAW)).map(make_text),
    st.tuples(st.integers(0, len(RAW)), st.integers(0, 20), st.binary(max_size=20)).map(
        lambda cut: make_text(RAW[: cut[0]] + cut[2] + RAW[cut[0] + cut[1] :])
    ),
    st.tuples(st.integers(0, len(GOOD)), st.integers(0, 20), st.text(max_size=5)).map(
        lambda cut: GOOD[: cut[0]] + cut[2] + GOOD[cut[0] + cut[1] :]
    ),
)


@settings(max_examples=1000)
@given(_TEXTS)
@example("SX1:\ud800")
@example("\ud800")
@example("SX1:" + "İ" * 197)
@example("ſx1:")
def test_whatever_is_read_is_a_code_or_is_refused_by_a_known_slug(trust: TrustList, text: str) -> None:
    try:
        code = verify(text, trust, NOW)
    except CodeRefusedError as refusal:
        assert refusal.slug in SLUGS  # noqa: PT017  nothing else may be raised
        return
    assert code.cti == verify(GOOD, trust, NOW).cti, "nobody else's code can be found by chance"


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_any_payload_that_a_trusted_key_signs(trust: TrustList, payload: bytes) -> None:
    assert refuse(make_code(payload=payload), trust) == "code-malformed"


def test_nested_cbor_does_not_exhaust_the_stack(trust: TrustList) -> None:
    for bomb in (b"\x81" * 600, b"\xd2" * 600, b"\x9f" * 600, b"\xd2\x84\x5b" + b"\xff" * 8, b"\xd2\x9b" + b"\x7f" * 8):
        assert refuse("SX1:" + base45.encode(bomb), trust) == "code-malformed"
