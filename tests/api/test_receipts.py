"""Receipts: both sides get the same statement of a look, and whoever is shown one finds out whether it is genuine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec
import pytest

from api.services import now
from app.audit import commit_batch
from app.people.bindings import list_subject_nos
from app.wallet.looking import Showing, look_by_scanner
from app.wallet.model import LookForm
from app.wallet.receipt_format import Receipt, digest
from app.wallet.receipt_proofs import check_proof
from app.wallet.receipts import SignedReceipt, make_receipt
from codes import Kind, base64url
from tests.api.harness import Api, Gate, Session, issue_code, make_gate, scan, slug_of
from tests.api.relatives import ask_code, bind

_PRESENTED = "an.sd.jwt~disclosure~kb.jwt"


@pytest.fixture(scope="module")
async def hotel(api: Api) -> Gate:
    return await make_gate(api, purpose="hotel-check-in")


async def look(api: Api, resident: Session, gate: Gate, *, kept_days: int = 30) -> SignedReceipt:
    """The scanner is told the name and number of a resident's licence, and gets the receipt."""
    services, moment = api.services, now()
    scanner = await services.scanners.require(gate.credential, moment)
    [subject_no] = await list_subject_nos(services.pool, resident.person.resident_id)
    showing = Showing(
        subject_no=subject_no,
        code_kind=Kind.PERSONAL,
        form=LookForm.CONSENT,
        licence_type="resident-identity-card",
        licence_id=uuid4(),
        claim=uuid4().bytes,
        shown_at=moment,
        expires_at=moment + timedelta(minutes=1),
    )
    found = await look_by_scanner(services.pool, scanner, showing, ["name", "id_number"], request_key=None, now=moment)
    return await make_receipt(
        services.pool,
        services.ring,
        subject_no,
        found.access_id,
        kept_days=kept_days,
        presentation=_PRESENTED,
        now=moment,
    )


async def get_receipt(api: Api, by: Session, access_id: object, **params: str) -> httpx.Response:
    return await api.get(f"/v1/me/accesses/{access_id}/receipt", by=by, params=params)


def read(claims: object) -> Receipt:
    """As stated, whenever this copy of it was signed."""
    return msgspec.structs.replace(msgspec.convert(claims, Receipt, strict=False), iat=0)


async def test_both_sides_get_the_same_statement(api: Api, resident: Session, hotel: Gate) -> None:
    given = await look(api, resident, hotel)
    response = await get_receipt(api, resident, given.claims.access_id)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    own = response.json()
    assert read(own["claims"]) == read(msgspec.to_builtins(given.claims))
    assert own["proof"] is None
    assert own["claims"] | {"iat": 0} == {
        "version": 1,
        "iss": "31",
        "iat": 0,
        "access_id": str(given.claims.access_id),
        "recorded_at": own["claims"]["recorded_at"],
        "venue": {"id": str(hotel.venue_id), "name": "甲医院", "province": "31"},
        "purpose": "hotel-check-in",
        "form": "consent",
        "licence_type": "resident-identity-card",
        "fields": ["name", "id_number"],
        "kept_until": own["claims"]["kept_until"],
        "commitment": own["claims"]["commitment"],
        "presentation": base64url.encode(digest(_PRESENTED)),
    }
    kept = msgspec.convert(own["claims"], Receipt)
    assert kept.kept_until == kept.recorded_at + timedelta(days=30)
    for text in (own["receipt"], given.text):
        checked = await api.post("/v1/receipts/checks", json={"receipt": text})
        assert read(checked.json()["claims"]) == read(own["claims"])


async def test_a_disputed_look_is_shown_to_the_desk_by_what_was_told_and_to_the_venue_as_before(
    api: Api, resident: Session, hotel: Gate, operator: Session
) -> None:
    access_id = str((await look(api, resident, hotel)).claims.access_id)
    disputed = await api.post(f"/v1/me/accesses/{access_id}/dispute", by=resident, json={"reason": "not my stay"})
    assert disputed.status_code == 204
    listed = (await api.get("/v1/desk/disputes", by=operator, params={"limit": 100})).json()["items"]
    [shown] = [one for one in listed if one["access_id"] == access_id]
    assert (shown["form"], shown["licence_type"], shown["fields"]) == (
        "consent",
        "resident-identity-card",
        ["name", "id_number"],
    )
    receipt = (await api.get(f"/v1/desk/disputes/{access_id}/receipt", by=operator)).json()
    assert read(receipt["claims"]) == read((await get_receipt(api, resident, access_id)).json()["claims"])
    for secret in (resident.person.name, str(resident.person.resident_id)):
        assert secret not in str(shown) + str(receipt["claims"])


async def test_a_venue_gets_the_receipts_of_its_own_questions_alone(api: Api, hotel: Gate) -> None:
    assert slug_of(await api.get(f"/v1/presentations/{uuid4()}/receipts", by=hotel)) == "not-found"


async def test_terms_that_were_agreed_first_stay(api: Api, resident: Session, hotel: Gate) -> None:
    first = await look(api, resident, hotel, kept_days=0)
    assert first.claims.kept_until is None
    services = api.services
    [subject_no] = await list_subject_nos(services.pool, resident.person.resident_id)
    again = await make_receipt(
        services.pool, services.ring, subject_no, first.claims.access_id, kept_days=365, presentation=None, now=now()
    )
    assert read(msgspec.to_builtins(again.claims)) == read(msgspec.to_builtins(first.claims))


async def test_a_receipt_is_of_ones_own_looks_alone(api: Api, resident: Session, hotel: Gate, manager: Session) -> None:
    given = await look(api, resident, hotel)
    for by, access_id in ((manager, given.claims.access_id), (resident, uuid4())):
        assert slug_of(await get_receipt(api, by, access_id)) == "not-found"


async def test_carer_and_relative_both_have_the_receipt_of_a_relatives_code(
    api: Api, resident: Session, manager: Session, gate: Gate
) -> None:
    bound = await bind(api, resident, manager)
    code = (await ask_code(api, resident, bound["id"])).json()["code"]
    scanned = (await scan(api, gate, code)).json()["scan_id"]
    stated = [read((await get_receipt(api, by, scanned)).json()["claims"]) for by in (resident, manager)]
    assert stated[0] == stated[1]
    assert stated[0].licence_type is None
    assert stated[0].kept_until is None


async def test_the_log_is_proven_to_hold_what_the_receipt_states(
    api: Api, resident: Session, hotel: Gate, tmp_path: Path
) -> None:
    given = await look(api, resident, hotel)
    services = api.services
    access_id = given.claims.access_id
    assert (await get_receipt(api, resident, access_id, proof="true")).json()["proof"] is None, "still to come"
    await commit_batch(services.pool, services.ring, now=now(), witness=tmp_path / "heads", lag=timedelta(0))
    own = (await get_receipt(api, resident, access_id, proof="true")).json()
    claims, proof = msgspec.convert(own["claims"], Receipt), msgspec.json.encode(own["proof"])
    proven = check_proof(claims, proof, services.trust.current)
    assert proven.access_id == access_id
    assert proven.opening is None, "it would name the venue's staff"


async def test_an_erased_resident_leaves_no_terms(api: Api, resident: Session, hotel: Gate) -> None:
    given = await look(api, resident, hotel)
    assert await _count_terms(api, given) == 1
    from app.rights.erasing_store import delete_about_subject  # noqa: PLC0415

    [subject_no] = await list_subject_nos(api.services.pool, resident.person.resident_id)
    async with api.services.pool.acquire() as db:
        await delete_about_subject(db, subject_no)
    assert await _count_terms(api, given) == 0


async def _count_terms(api: Api, given: SignedReceipt) -> int:
    sql = "SELECT count(*) FROM look_terms WHERE access_id = $1"
    count: int = await api.services.pool.fetchval(sql, given.claims.access_id)
    return count


@pytest.mark.parametrize("text", ["", "SX1:ABC", "a.b.c", "é.é.é", "." * 100, "eyJhbGciOiJub25lIn0.e30."])
async def test_what_is_no_receipt_is_refused(api: Api, text: str) -> None:
    assert slug_of(await api.post("/v1/receipts/checks", json={"receipt": text})) == "receipt-invalid"


async def test_a_code_is_no_receipt(api: Api, resident: Session) -> None:
    response = await api.post("/v1/receipts/checks", json={"receipt": await issue_code(api, resident)})
    assert slug_of(response) == "receipt-invalid"


async def test_an_address_has_so_many_tries(api: Api) -> None:
    """Each costs a signature's check; whoever asks from elsewhere is asked nothing of it."""
    address = api.services.vault.index("quota", "receipt-check:10.4.4.6").hex()
    two_minutes = 2 * api.services.settings.receipt_checks_per_address
    api.services.receipt_limit.charge(address, now().timestamp(), two_minutes)
    for address, slug in (("10.4.4.6", "too-many-requests"), ("10.4.4.7", "receipt-invalid")):
        response = await api.post("/v1/receipts/checks", json={"receipt": "a.b.c"}, address=address)
        assert slug_of(response) == slug
        assert ("retry-after" in response.headers) == (slug == "too-many-requests")
