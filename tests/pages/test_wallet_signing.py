"""What the resident's page presents of credentials: `codes` verifies it, and what was not chosen stays hidden."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from codes import (
    CredentialStatus,
    KeyRing,
    KeyUse,
    PresentationRefusedError,
    VerifiedPresentation,
    create_key_ring,
    find_licence_keys,
    issue_credential,
    read_trust_list,
    sign_trust_list,
    verify_presentation,
)
from codes.keys import CURVE, jwk_of
from codes.sd_jwt import split
from tests.codes.oracles import ask_node
from tests.codes.test_making import private_jwk
from tests.vectors.crafting import NOW

_PRESENTER = str(Path(__file__).with_name("ask_presenter.mjs"))
_DAY = timedelta(days=1)
_ISSUER, _AUDIENCE, _NONCE = "https://suixing.example", "x509_hash:hotel", "n-0S6_WzA2Mj"
_FIELDS = {
    "name": "欧阳思源",
    "id_number": "310101199003071234",
    "address": "随行路1号",
    "photo": "/9j/" + "A" * 40_000,
}


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return create_key_ring(tmp_path_factory.mktemp("ring") / "keys", "31", NOW - _DAY, development=False)


def present_in_page(ring: KeyRing, choices: list[list[str]], **changes: Any) -> list[str]:
    """For each choice of fields a credential, as the page shows it half a second into NOW."""
    keys = [ec.generate_private_key(CURVE) for _ in choices]
    credentials = [
        issue_credential(
            ring.current(KeyUse.LICENCE, NOW),
            issuer=_ISSUER,
            vct=f"{_ISSUER}/v1/licence-types/resident-identity-card/vct",
            fields=_FIELDS,
            holder_key=jwk_of(key.public_key()),
            status=CredentialStatus(f"{_ISSUER}/v1/status-lists/3", 70_000),
            now=NOW,
            expires_at=NOW + 14 * _DAY,
        )
        for key in keys
    ]
    asked = {"nonce": _NONCE, "audience": _AUDIENCE, "at": int(NOW.timestamp() * 1000) + 500, **changes}
    return ask_node(
        _PRESENTER,
        [
            {"credential": credential, "names": names, "key": private_jwk(key), **asked}
            for credential, names, key in zip(credentials, choices, keys, strict=True)
        ],
    )


def verify(ring: KeyRing, text: str) -> VerifiedPresentation:
    trust = read_trust_list(sign_trust_list(ring, sequence=1, now=NOW, lifetime=_DAY), now=NOW)
    keys = find_licence_keys(trust, {_ISSUER: "31"})
    return verify_presentation(
        text, find_keys=keys, nonce=_NONCE, audience=_AUDIENCE, now=NOW, max_age=timedelta(minutes=1)
    )


def test_what_was_chosen_is_told_and_bound_and_nothing_else(ring: KeyRing) -> None:
    choices = [["name", "id_number"], ["photo"], [], [*_FIELDS], ["name", "nothing_like_it"]]
    for names, text in zip(choices, present_in_page(ring, choices), strict=True):
        told = {name: _FIELDS[name] for name in names if name in _FIELDS}
        assert verify(ring, text).fields == told
        assert len(split(text).disclosures) == len(told)


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"nonce": "another"}, "nonce-wrong"),
        ({"audience": "another"}, "audience-wrong"),
        ({"at": int((NOW - _DAY).timestamp() * 1000)}, "holder-binding-invalid"),
    ],
)
def test_it_answers_one_question_of_one_verifier_now(ring: KeyRing, changes: dict[str, Any], slug: str) -> None:
    (text,) = present_in_page(ring, [["name"]], **changes)
    with pytest.raises(PresentationRefusedError) as refused:
        verify(ring, text)
    assert refused.value.slug == slug


def test_a_disclosure_that_is_added_or_taken_away_afterwards_breaks_the_binding(ring: KeyRing) -> None:
    (text,) = present_in_page(ring, [["name", "address"]])
    parts = split(text)
    assert parts.binding
    fewer = "~".join((parts.jwt, *parts.disclosures[:1], parts.binding))
    with pytest.raises(PresentationRefusedError) as refused:
        verify(ring, fewer)
    assert refused.value.slug == "holder-binding-invalid"
