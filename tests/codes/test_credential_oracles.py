"""Credentials between us and others: each reads what the other makes, and both refuse what was altered."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]  # an oracle's
from jwcrypto.jws import JWS  # type: ignore[import-untyped]  # an oracle's
from sd_jwt.common import SDObj  # type: ignore[import-untyped]  # an oracle's
from sd_jwt.holder import SDJWTHolder  # type: ignore[import-untyped]  # an oracle's
from sd_jwt.issuer import SDJWTIssuer  # type: ignore[import-untyped]  # an oracle's
from sd_jwt.verifier import SDJWTVerifier  # type: ignore[import-untyped]  # an oracle's

from codes import HolderKey, KeyRing, KeyUse, PresentationRefusedError, issue_credential, present
from codes.keys import jwk_of, thumbprint_of
from tests.codes.oracles import ask_node
from tests.codes.test_credentials import HAND, issue, ring, show, verify
from tests.vectors.crafting import ISSUED, NOW
from tests.vectors.credentials import (
    AUDIENCE,
    DISCLOSURES,
    FIELDS,
    ISSUER,
    LIFE,
    NONCE,
    STATUS,
    VCT,
    bind,
    disclose,
    make_jwt,
)
from tests.vectors.keys import LICENCE, PHONE, STRANGER, TestKey, base64url_number

__all__ = ["ring"]  # a fixture of the other file's
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=8,
)


def private_jwk(key: TestKey) -> dict[str, Any]:
    secret = base64url_number(key.private_key.private_numbers().private_value)
    return {**key.jwk, "d": secret, "kid": key.kid.hex()}


def question_of(text: str, jwk: dict[str, str], **changes: Any) -> dict[str, Any]:
    return {"ask": "verify", "text": text, "jwk": jwk, "nonce": NONCE, "at": ISSUED, **changes}


@pytest.fixture(scope="module")
def issued(ring: KeyRing) -> dict[str, tuple[str, ...]]:
    """Presentations of credentials that were issued here, and which fields each discloses."""
    made = dict[str, tuple[str, ...]]()
    for chosen in ((), ("name",), ("id_number", "address"), tuple(FIELDS)):
        holder = HolderKey.create()
        credential = issue(ring, holder, plain={"licence_type": "resident-identity-card"})
        made[show(credential, holder, chosen)] = chosen
    return made


@pytest.fixture(scope="module")
def jwk(ring: KeyRing) -> dict[str, str]:
    return jwk_of(ring.current(KeyUse.LICENCE, NOW).public_key)


@pytest.fixture(scope="module")
def npm(issued: dict[str, tuple[str, ...]], jwk: dict[str, str]) -> dict[str, dict[str, Any]]:
    """What npm's library says to each, asked at once since its start costs most."""
    questions = {text: question_of(text, jwk) for text in issued}
    by_hand = (_GOOD, *_REFUSED_BY_ALL.values(), *_PASSED_OVER.values(), *_OUT_OF_TIME)
    questions |= {text: question_of(text, LICENCE.jwk) for text in by_hand}
    questions["named"] = question_of(_PASSED_OVER["a disclosure altered by its holder"], LICENCE.jwk, named=["name"])
    questions["made"] = _MADE_THERE
    return dict(zip(questions, ask_node("ask_sd_jwt.mjs", list(questions.values())), strict=True))


def read_by_pypi(text: str, jwk: dict[str, str], nonce: str = NONCE, audience: str = AUDIENCE) -> dict[str, Any]:
    key = JWK.from_json(json.dumps(jwk))
    claims: dict[str, Any] = SDJWTVerifier(text, lambda *_: key, audience, nonce).get_verified_payload()
    return claims


def test_others_read_what_is_issued_here_and_not_what_is_hidden(
    issued: dict[str, tuple[str, ...]], jwk: dict[str, str], npm: dict[str, dict[str, Any]]
) -> None:
    for text, chosen in issued.items():
        claims = npm[text]["claims"]
        assert {name: claims[name] for name in FIELDS if name in claims} == {name: FIELDS[name] for name in chosen}
        assert (claims["iss"], claims["vct"], claims["licence_type"]) == (ISSUER, VCT, "resident-identity-card")
        assert (claims["status"], npm[text]["audience"]) == (STATUS, AUDIENCE)
        assert read_by_pypi(text, jwk) == claims


_GOOD = bind(make_jwt())
_FALSE = disclose("name", "别人")
_REFUSED_BY_ALL = {
    "another nonce": bind(make_jwt(), changes={"nonce": "another"}),
    "a disclosure altered on its way": _GOOD.replace(DISCLOSURES[0], _FALSE),
    "a disclosure left out": _GOOD.replace(f"~{DISCLOSURES[1]}~", "~"),
    "a forged issuer": bind(make_jwt(key=STRANGER)),
    "another holder": bind(make_jwt(), key=STRANGER),
    "no key binding": _GOOD.rpartition("~")[0] + "~",
}
_PASSED_OVER = {
    "a disclosure altered by its holder": bind(make_jwt(), [_FALSE]),
    "a disclosure that nobody signed": bind(make_jwt(), [disclose("vip", "yes")]),
}


_OUT_OF_TIME = (bind(make_jwt({"exp": ISSUED - 1})), bind(make_jwt({"nbf": ISSUED + 60})))
_MADE_THERE = {
    "ask": "present",
    "issuer": private_jwk(LICENCE),
    "holder": private_jwk(PHONE),
    "claims": {
        "iss": ISSUER, "vct": VCT, "iat": ISSUED, "exp": ISSUED + LIFE, "cnf": {"jwk": PHONE.jwk}, "status": STATUS,
        **FIELDS, "languages": ["zh", "en", "de"], "home": {"city": "上海", "street": "延安西路"},
    },
    "hidden": {"_sd": [*FIELDS], "_sd_decoy": 3, "languages": {"_sd": [1, 2]}, "home": {"_sd": ["street"]}},
    "shown": ["name", "address"],
    "nonce": NONCE,
    "audience": AUDIENCE,
    "at": ISSUED,
}  # fmt: skip


def test_both_of_the_others_refuse_what_is_refused_here(npm: dict[str, dict[str, Any]]) -> None:
    assert npm[_GOOD]["claims"]["name"] == read_by_pypi(_GOOD, LICENCE.jwk)["name"] == FIELDS["name"]
    assert [name for name, text in _REFUSED_BY_ALL.items() if "refused" not in npm[text]] == []
    for text in _REFUSED_BY_ALL.values():
        with pytest.raises(PresentationRefusedError):
            verify(text, HAND)
        with pytest.raises(Exception, match=r"."):  # of several kinds
            read_by_pypi(text, LICENCE.jwk)


def test_what_others_pass_over_is_refused_here(npm: dict[str, dict[str, Any]]) -> None:
    """A disclosure that no digest asks for (RFC 9901, section 7.1, step 5): they answer without it, and say nothing."""
    for text in _PASSED_OVER.values():
        claims = npm[text]["claims"]
        assert not {"name", "vip"} & claims.keys()
        assert read_by_pypi(text, LICENCE.jwk) == claims
        with pytest.raises(PresentationRefusedError) as refused:
            verify(text, HAND)
        assert refused.value.slug == "presentation-altered"
    assert "refused" in npm["named"], "where a verifier says what it needs"


def test_one_of_the_others_looks_at_the_time_and_the_other_at_the_audience(npm: dict[str, dict[str, Any]]) -> None:
    """We look at both."""
    assert all("refused" in npm[text] for text in _OUT_OF_TIME)
    elsewhere = bind(make_jwt(), changes={"aud": "https://elsewhere.example"})
    with pytest.raises(ValueError, match="audience"):
        read_by_pypi(elsewhere, LICENCE.jwk)
    slugs = []
    for text in (*_OUT_OF_TIME, elsewhere):
        with pytest.raises(PresentationRefusedError) as refused:
            verify(text, HAND)
        slugs.append(refused.value.slug)
    assert slugs == ["presentation-expired", "presentation-not-yet-valid", "audience-wrong"]


def test_what_npm_makes_is_read_here(npm: dict[str, dict[str, Any]]) -> None:
    made = npm["made"]
    seen = verify(made["presented"], HAND)
    assert seen.fields == {name: FIELDS[name] for name in ("name", "address")}
    assert seen.plain == {"languages": ["zh"], "home": {"city": "上海"}}
    assert seen.holder_thumbprint == thumbprint_of(PHONE.private_key.public_key())
    own = HolderKey(PHONE.private_key)
    with pytest.raises(ValueError, match="disclosure"):  # of arrays; a licence has none
        present(made["issued"], ["id_number"], holder=own, nonce=NONCE, audience=AUDIENCE, now=NOW)


@settings(max_examples=25, deadline=timedelta(seconds=2))
@given(plain=_VALUES, hidden=_VALUES, element=_VALUES, nested=_VALUES)
def test_what_pypi_makes_is_read_here_as_it_reads_it(plain: Any, hidden: Any, element: Any, nested: Any) -> None:
    issuer, holder = (JWK.from_json(json.dumps(private_jwk(key))) for key in (LICENCE, PHONE))
    claims = {
        "iss": ISSUER, "vct": VCT, "iat": ISSUED, "exp": ISSUED + LIFE, "plain": plain, SDObj("hidden"): hidden,
        "list": [SDObj(element), element], SDObj("nested"): {SDObj("inner"): nested, "outer": nested},
    }  # fmt: skip
    header = {"typ": "dc+sd-jwt", "kid": LICENCE.kid.hex()}
    made = SDJWTIssuer(claims, issuer, holder, add_decoy_claims=True, extra_header_parameters=header).sd_jwt_issuance
    presenting = SDJWTHolder(made)
    presenting.create_presentation(
        {"hidden": True, "list": [True, True], "nested": {"inner": True}}, NONCE, AUDIENCE, holder
    )
    text = _date_back(presenting.sd_jwt_presentation)
    theirs = read_by_pypi(text, LICENCE.jwk)
    seen = verify(text, HAND)
    assert {**seen.plain, **seen.fields} == {name: theirs[name] for name in ("plain", "hidden", "list", "nested")}
    assert seen.fields.keys() == {"hidden", "nested"}


def _date_back(text: str) -> str:
    """Their key binding says the time of day: signed anew at the tests' own."""
    jwt, *disclosures, _ = text.split("~")
    return bind(jwt, disclosures)


def test_ours_is_issued_by_the_same_key_for_all(ring: KeyRing) -> None:
    """What `issue_credential` signs, `jwcrypto` verifies as a plain JWS, without anything of SD-JWT."""
    epoch = ring.current(KeyUse.LICENCE, NOW)
    credential = issue_credential(
        epoch, issuer=ISSUER, vct=VCT, fields=FIELDS, holder_key=PHONE.jwk, status=None, now=NOW,
        expires_at=NOW + timedelta(days=1),
    )  # fmt: skip
    token = JWS()
    token.deserialize(credential.split("~")[0])
    token.verify(JWK.from_json(json.dumps(jwk_of(epoch.public_key))), alg="ES256")
    assert json.loads(token.payload)["_sd_alg"] == "sha-256"
    assert token.jose_header == {"alg": "ES256", "kid": epoch.kid.hex(), "typ": "dc+sd-jwt"}
