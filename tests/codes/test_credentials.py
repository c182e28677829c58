"""Credentials issued, presented and verified here; what is wrong with one is refused by its name, in the order told."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import codes.sd_jwt_verifying
from codes import (
    CredentialStatus,
    FindKeys,
    HolderKey,
    KeyRing,
    KeyUse,
    PresentationRefusedError,
    TrustList,
    VerifiedPresentation,
    base64url,
    create_key_ring,
    even_out,
    find_licence_keys,
    issue_credential,
    list_licence_jwks,
    present,
    read_trust_list,
    sign_trust_list,
    verify_presentation,
)
from codes.keys import kid_of, public_key_of, thumbprint_of
from codes.sd_jwt import LONGEST, MOST_DISCLOSURES, split
from tests.vectors.crafting import NOW
from tests.vectors.credentials import AUDIENCE, DISCLOSURES, FIELDS, ISSUER, NONCE, VCT, bind, make_jwt
from tests.vectors.keys import LICENCE, PHONE
from tests.vectors.lists import make_list

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PLACE = CredentialStatus(f"{ISSUER}/v1/status-lists/3", 70_000)
_EXAMPLE = Path(__file__).parents[1] / "vectors" / "sd_jwt_example.txt"
_EXAMPLE_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ",
    "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8",
}
_RESERVED = {"_sd", "...", "_sd_alg", "iss", "vct", "vct#integrity", "iat", "nbf", "exp", "cnf", "status"}
_NAMES: st.SearchStrategy[str] = st.text(min_size=1, max_size=20).filter(lambda name: name not in _RESERVED)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return create_key_ring(tmp_path_factory.mktemp("ring") / "keys", "31", NOW - DAY, development=False)


@pytest.fixture(scope="module")
def trust(ring: KeyRing) -> TrustList:
    return read_trust_list(sign_trust_list(ring, sequence=1, now=NOW, lifetime=DAY), now=NOW)


@pytest.fixture(scope="module")
def find_keys(trust: TrustList) -> FindKeys:
    return find_licence_keys(trust, {ISSUER: "31"})


def issue(ring: KeyRing, holder: HolderKey, **changes: Any) -> str:
    given = {
        "issuer": ISSUER, "vct": VCT, "fields": FIELDS, "holder_key": holder.jwk, "status": PLACE, "now": NOW,
        "expires_at": NOW + 14 * DAY, **changes,
    }  # fmt: skip
    return issue_credential(ring.current(KeyUse.LICENCE, NOW), **given)


def show(credential: str, holder: HolderKey, fields: Any = ("name",), **changes: Any) -> str:
    return present(
        credential, fields, **{"holder": holder, "nonce": NONCE, "audience": AUDIENCE, "now": NOW, **changes}
    )


def verify(text: str, find_keys: FindKeys, **changes: Any) -> VerifiedPresentation:
    given = {"nonce": NONCE, "audience": AUDIENCE, "now": NOW, "max_age": MINUTE, **changes}
    return verify_presentation(text, find_keys=find_keys, **given)


def payload_of(credential: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(base64url.decode(credential.split(".")[1]))
    return payload


def test_what_was_chosen_is_seen_and_nothing_else(ring: KeyRing, find_keys: FindKeys) -> None:
    holder = HolderKey.create()
    credential = issue(ring, holder, plain={"licence_type": "resident-identity-card"})
    text = show(credential, holder, ["name", "id_number"])
    seen = verify(text, find_keys)
    assert seen.fields == {"name": FIELDS["name"], "id_number": FIELDS["id_number"]}
    assert seen.plain == {"licence_type": "resident-identity-card"}
    assert (seen.issuer, seen.vct, seen.status) == (ISSUER, VCT, PLACE)
    assert seen.holder_thumbprint == holder.thumbprint
    assert seen.expires_at == NOW + 14 * DAY
    assert seen.kid == ring.current(KeyUse.LICENCE, NOW).kid.hex()
    assert seen.issued_at == NOW.replace(minute=0, second=0)
    hidden = [part for part in split(credential).disclosures if part not in text]
    assert len(hidden) == 1
    assert "address" in base64url.decode(hidden[0]).decode()
    assert FIELDS["name"] not in repr(seen)


def test_a_later_reader_learns_nothing_of_what_was_hidden(ring: KeyRing) -> None:
    """Neither value nor name, nor how many there were: digests and decoys look alike, and come in eights."""
    holder = HolderKey.create()
    for count in range(1, 20):
        fields = {f"field-{number}": "value" for number in range(count)}
        digests = payload_of(issue(ring, holder, fields=fields))["_sd"]
        assert len(digests) % 8 == 0
        assert len(digests) >= count + 2
        assert digests == sorted(digests)
        assert {len(digest) for digest in digests} == {43}


def test_two_credentials_of_one_licence_share_nothing_of_their_own(ring: KeyRing) -> None:
    one, other = (issue(ring, HolderKey.create(), status=CredentialStatus(PLACE.uri, number)) for number in (1, 2))
    first, second = payload_of(one), payload_of(other)
    assert not set(first["_sd"]) & set(second["_sd"])
    assert not set(split(one).disclosures) & set(split(other).disclosures)
    assert first["cnf"] != second["cnf"]
    assert first["iat"] == second["iat"] == int(NOW.replace(minute=0, second=0).timestamp()), "everybody's of that hour"


def test_times_that_everybody_has() -> None:
    assert even_out(datetime(2026, 7, 1, 4, 59, 59, 5, tzinfo=UTC)) == datetime(2026, 7, 1, 4, tzinfo=UTC)


def test_what_a_young_key_signed_is_believed(tmp_path: Path) -> None:
    """The hour began before the key did."""
    began = NOW + timedelta(minutes=17, seconds=5)
    ring = create_key_ring(tmp_path / "keys", "31", began, development=False)
    trust = read_trust_list(sign_trust_list(ring, sequence=1, now=began, lifetime=DAY), now=began)
    holder = HolderKey.create()
    now = began + MINUTE
    credential = issue_credential(
        ring.current(KeyUse.LICENCE, now), issuer=ISSUER, vct=VCT, fields=FIELDS, holder_key=holder.jwk, status=None,
        now=now, expires_at=now + DAY,
    )  # fmt: skip
    seen = verify(show(credential, holder, now=now), find_licence_keys(trust, {ISSUER: "31"}), now=now)
    assert (seen.issued_at, seen.status) == (began, None)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.dictionaries(_NAMES, st.text(max_size=60), max_size=12), chances=st.data())
def test_any_fields_come_back_as_they_were(
    ring: KeyRing, find_keys: FindKeys, fields: dict[str, str], chances: st.DataObject
) -> None:
    holder = HolderKey.create()
    chosen = [name for name in fields if chances.draw(st.booleans())]
    seen = verify(show(issue(ring, holder, fields=fields), holder, chosen), find_keys)
    assert seen.fields == {name: fields[name] for name in chosen}
    assert seen.plain == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"expires_at": NOW},
        {"expires_at": NOW + 14 * DAY + timedelta(seconds=1)},
        {"now": NOW.replace(tzinfo=None)},
        {"fields": {"exp": "1"}},
        {"fields": {"_sd": "1"}},
        {"fields": {"...": "1"}},
        {"fields": {f"field-{number}": "" for number in range(MOST_DISCLOSURES + 1)}},
        {"plain": {"cnf": {}}},
        {"plain": {"name": "陈新"}},
        {"holder_key": {}},
        {"holder_key": {"kty": "EC", "crv": "P-384", "x": "AQ", "y": "AQ"}},
        {"holder_key": {"kty": "EC", "crv": "P-256", "x": 1, "y": 2}},
    ],
    ids=lambda wrong: str(wrong)[:60],
)
def test_what_no_verifier_would_accept_is_not_issued(ring: KeyRing, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        issue(ring, HolderKey.create(), **wrong)


@pytest.mark.parametrize("use", sorted(set(KeyUse) - {KeyUse.LICENCE}))
def test_a_key_of_another_use_issues_none(ring: KeyRing, use: KeyUse) -> None:
    with pytest.raises(ValueError, match="use"):
        issue_credential(
            ring.current(use, NOW), issuer=ISSUER, vct=VCT, fields=FIELDS, holder_key=PHONE.jwk, status=None, now=NOW,
            expires_at=NOW + DAY,
        )  # fmt: skip


def test_a_private_key_that_is_handed_in_goes_no_further(ring: KeyRing) -> None:
    assert (
        payload_of(issue(ring, HolderKey.create(), holder_key={**PHONE.jwk, "d": "c2VjcmV0"}))["cnf"]["jwk"]
        == PHONE.jwk
    )


def test_only_its_key_presents_it_and_only_what_it_has(ring: KeyRing) -> None:
    holder = HolderKey.create()
    credential = issue(ring, holder)
    assert repr(holder) == "HolderKey()"
    with pytest.raises(ValueError, match="this key"):
        show(credential, HolderKey.create())
    with pytest.raises(ValueError, match="blood_group"):
        show(credential, holder, ["name", "blood_group"])
    unbound = f"{make_jwt({'cnf': None})}~"
    for text in (show(credential, holder), "a.b.c~", unbound, credential.replace("~", "~WyJhIl0~", 1)):
        with pytest.raises(ValueError, match=r"."):
            show(text, holder)


def test_keys_for_foreign_verifiers_are_those_that_sign(ring: KeyRing, trust: TrustList) -> None:
    [jwk] = list_licence_jwks(trust, "31")
    epoch = ring.current(KeyUse.LICENCE, NOW)
    assert kid_of(public_key_of(jwk)).hex() == jwk["kid"] == epoch.kid.hex()
    assert (jwk["alg"], jwk["use"]) == ("ES256", "sig")
    assert list_licence_jwks(trust, "32") == []


_GOOD = bind(make_jwt())
HAND = find_licence_keys(read_trust_list(make_list(), now=NOW), {ISSUER: "31", "https://32.example": "32"})


def test_what_was_put_together_by_hand_is_read() -> None:
    seen = verify(bind(make_jwt()), HAND)
    assert seen.fields == {"name": FIELDS["name"], "id_number": FIELDS["id_number"]}
    assert seen.holder_thumbprint == thumbprint_of(PHONE.private_key.public_key())
    assert verify(bind(make_jwt({"_sd_alg": None})), HAND).fields == seen.fields, "the hash that is meant where none is"
    assert verify(bind(make_jwt(), []), HAND).fields == {}


def test_the_standards_own_example_is_read() -> None:
    """Appendix A.3 of RFC 9901 as of draft 20: disclosures within a disclosure, another's keys, another's JSON."""
    text = re.sub(r"\s", "", _EXAMPLE.read_text())
    seen = verify_presentation(
        text,
        find_keys=lambda signer: [public_key_of(_EXAMPLE_KEY)] if "bund.de" in signer.issuer else [],
        nonce="1234567890",
        audience="https://verifier.example.org",
        now=datetime.fromtimestamp(1748361941 + 10, UTC),
        max_age=MINUTE,
    )
    assert seen.fields == {"age_equal_or_over": {"18": True}, "nationalities": ["DE"]}
    assert (seen.vct, seen.kid, seen.status, seen.plain) == ("urn:eudi:pid:de:1", None, None, {})


def test_the_order_of_checks_is_as_documented() -> None:
    """Each text has all that is wrong with it from some check on; the first is the answer."""
    table = codes.sd_jwt_verifying.__doc__
    assert table is not None
    told = re.findall(r"^    (?:\S+ )*\s+(\S+?)(?:, (\S+))?$", table, re.MULTILINE)
    order = list(dict.fromkeys(slug for row in told for slug in row if slug))
    late: dict[str, Any] = {"exp": int(NOW.timestamp())}
    other = {"nonce": "x", "aud": "x"}
    worst = [
        bind(make_jwt({"iss": None})),
        bind(make_jwt({"iss": "https://x"}, header={"alg": "none"}), ["WyJ4Il0"]),
        bind(make_jwt(late, header={"alg": "none"}), ["WyJ4Il0"]),
        bind(make_jwt(late), ["WyJ4Il0"], other, key=LICENCE),
        bind(make_jwt({**late, "iat": int(NOW.timestamp()) + 31}), changes=other, key=LICENCE),
        bind(make_jwt(late), changes=other, key=LICENCE),
        bind(make_jwt({"cnf": None}), changes=other),
        bind(make_jwt(), changes=other, key=LICENCE),
        bind(make_jwt(), changes=other),
        bind(make_jwt(), changes={"aud": "x"}),
    ]
    assert [refusal(text) for text in worst] == order


def refusal(text: str, find_keys: FindKeys = HAND, **changes: Any) -> str:
    with pytest.raises(PresentationRefusedError) as refused:
        verify(text, find_keys, **changes)
    assert refused.value.detail
    return refused.value.slug


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"now": NOW - timedelta(seconds=31)}, "presentation-not-yet-valid"),
        ({"now": NOW + 14 * DAY}, "presentation-expired"),
        ({"now": NOW + timedelta(seconds=61)}, "holder-binding-invalid"),
        ({"nonce": "another"}, "nonce-wrong"),
        ({"nonce": ""}, "nonce-wrong"),
        ({"audience": AUDIENCE + "/"}, "audience-wrong"),
        ({"find_keys": lambda _: ()}, "presentation-issuer-unknown"),
        ({"find_keys": lambda _: [PHONE.private_key.public_key()]}, "presentation-signature-invalid"),
    ],
    ids=["early", "ended", "stale", "nonce", "no-nonce", "audience", "no-key", "other-key"],
)
def test_a_good_one_is_refused_elsewhere_and_at_another_time(changes: Mapping[str, Any], slug: str) -> None:
    assert refusal(bind(make_jwt()), **changes) == slug


def test_every_key_that_may_have_signed_is_tried() -> None:
    keys = [PHONE.private_key.public_key(), LICENCE.private_key.public_key()]
    assert verify(bind(make_jwt()), lambda _: keys).fields


def test_it_lives_to_its_last_second() -> None:
    for at in (NOW - timedelta(seconds=30), NOW + timedelta(seconds=60)):
        assert verify(bind(make_jwt()), HAND, now=at).fields
    end = NOW + 14 * DAY - timedelta(seconds=1)
    assert verify(bind(make_jwt(), changes={"iat": int(end.timestamp())}), HAND, now=end).fields


@given(
    st.one_of(
        st.text(max_size=400),
        st.text("eyJ.~_-A", max_size=200),
        st.binary(max_size=300).map(lambda raw: f"{base64url.encode(raw)}.{base64url.encode(raw)}.AA~"),
    )
)
def test_whatever_is_read_is_refused_and_no_more(text: str) -> None:
    assert refusal(text) == "presentation-malformed"


@given(at=st.integers(0, 10_000), by=st.sampled_from("Aa0_-.~ \n"))
def test_whatever_is_altered_is_refused(at: int, by: str) -> None:
    good = _GOOD
    place = at % len(good)
    text = good[:place] + by + good[place + 1 :]
    try:
        seen = verify(text, HAND)
    except PresentationRefusedError:
        return
    # Base64url's last character of a signature has bits that nobody reads: what is said is the same.
    assert seen == verify(_GOOD, HAND)


def test_a_photo_fits_and_what_is_longer_is_not_looked_at(ring: KeyRing, find_keys: FindKeys) -> None:
    holder = HolderKey.create()
    photo = "A" * 140_000
    seen = verify(show(issue(ring, holder, fields={**FIELDS, "photo": photo}), holder, ["photo"]), find_keys)
    assert seen.fields == {"photo": photo}
    assert refusal(f"{bind(make_jwt())}{'A' * LONGEST}") == "presentation-malformed"
    assert refusal(bind(make_jwt(), DISCLOSURES[:1] * (MOST_DISCLOSURES + 1))) == "presentation-malformed"
