"""Minting, and what becomes of a code at home: its handle opens to its subject, and tells nobody else anything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codes import KeyRing, KeyRingError, KeyUse, Kind, TrustList, base45, mint, verify
from codes.checking import check_code
from tests.codes.conftest import Mint
from tests.vectors.crafting import NOW, make_code
from tests.vectors.keys import PEER
from tests.vectors.lists import make_list

_ROUND_TRIP = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)


@_ROUND_TRIP
@given(st.integers(0, 2**64 - 1), st.sampled_from(Kind), st.integers(1, 300))
def test_a_code_comes_back_as_it_was_minted(
    ring: KeyRing, own_trust: TrustList, subject_no: int, kind: Kind, lifetime: int
) -> None:
    epoch = ring.current(KeyUse.CODE, NOW)
    minted = mint(epoch, issuer="31", subject_no=subject_no, kind=kind, now=NOW, lifetime=lifetime)
    code = verify(minted.text, own_trust, NOW)
    assert ring.open_handle(code) == subject_no
    assert (code.issuer, code.kind, code.kid) == ("31", kind, epoch.kid)
    assert (code.issued_at, code.expires_at) == (minted.issued_at, minted.expires_at)
    assert code.expires_at - code.issued_at == timedelta(seconds=lifetime)
    assert code.issued_at <= minted.refresh_after < code.expires_at


def test_every_code_has_the_same_length(mint_one: Mint) -> None:
    """Of no padding, and of no signature's accident, may a reader learn anything."""
    assert {len(mint_one(number).text) for number in range(300)} == {201}


def test_two_codes_of_one_person_share_nothing(mint_one: Mint) -> None:
    """Beyond the bytes that all codes of that key and second share; by chance 1 in 256 of the others agree."""
    raws = [base45.decode(mint_one(subject_no=1).text[4:]) for _ in range(200)]
    strangers = [base45.decode(mint_one(subject_no=number).text[4:]) for number in range(2, 202)]
    assert _constant(raws) == _constant(strangers) == _constant(raws + strangers)
    assert not _constant(raws) & set(range(35, 59)), "the token id"
    assert not _constant(raws) & set(range(67, 131)), "the signature"
    assert len({raw[35:51] for raw in raws}) == len({raw[51:59] for raw in raws}) == 200


def _constant(raws: list[bytes]) -> set[int]:
    return {at for at in range(131) if len({raw[at] for raw in raws}) == 1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "3"},
        {"issuer": "310"},
        {"issuer": "ab"},
        {"issuer": "３１"},
        {"issuer": "²¹"},
        {"lifetime": 0},
        {"lifetime": -60},
        {"lifetime": 301},
        {"now": NOW.replace(tzinfo=None)},
    ],
    ids=str,
)
def test_what_no_verifier_would_accept_is_not_minted(ring: KeyRing, wrong: dict[str, Any]) -> None:
    good: dict[str, Any] = {"issuer": "31", "subject_no": 1, "kind": Kind.PERSONAL, "now": NOW}
    with pytest.raises(ValueError, match=r"."):
        mint(ring.current(KeyUse.CODE, NOW), **{**good, **wrong})


@pytest.mark.parametrize("subject_no", [-1, 2**64])
def test_a_subject_out_of_range_is_not_minted(mint_one: Mint, subject_no: int) -> None:
    with pytest.raises(OverflowError):
        mint_one(subject_no=subject_no)


def test_a_key_of_another_use_mints_nothing(ring: KeyRing) -> None:
    with pytest.raises(ValueError, match="use"):
        mint(ring.current(KeyUse.FEDERATION, NOW), issuer="31", subject_no=1, kind=Kind.PERSONAL, now=NOW)


def test_the_time_zone_of_the_clock_does_not_matter(ring: KeyRing, own_trust: TrustList) -> None:
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    minted = mint(ring.current(KeyUse.CODE, NOW), issuer="31", subject_no=1, kind=Kind.CARE, now=beijing)
    assert minted.issued_at == NOW
    assert verify(minted.text, own_trust, beijing) == verify(minted.text, own_trust, NOW)
    assert str(minted.expires_at) == "2026-07-01 04:01:00+00:00"


def test_times_are_whole_seconds(ring: KeyRing) -> None:
    moment = datetime.fromisoformat("2026-07-01T04:00:59.999999+00:00")
    minted = mint(ring.current(KeyUse.CODE, NOW), issuer="31", subject_no=1, kind=Kind.CARE, now=moment)
    assert minted.issued_at == moment.replace(microsecond=0)
    assert minted.expires_at == minted.issued_at + timedelta(seconds=60)
    assert minted.refresh_after == minted.issued_at + timedelta(seconds=45)


def test_only_home_opens_a_handle(ring: KeyRing, own_trust: TrustList, trust: TrustList, mint_one: Mint) -> None:
    code = verify(mint_one(subject_no=77).text, own_trust, NOW)
    assert ring.open_handle(code) == 77
    foreign = verify(make_code(PEER, {1: "32"}), trust, NOW)
    for other in (foreign, replace_kid(foreign, code.kid)):
        with pytest.raises(KeyRingError) as caught:
            ring.open_handle(other)
        assert caught.value.slug in {"key-ring-foreign", "key-ring-ended"}


def replace_kid(code: Any, kid: bytes) -> Any:
    """A province whose key happens to have the kid of ours."""
    return type(code)(code.issuer, code.kind, code.cti, code.issued_at, code.expires_at, kid)


def test_threads_mint_and_open_beside_each_other(ring: KeyRing, own_trust: TrustList, mint_one: Mint) -> None:
    def go_round(number: int) -> bool:
        return ring.open_handle(verify(mint_one(subject_no=number).text, own_trust, NOW)) == number

    with ThreadPoolExecutor(8) as executor:
        assert all(executor.map(go_round, range(2000)))


def test_checking_as_a_stranger_tells_the_claims_as_text() -> None:
    claims = check_code(make_code(), make_list(), now=NOW)
    assert claims["issued_at"] == "2026-07-01T04:00:00Z"
    assert claims["expires_at"] == "2026-07-01T04:01:00Z"
    assert (claims["issuer"], claims["kind"]) == ("31", "personal")
    assert len(claims["root_fingerprint"]) == 64
