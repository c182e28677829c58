"""Deltas of status lists: list and delta are the newer list bit by bit, or refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes import (
    KeyRing,
    KeyUse,
    StatusList,
    StatusListError,
    TrustList,
    base64url,
    create_key_ring,
    pack_bits,
    read_trust_list,
    sign_trust_list,
)
from codes.status_delta import (
    DELTA_TYPE,
    apply_status_delta,
    digest_bits,
    pack_places,
    sign_status_delta,
    unpack_places,
)
from tests.vectors.crafting import NOW

URI = "https://suixing.example/v1/status-lists/3"
DAY, LATER = timedelta(days=1), NOW + timedelta(minutes=5)
SIZE = 4096
PLACES = st.sets(st.integers(0, SIZE - 1), max_size=60)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return create_key_ring(tmp_path_factory.mktemp("ring") / "keys", "31", NOW, development=False)


@pytest.fixture(scope="module")
def trust(ring: KeyRing) -> TrustList:
    return read_trust_list(sign_trust_list(ring, sequence=1, now=NOW, lifetime=DAY), now=NOW)


def hold(revoked: set[int]) -> StatusList:
    return StatusList(URI, NOW, NOW + DAY, pack_bits(SIZE, revoked))


def sign(ring: KeyRing, old: set[int], new: set[int], **changes: Any) -> str:
    given_: dict[str, Any] = {
        "uri": URI,
        "since": NOW,
        "base_digest": digest_bits(pack_bits(SIZE, old)),
        "issued_at": LATER,
        "expires_at": LATER + DAY,
        "digest": digest_bits(pack_bits(SIZE, new)),
        "places": new - old,
        **changes,
    }
    return sign_status_delta(ring.current(KeyUse.LIST, NOW), **given_)


@settings(max_examples=40)
@given(old=PLACES, added=PLACES)
def test_list_and_delta_are_the_newer_list(ring: KeyRing, trust: TrustList, old: set[int], added: set[int]) -> None:
    newer = apply_status_delta(sign(ring, old, old | added), hold(old), trust, LATER, province="31")
    assert newer == StatusList(URI, LATER, LATER + DAY, pack_bits(SIZE, old | added))


@given(places=PLACES)
def test_places_are_packed_and_read_again(places: set[int]) -> None:
    assert unpack_places(pack_places(places), SIZE) == sorted(places)


@given(raw=st.binary(max_size=64))
def test_no_bytes_crash_the_reader(raw: bytes) -> None:
    try:
        found = unpack_places(raw, SIZE)
    except ValueError:
        return
    assert found == sorted(set(found))


def test_a_bomb_is_not_unpacked() -> None:
    import zlib  # noqa: PLC0415  for the bomb alone

    with pytest.raises(ValueError, match="far too long"):
        unpack_places(zlib.compress(b"\x01" * 10_000_000), SIZE)


def _refused(text: str, held: StatusList, trust: TrustList, **more: Any) -> str:
    asked: dict[str, Any] = {"now": LATER, "province": "31", **more}
    with pytest.raises(StatusListError) as refusal:
        apply_status_delta(text, held, trust, asked["now"], province=asked["province"])
    return refusal.value.slug


def test_it_leads_on_from_its_own_list_alone(ring: KeyRing, trust: TrustList) -> None:
    good = sign(ring, {1}, {1, 2})
    assert _refused(good, hold({1, 3}), trust) == "status-delta-of-another"
    assert _refused(sign(ring, {1}, {1, 2}, places=[3]), hold({1}), trust) == "status-delta-of-another"
    assert _refused(sign(ring, {1}, {1, 2}, uri=URI + "0"), hold({1}), trust) == "status-list-of-another"
    assert _refused(sign(ring, {1}, {1}, places=[SIZE]), hold({1}), trust) == "status-list-malformed"


def test_an_older_one_takes_no_time_back(ring: KeyRing, trust: TrustList) -> None:
    """Where nothing was revoked meanwhile its digests fit the list that is held."""
    resigned = msgspec.structs.replace(hold({1}), issued_at=LATER + DAY / 2)
    assert _refused(sign(ring, {1}, {1}), resigned, trust) == "status-list-older-than-held"


def test_another_hand_another_time_another_kind(ring: KeyRing, trust: TrustList, tmp_path: Any) -> None:
    good = sign(ring, {1}, {1, 2})
    foreign = create_key_ring(tmp_path / "keys", "31", NOW, development=False)
    assert _refused(sign(foreign, {1}, {1, 2}), hold({1}), trust) == "status-list-issuer-unknown"
    assert _refused(good, hold({1}), trust, province="32") == "status-list-issuer-unknown"
    assert _refused(good, hold({1}), trust, now=LATER + DAY) == "status-list-expired"
    head, claims, signature = good.split(".")
    other = sign(ring, {1}, {1, 3}).rpartition(".")[2]
    assert _refused(f"{head}.{claims}.{other}", hold({1}), trust) == "status-list-signature-invalid"
    whole = base64url.encode(msgspec.json.encode({**jwt.get_unverified_header(good), "typ": "statuslist+jwt"}))
    assert _refused(f"{whole}.{claims}.{signature}", hold({1}), trust) == "status-list-malformed"
    for text in ("", "a.b.c", good[:-90], "x" * 9_000_000):
        assert _refused(text, hold({1}), trust) == "status-list-malformed"
    assert jwt.get_unverified_header(good)["typ"] == DELTA_TYPE
