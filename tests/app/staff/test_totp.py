from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.staff.totp import find_step, make_uri, new_secret
from tests.app.staff.harness import START, STEP, code_at

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, eight_digits: str) -> None:
    """Appendix B, SHA-1: six digits are the last six of the eight."""
    at = datetime.fromtimestamp(seconds, UTC)
    assert find_step(RFC_SECRET, eight_digits[2:], at, after=None) == seconds // 30
    assert code_at(RFC_SECRET, at) == eight_digits[2:]


@given(st.integers(-5, 5))
def test_a_clock_may_be_off_by_one_step(steps: int) -> None:
    secret, now = new_secret(), START
    shown = code_at(secret, now + steps * STEP)
    found = find_step(secret, shown, now, after=None)
    current = int(now.timestamp()) // 30
    if abs(steps) <= 1:
        assert found == current + steps
    elif shown not in {code_at(secret, now + near * STEP) for near in (-1, 0, 1)}:
        assert found is None


def test_no_step_counts_twice_and_none_before_one_that_did() -> None:
    secret = new_secret()
    current = int(START.timestamp()) // 30
    shown = code_at(secret, START)
    assert find_step(secret, shown, START, after=current - 1) == current
    assert find_step(secret, shown, START, after=current) is None
    assert find_step(secret, shown, START, after=current + 1) is None


@pytest.mark.parametrize("shown", ["", "0", "abcdef", "1234567", "１２３４５６"])
def test_what_is_no_code(shown: str) -> None:
    assert find_step(new_secret(), shown, START, after=None) is None


def test_an_app_can_read_the_uri() -> None:
    secret = new_secret()
    assert len(base64.b32decode(secret)) == 20
    uri = urlsplit(make_uri(secret, account="138****0001", issuer="随行 上海"))
    query = parse_qs(uri.query)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/随行 上海:138****0001"
    assert query == {"secret": [secret], "issuer": ["随行 上海"]}


def test_secrets_are_different() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
    assert timedelta(seconds=30) == STEP
