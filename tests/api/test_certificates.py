"""Certificates: what a phone may have certified, what of it is accepted, and what ends it."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from api.services import now
from app.credentials.revoking import Follower
from app.credentials.settling import end_signed
from app.database import transaction
from app.people.bindings import bind, end_binding
from app.people.model import BindingKind
from app.recognition.withdrawing import WithdrawnKey
from codes import KeyUse, base64url
from tests.api.harness import Api, Gate, Session, log_in, make_gate, make_person, running_api, scan, slug_of
from tests.api.long_codes import Phone


@pytest.fixture
async def metro(api: Api) -> Gate:
    """A purpose that learns nothing but the kind."""
    await api.services.pool.execute(
        "INSERT INTO purposes VALUES ('plain-entry', '进入', 'Entry', '{}', false, false) ON CONFLICT DO NOTHING"
    )
    return await make_gate(api, purpose="plain-entry")


@pytest.fixture
async def carer(api: Api) -> Session:
    return await log_in(api, await make_person(api, name="李小红"))


async def ask(api: Api, session: Session, keys: list[Any], **more: Any) -> httpx.Response:
    return await api.post("/v1/codes/certificates", by=session, json={"public_keys": keys, **more})


async def certify(api: Api, session: Session, phones: list[Phone], **more: Any) -> list[bytes]:
    answer = await ask(api, session, [phone.jwk for phone in phones], **more)
    assert answer.status_code == 201, answer.text
    return [base64url.decode(one["certificate"]) for one in answer.json()["certificates"]]


async def care_for(api: Api, carer: Session, relative: Session, life: timedelta = timedelta(days=1)) -> UUID:
    binding_id = uuid4()
    async with transaction(api.services.pool) as db:
        await bind(
            db,
            kind=BindingKind.CARE,
            binding_id=binding_id,
            shows=carer.person.resident_id,
            is_shown=relative.person.resident_id,
            principal_id=carer.person.resident_id,
            ends_at=now() + life,
            now=now(),
        )
    return binding_id


async def test_each_certificate_shows_one_code(api: Api, resident: Session, metro: Gate) -> None:
    phones = [Phone() for _ in range(32)]
    certificates = await certify(api, resident, phones)
    assert len(set(certificates)) == 32
    for phone, certificate in zip(phones[:2], certificates, strict=False):
        accepted = await scan(api, metro, phone.show(certificate, now()))
        assert (accepted.status_code, accepted.json()["form"]) == (201, "phone"), accepted.text


async def test_one_batch_has_one_row_and_places_that_are_no_neighbours(api: Api, resident: Session) -> None:
    await certify(api, resident, [Phone() for _ in range(32)])
    rows = await api.services.pool.fetch(
        "SELECT b.places, b.kid, l.size FROM certificate_batches b JOIN status_lists l USING (list_no) "
        "JOIN residents r USING (subject_no) WHERE r.resident_id = $1",
        resident.person.resident_id,
    )
    assert len(rows) == 1
    places = rows[0]["places"]
    assert len(set(places)) == 32
    assert sum(abs(one - other) == 1 for one, other in pairwise(places)) <= 1
    assert rows[0]["kid"] == api.services.ring.current(KeyUse.CERTIFICATE, now()).kid


async def test_a_key_of_another_phone_shows_nothing(api: Api, resident: Session, metro: Gate) -> None:
    [certificate] = await certify(api, resident, [Phone()])
    assert slug_of(await scan(api, metro, Phone().show(certificate, now()))) == "code-signature-invalid"


def _wrong_keys() -> dict[str, list[Any]]:
    good, twin = Phone().jwk, Phone().jwk
    other_curve = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    return {
        "the same key twice": [twin, good, twin],
        "the same key, its base64 padded": [twin, {**twin, "x": twin["x"] + "="}],
        "not on the curve": [{**good, "y": base64url.encode(b"\x01" * 32)}],
        "another curve": [
            {
                "kty": "EC",
                "crv": "P-384",
                "x": base64url.encode(other_curve.x.to_bytes(48, "big")),
                "y": base64url.encode(other_curve.y.to_bytes(48, "big")),
            }
        ],
        "another curve under our name": [{**good, "x": base64url.encode(b"\xff" * 32)}],
        "no EC key": [{"kty": "OKP", "crv": "Ed25519", "x": good["x"]}],
        "half a key": [{"kty": "EC", "crv": "P-256", "x": good["x"]}],
        "no base64": [{**good, "x": "!" * 43}],
        "a private key": [{**good, "d": base64url.encode(b"\x02" * 32)}],
    }


@pytest.mark.parametrize("what", _wrong_keys())
async def test_no_other_key_is_certified(api: Api, resident: Session, what: str) -> None:
    refused = await ask(api, resident, _wrong_keys()[what])
    assert (refused.status_code, slug_of(refused)) == (422, "public-key-refused")


@pytest.mark.parametrize("count", [0, 33])
async def test_a_batch_has_its_bounds(api: Api, resident: Session, count: int) -> None:
    assert slug_of(await ask(api, resident, [Phone().jwk for _ in range(count)])) == "invalid-request"


async def test_nobody_is_certified_who_may_not_show_a_code(api: Api, newcomer: Session) -> None:
    unproven = await log_in(api, await make_person(api, verified=False))
    assert slug_of(await ask(api, unproven, [Phone().jwk])) == "identity-not-verified"
    assert slug_of(await ask(api, newcomer, [Phone().jwk])) == "installation-not-approved"


async def test_a_session_has_its_limit_until_some_have_ended(api: Api, resident: Session) -> None:
    settings = dataclasses.replace(api.services.settings, certificates_per_session=3)
    async with running_api(settings) as small:
        await certify(small, resident, [Phone(), Phone()])
        refused = await ask(small, resident, [Phone().jwk, Phone().jwk])
        assert (refused.status_code, slug_of(refused)) == (429, "too-many-requests")
        assert 0 < int(refused.headers["Retry-After"]) <= 12 * 3600 + 1
        await certify(small, resident, [Phone()])
        await small.services.pool.execute(
            "UPDATE certificate_batches SET expires_at = $2 WHERE subject_no = "
            "(SELECT subject_no FROM residents WHERE resident_id = $1)",
            resident.person.resident_id,
            now() - timedelta(seconds=1),
        )
        await certify(small, resident, [Phone(), Phone(), Phone()])


async def test_an_id_goes_with_its_kind(api: Api, resident: Session) -> None:
    for more in ({"relative_id": str(uuid4())}, {"kind": "care"}, {"kind": "care", "delegation_id": str(uuid4())}):
        assert slug_of(await ask(api, resident, [Phone().jwk], **more)) == "invalid-request"


async def test_what_is_shown_for_a_relative_ends_with_the_relation(
    api: Api, resident: Session, carer: Session, metro: Gate
) -> None:
    relative_id = await care_for(api, carer, resident, timedelta(hours=1))
    phone = Phone()
    answer = await ask(api, carer, [phone.jwk], kind="care", relative_id=str(relative_id))
    [made] = answer.json()["certificates"]
    assert datetime.fromisoformat(made["expires_at"]) <= now() + timedelta(hours=1)
    certificate = base64url.decode(made["certificate"])
    assert (await scan(api, metro, phone.show(certificate, now()))).status_code == 201
    async with transaction(api.services.pool) as db:
        await end_binding(db, relative_id, [resident.person.resident_id, carer.person.resident_id], now())
    assert slug_of(await scan(api, metro, phone.show(certificate, now()))) == "code-revoked"
    refused = await ask(api, carer, [Phone().jwk], kind="care", relative_id=str(relative_id))
    assert slug_of(refused) == "binding-ended"
    assert slug_of(await ask(api, resident, [Phone().jwk], kind="care", relative_id=str(uuid4()))) == "binding-ended"


async def test_the_end_of_a_session_ends_its_certificates_alone(api: Api, resident: Session, metro: Gate) -> None:
    phones = [Phone(), Phone()]
    [gone] = await certify(api, resident, phones[:1])
    again = await log_in(api, resident.person)  # which ends the session before it on this installation
    [kept] = await certify(api, again, phones[1:])
    assert slug_of(await ask(api, resident, [Phone().jwk])) in {"unauthenticated", "session-expired"}
    await Follower(api.services.pool).follow(now())
    assert slug_of(await scan(api, metro, phones[0].show(gone, now()))) == "code-revoked"
    assert (await scan(api, metro, phones[1].show(kept, now()))).status_code == 201


async def test_all_that_a_withdrawn_key_certified_ends_page_by_page(api: Api, resident: Session) -> None:
    for _ in range(3):
        await certify(api, resident, [Phone()])
    pool, kid = api.services.pool, api.services.ring.current(KeyUse.CERTIFICATE, now()).kid
    await end_signed(pool, WithdrawnKey(kid, KeyUse.CERTIFICATE, now()), now(), page=2)
    left = "SELECT count(*) FROM certificate_batches WHERE kid = $1 AND revoked_at IS NULL AND expires_at > $2"
    assert await pool.fetchval(left, kid, now()) == 0


async def test_what_is_certified_right_after_a_lock_is_good(api: Api, resident: Session, metro: Gate) -> None:
    """A lock ends all from some seconds ahead of it, so that no process issues another meanwhile."""
    pool = api.services.pool
    valid_from = now() + timedelta(seconds=5)
    await pool.execute(
        "UPDATE subjects SET codes_valid_from = $2 WHERE resident_id = $1", resident.person.resident_id, valid_from
    )
    phone = Phone()
    [certificate] = await certify(api, resident, [phone])
    await Follower(pool).follow(now())
    assert (await scan(api, metro, phone.show(certificate, now()))).status_code == 201
