"""Passkeys: bound to this site and this person, each challenge once, the user verified, copies refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.people.model import Role
from app.people.sessions import Doorkeeper
from app.staff import factors, passkeys, sessions
from app.staff.errors import SecondFactorWrongError
from app.staff.guesses import PasskeyProof, Proof
from app.staff.model import FactorKind
from app.staff.passkeys import RelyingParty, read_relying_party
from tests.app.staff.authenticator import Passkey
from tests.app.staff.harness import START, Person, make_person, read

PARTY = RelyingParty("localhost", "http://localhost:8000")


def make_passkey(**bent: Any) -> Passkey:
    return Passkey(**{"origin": PARTY.origin, "rp_id": PARTY.id} | bent)


async def add(door: Doorkeeper, person: Person, passkey: Passkey) -> factors.NewFactor:
    ceremony = await factors.prepare_passkey(door, person.caller, START)
    return await factors.add_passkey(
        door,
        person.caller,
        ceremony_id=ceremony.ceremony_id,
        credential=passkey.create(ceremony.options),
        name="laptop",
        now=START,
    )


async def open_by(door: Doorkeeper, person: Person, passkey: Passkey) -> Any:
    ceremony = await sessions.prepare_staff_session(door, person.caller, START)
    proof = Proof(passkey=PasskeyProof(ceremony.ceremony_id, passkey.sign(ceremony.options)))
    return await sessions.open_staff_session(door, person.caller, proof, START)


async def test_a_passkey_is_enrolled_and_opens(door: Doorkeeper, operator: Person) -> None:
    passkey = make_passkey()
    added = await add(door, operator, passkey)
    assert (added.factor.kind, added.factor.name, len(added.recovery_codes)) == (FactorKind.PASSKEY, "laptop", 10)
    for _ in range(2):
        opened = await open_by(door, operator, passkey)
        assert read(door, opened.opened, START).roles == {Role.OPERATOR}


async def test_what_the_browser_is_asked(door: Doorkeeper, operator: Person) -> None:
    asked = (await factors.prepare_passkey(door, operator.caller, START)).options
    assert asked["rp"]["id"] == "localhost"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["attestation"] == "none"
    assert operator.phone not in str(asked)
    passkey = make_passkey()
    await add(door, operator, passkey)
    asked = (await sessions.prepare_staff_session(door, operator.caller, START)).options
    assert [one["id"] for one in asked["allowCredentials"]] == [passkey.create({"challenge": ""})["id"]]
    assert asked["userVerification"] == "required"


@pytest.mark.parametrize(
    "bent",
    [
        {"origin": "https://localhost:8000"},
        {"origin": "http://localhost:8001"},
        {"origin": "http://suixing.example"},
        {"rp_id": "suixing.example"},
        {"verifies_user": False},
    ],
    ids=str,
)
async def test_a_passkey_of_elsewhere_or_without_its_user(
    door: Doorkeeper, operator: Person, bent: dict[str, Any]
) -> None:
    with pytest.raises(SecondFactorWrongError):
        await add(door, operator, make_passkey(**bent))
    passkey = make_passkey()
    await add(door, operator, passkey)
    for name, value in bent.items():
        setattr(passkey, name, value)
    with pytest.raises(SecondFactorWrongError):
        await open_by(door, operator, passkey)


async def test_a_counter_that_goes_back_is_a_copy(door: Doorkeeper, operator: Person) -> None:
    passkey = make_passkey(counter=5)
    await add(door, operator, passkey)
    await open_by(door, operator, passkey)
    passkey.counter = 3
    with pytest.raises(SecondFactorWrongError):
        await open_by(door, operator, passkey)
    passkey.counter = 10
    await open_by(door, operator, passkey)


async def test_a_challenge_is_signed_once_by_its_own_person_in_time(
    door: Doorkeeper, operator: Person, other_operator: Person
) -> None:
    passkey = make_passkey()
    await add(door, operator, passkey)
    ceremony = await sessions.prepare_staff_session(door, operator.caller, START)
    proof = Proof(passkey=PasskeyProof(ceremony.ceremony_id, passkey.sign(ceremony.options)))
    with pytest.raises(SecondFactorWrongError):
        await sessions.open_staff_session(door, other_operator.caller, proof, START)
    with pytest.raises(SecondFactorWrongError):
        await sessions.open_staff_session(door, operator.caller, proof, START + timedelta(minutes=5))
    await sessions.open_staff_session(door, operator.caller, proof, START)
    with pytest.raises(SecondFactorWrongError):
        await sessions.open_staff_session(door, operator.caller, proof, START)


async def test_a_challenge_for_adding_opens_nothing(door: Doorkeeper) -> None:
    person = await make_person(door, Role.OPERATOR)
    ceremony = await factors.prepare_passkey(door, person.caller, START)
    passkey = make_passkey()
    await add(door, person, passkey)
    proof = Proof(passkey=PasskeyProof(ceremony.ceremony_id, passkey.sign(ceremony.options)))
    with pytest.raises(SecondFactorWrongError):
        await sessions.open_staff_session(door, person.caller, proof, START)


async def test_a_signature_by_another_key_under_my_passkeys_name(door: Doorkeeper, operator: Person) -> None:
    passkey = make_passkey()
    await add(door, operator, passkey)
    with pytest.raises(SecondFactorWrongError):
        await open_by(door, operator, make_passkey(credential_id=passkey.credential_id))


BENDING: list[Callable[[dict[str, Any]], object]] = [
    lambda credential: credential.clear(),
    lambda credential: credential.pop("response"),
    lambda credential: credential["response"].clear(),
    lambda credential: credential["response"].update(clientDataJSON="!!"),
    lambda credential: credential["response"].update(clientDataJSON=None),
    lambda credential: credential["response"].update(authenticatorData="AA", attestationObject="AA"),
    lambda credential: credential.update(id=None),
    lambda credential: credential.update(id=5, rawId=[]),
    lambda credential: credential.update(type="password"),
    lambda credential: credential.update(response=[]),
]


@pytest.mark.parametrize("bend", BENDING)
def test_what_no_browser_sends_is_no_passkey(bend: Callable[[dict[str, Any]], object]) -> None:
    passkey = make_passkey()
    challenge, options = passkeys.ask_to_create(PARTY, user=uuid4().bytes, account="a", known=[])
    made = passkeys.read_new_passkey(PARTY, challenge, passkey.create(options))
    assert made is not None
    credential = passkey.create(options)
    bend(credential)
    assert passkeys.read_new_passkey(PARTY, challenge, credential) is None
    challenge, options = passkeys.ask_to_sign(PARTY, known=[made.credential_id])
    credential = passkey.sign(options)
    bend(credential)
    read_signature = passkeys.read_signature(PARTY, challenge, credential, public_key=made.public_key, sign_count=0)
    assert read_signature is None


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
fields = st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "attestationObject", "signature"])


@given(st.dictionaries(fields, json | st.dictionaries(fields, json)))
@hypothesis_settings(max_examples=40)
def test_no_json_breaks_the_reading(credential: dict[str, Any]) -> None:
    assert passkeys.read_new_passkey(PARTY, b"challenge", credential) is None
    assert passkeys.read_signature(PARTY, b"challenge", credential, public_key=b"", sign_count=0) is None
    assert isinstance(passkeys.read_credential_id(credential), bytes | None)


@pytest.mark.parametrize(
    ("url", "party"),
    [
        ("https://suixing.example", RelyingParty("suixing.example", "https://suixing.example")),
        ("https://suixing.example:443/", RelyingParty("suixing.example", "https://suixing.example")),
        ("https://suixing.example:8443/app", RelyingParty("suixing.example", "https://suixing.example:8443")),
        ("http://127.0.0.1:8000", PARTY),
        ("http://[::1]:8000", PARTY),
        ("http://localhost:8000", PARTY),
        ("http://127.0.0.1:80", RelyingParty("localhost", "http://localhost")),
    ],
)
def test_the_site_that_passkeys_are_bound_to(url: str, party: RelyingParty) -> None:
    assert read_relying_party(url) == party


def test_a_proof_shows_nothing() -> None:
    assert repr(Proof(passkey=PasskeyProof(uuid4(), {"id": "x"}))) == "Proof(…)"
    assert msgspec.structs.asdict(PARTY)["id"] == "localhost"
