"""Access tokens say who calls and for how long; nothing else passes for one. Refresh tokens name a generation."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UnauthenticatedError
from app.people import tokens
from app.people.model import Assurance, ResidentCaller, Role
from app.people.tokens import AccessTokens, RefreshClaim, RefreshTokens
from app.secrets import Secret
from tests.harness.clock import Clock

KEY = Secret(number=1, key=bytes(range(32)))
OTHER_KEY = Secret(number=1, key=bytes(32))
NEWER_KEY = Secret(number=2, key=bytes(range(1, 33)))
ISSUER = "suixing:31"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
CALLER = ResidentCaller(
    resident_id=uuid4(),
    session_id=uuid4(),
    installation_id=uuid4(),
    subject_no=2**63 - 1,
    assurance=Assurance.VERIFIED,
    identity_verified=True,
    roles=frozenset({Role.MANAGER, Role.OPERATOR}),
)


def access_tokens(*keys: Secret, issuer: str = ISSUER) -> AccessTokens:
    return AccessTokens(keys or (KEY,), issuer, 300)


def signed(claims: dict[str, Any], headers: dict[str, Any] | None = None, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, KEY.key, algorithm, headers={"kid": "1", "typ": "at+jwt", **(headers or {})})


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def refuse(token: str, clock: Clock) -> None:
    with pytest.raises(UnauthenticatedError):
        access_tokens().read(token, clock.now)


def test_a_token_says_who_calls(clock: Clock) -> None:
    issuing = access_tokens()
    token, expires_at = issuing.issue(CALLER, clock.now)
    assert expires_at == clock.now + timedelta(seconds=300)
    assert issuing.read(token, clock.now) == CALLER
    assert access_tokens().read(token, clock.now) == CALLER


def test_a_token_says_nothing_personal(clock: Clock) -> None:
    token, _ = access_tokens().issue(CALLER, clock.now)
    assert claims_of(token).keys() == {
        "iss",
        "sub",
        "sid",
        "ins",
        "sno",
        "asr",
        "idv",
        "rol",
        "hld",
        "sfa",
        "iat",
        "exp",
    }


def test_a_token_ends_whether_it_is_remembered_or_not(clock: Clock) -> None:
    remembering = access_tokens()
    token, _ = remembering.issue(CALLER, clock.now)
    remembering.read(token, clock.now)
    clock.turn(299)
    assert remembering.read(token, clock.now) == CALLER
    clock.turn(1)
    for reader in (remembering, access_tokens(), remembering):
        with pytest.raises(UnauthenticatedError, match="ended"):
            reader.read(token, clock.now)


@given(position=st.integers(min_value=0), bit=st.integers(0, 5))
def test_an_altered_token_is_refused(position: int, bit: int) -> None:
    """One bit of one character anywhere, unless it is one that base64 does not use."""
    clock = Clock()
    token, _ = access_tokens().issue(CALLER, clock.now)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    place = position % len(token)
    if token[place] == ".":
        altered = token[:place] + token[place + 1 :]
    else:
        other = alphabet[alphabet.index(token[place]) ^ (1 << bit)]
        altered = token[:place] + other + token[place + 1 :]
    if [_decoded(part) for part in altered.split(".")] == [_decoded(part) for part in token.split(".")]:
        return
    refuse(altered, clock)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_a_token_of_another_key_is_refused(clock: Clock) -> None:
    token, _ = access_tokens(OTHER_KEY).issue(CALLER, clock.now)
    refuse(token, clock)


def test_a_token_of_another_provinces_issuer_is_refused(clock: Clock) -> None:
    token, _ = access_tokens(issuer="suixing:32").issue(CALLER, clock.now)
    refuse(token, clock)


def test_a_token_without_a_signature_is_refused(clock: Clock) -> None:
    token, _ = access_tokens().issue(CALLER, clock.now)
    for algorithm in ("none", "None", "NONE", ""):
        header = json.dumps({"alg": algorithm, "kid": "1", "typ": "at+jwt"}).encode()
        forged = f"{base64.urlsafe_b64encode(header).rstrip(b'=').decode()}.{token.split('.')[1]}."
        refuse(forged, clock)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_token_of_another_algorithm_is_refused(clock: Clock, algorithm: str) -> None:
    token, _ = access_tokens().issue(CALLER, clock.now)
    refuse(signed(claims_of(token), algorithm=algorithm), clock)


@pytest.mark.parametrize("kid", ["2", "", 1, None, ["1"], {"kid": "1"}])
def test_a_token_of_no_known_kid_is_refused(clock: Clock, kid: object) -> None:
    token, _ = access_tokens().issue(CALLER, clock.now)
    _, payload, signature = token.split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": kid}).encode()).rstrip(b"=").decode()
    refuse(f"{header}.{payload}.{signature}", clock)


@pytest.mark.parametrize("claim", ["iss", "sub", "sid", "ins", "sno", "asr", "idv", "rol", "iat", "exp"])
def test_a_token_that_lacks_a_claim_is_refused(clock: Clock, claim: str) -> None:
    token, _ = access_tokens().issue(CALLER, clock.now)
    refuse(signed({name: value for name, value in claims_of(token).items() if name != claim}), clock)


@pytest.mark.parametrize(
    ("claim", "value"), [("sub", 5), ("sub", "x"), ("sid", None), ("asr", "window"), ("rol", ["king"]), ("rol", 1)]
)
def test_a_token_of_a_version_to_come_is_refused(clock: Clock, claim: str, value: object) -> None:
    token, _ = access_tokens().issue(CALLER, clock.now)
    refuse(signed(claims_of(token) | {claim: value}), clock)


@given(st.text(max_size=200))
def test_whatever_is_no_token_is_refused(text: str) -> None:
    refuse(text, Clock())


def test_keys_rotate(clock: Clock) -> None:
    old, _ = access_tokens(KEY).issue(CALLER, clock.now)
    rotated = access_tokens(NEWER_KEY, KEY)
    assert rotated.read(old, clock.now) == CALLER
    new, _ = rotated.issue(CALLER, clock.now)
    assert jwt.get_unverified_header(new)["kid"] == "2"
    refuse(new, clock)


def test_what_is_remembered_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_REMEMBERED", 20)
    reading = access_tokens()
    for _ in range(100):
        token, _ = reading.issue(CALLER, clock.turn(1))
        reading.read(token, clock.now)
    assert len(reading._remembered) <= 20


CLAIM = RefreshClaim(uuid4(), uuid4(), 7)


def test_a_refresh_token_names_its_session_and_generation() -> None:
    token = RefreshTokens((KEY,)).issue(CLAIM, NOW)
    assert RefreshTokens((KEY,)).read(token) == CLAIM
    assert RefreshTokens((NEWER_KEY, KEY)).read(token) == CLAIM
    assert len(token) <= 512


def test_a_refresh_token_of_another_key_is_refused() -> None:
    with pytest.raises(UnauthenticatedError):
        RefreshTokens((OTHER_KEY,)).read(RefreshTokens((KEY,)).issue(CLAIM, NOW))


@given(position=st.integers(0, 67), bit=st.integers(0, 7))
def test_an_altered_refresh_token_is_refused(position: int, bit: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(RefreshTokens((KEY,)).issue(CLAIM, NOW) + "="))
    raw[position] ^= 1 << bit
    with pytest.raises(UnauthenticatedError):
        RefreshTokens((KEY,)).read(base64.urlsafe_b64encode(raw).decode())


@given(st.text(max_size=120))
def test_whatever_is_no_refresh_token_is_refused(text: str) -> None:
    with pytest.raises(UnauthenticatedError):
        RefreshTokens((KEY,)).read(text)


def test_an_access_token_is_no_refresh_token(clock: Clock) -> None:
    token, _ = access_tokens().issue(CALLER, clock.now)
    with pytest.raises(UnauthenticatedError):
        RefreshTokens((KEY,)).read(token)
    refuse(RefreshTokens((KEY,)).issue(CLAIM, NOW), clock)
