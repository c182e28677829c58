"""A child under 14 has an account only while a guardian consents to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from api.services import now
from app.database import transaction
from app.development.identity_standing_in import IDENTITY_PATH
from app.identity.errors import GuardianConsentRequiredError
from app.identity.model import EvidenceKind, ProvenIdentity
from app.identity.numbers import age_band_at, read_id_number, today
from app.people.guardian_confirming import confirm
from app.people.guardian_model import ConfirmedBy
from app.people.guardians import require_guardian_consent
from app.people.seeding import SeededPerson, seed_person
from tests.api.harness import Api, Gate, Person, Session, invent_phone, issue_code, log_in, scan, slug_of, wait_refused
from tests.api.rights_harness import leave
from tests.harness.identity import invent_id_number

PATH = "/v1/me/guardian-consents"
CHILD_NAME = "王小宝"


async def make_resident(api: Api, *, age: int, name: str = "王小明", id_number: str | None = None) -> Session:
    """Somebody verified under a number that passes its checks."""
    number = id_number or invent_id_number(age=age)
    seeded = SeededPerson(name=name, phone=invent_phone(), id_number=number, installation_id=uuid4(), verified=True)
    resident_id = await seed_person(api.services.pool, api.services.vault, seeded, now())
    return await log_in(api, Person(resident_id, seeded.phone, name, number, seeded.installation_id))


async def consent(api: Api, guardian: Session, number: str, **changes: Any) -> httpx.Response:
    body = {"name": CHILD_NAME, "id_number": number, "relation": "parent"} | changes
    return await api.post(PATH, by=guardian, json=body)


async def confirmed(api: Api, guardian: Session, number: str) -> httpx.Response:
    """A consent of which a window has seen the documents."""
    given = await consent(api, guardian, number)
    async with transaction(api.services.pool) as db:
        await confirm(db, guardian.person.resident_id, UUID(given.json()["id"]), ConfirmedBy.WINDOW, now())
    return given


def prove(number: str, name: str = CHILD_NAME) -> ProvenIdentity:
    """As an authority would have confirmed it."""
    born = read_id_number(number, now()).birth_date
    band = age_band_at(born, today(now()))
    return ProvenIdentity(EvidenceKind.FACE, number, band, now(), name=name, id_number=number, birth_date=born)


async def use(api: Api, child: Session, number: str, name: str = CHILD_NAME) -> None:
    async with transaction(api.services.pool) as db:
        await require_guardian_consent(db, api.services.vault, prove(number, name), child.person.resident_id, now())


async def count_notices(api: Api, session: Session, topic: str) -> int:
    query = "SELECT count(*) FROM outbox WHERE recipient = $1 AND topic = $2"
    count: int = await api.services.pool.fetchval(query, session.person.resident_id, topic)
    return count


@pytest.fixture
async def guardian(api: Api) -> Session:
    return await make_resident(api, age=40)


async def test_a_consent_is_shown_masked(api: Api, guardian: Session) -> None:
    number = invent_id_number(age=8)
    response = await consent(api, guardian, number)
    assert response.status_code == 201, response.text
    given = response.json()
    assert (given["masked_name"], given["relation"], given["used_at"]) == ("王**", "parent", None)
    assert given["masked_id_number"] == f"{number[:3]}***********{number[-4:]}"
    assert response.headers["cache-control"] == "no-store"
    assert (await api.get(PATH, by=guardian)).json()["items"] == [given]


async def test_the_same_child_again_is_the_same_consent(api: Api, guardian: Session) -> None:
    number = invent_id_number(age=8)
    first, second = [(await consent(api, guardian, number)).json() for _ in range(2)]
    assert first == second


@pytest.mark.parametrize(("age", "status"), [(13, 201), (14, 422), (40, 422)])
async def test_consent_is_for_children(api: Api, guardian: Session, age: int, status: int) -> None:
    assert (await consent(api, guardian, invent_id_number(age=age))).status_code == status


async def test_a_guardian_is_an_adult_by_a_number_proven_here(api: Api) -> None:
    minor, nameless = await make_resident(api, age=17), await make_resident(api, age=40)
    clear = "UPDATE residents SET sealed_id_number = NULL WHERE resident_id = $1"
    await api.services.pool.execute(clear, nameless.person.resident_id)
    for session in (minor, nameless):
        response = await consent(api, session, invent_id_number(age=8))
        assert (response.status_code, slug_of(response)) == (403, "guardian-not-eligible")


async def test_a_new_installation_and_an_unverified_resident_cannot_consent(
    api: Api, guardian: Session, unverified: Session
) -> None:
    stranger = await log_in(api, guardian.person, uuid4())
    answers = [await consent(api, session, invent_id_number(age=8)) for session in (stranger, unverified)]
    assert [slug_of(response) for response in answers] == ["installation-not-approved", "identity-not-verified"]
    assert slug_of(await api.get(PATH, by=stranger)) == "installation-not-approved"
    assert slug_of(await api.delete(f"{PATH}/{uuid4()}", by=stranger)) == "installation-not-approved"


async def test_one_account_consents_for_eight_children(api: Api, guardian: Session) -> None:
    answers = [await consent(api, guardian, invent_id_number(age=8)) for _ in range(9)]
    assert [response.status_code for response in answers] == [201] * 8 + [403]


async def test_nothing_of_the_child_stands_open_in_the_database(api: Api, guardian: Session) -> None:
    number = invent_id_number(age=8)
    await consent(api, guardian, number)
    query = "SELECT row_to_json(c)::text FROM guardian_consents AS c WHERE guardian_id = $1"
    row = await api.services.pool.fetchval(query, guardian.person.resident_id)
    assert number not in row
    assert CHILD_NAME not in row


async def test_a_child_is_let_through_by_consent_and_both_are_told(api: Api, guardian: Session) -> None:
    number = invent_id_number(age=8)
    child = await make_resident(api, age=8, name=CHILD_NAME, id_number=number)
    with pytest.raises(GuardianConsentRequiredError):
        await use(api, child, number)
    await consent(api, guardian, number)
    with pytest.raises(GuardianConsentRequiredError):  # anybody may know a child's name and number
        await use(api, child, number)
    await confirmed(api, guardian, number)
    await use(api, child, number)
    assert await count_notices(api, guardian, "guardian.consent-used") == 1
    assert await count_notices(api, child, "guardian.consented") == 1
    assert (await api.get(PATH, by=guardian)).json()["items"][0]["used_at"] is not None


async def test_a_consent_is_for_one_name_and_one_number(api: Api, guardian: Session) -> None:
    number = invent_id_number(age=8)
    child = await make_resident(api, age=8, name=CHILD_NAME, id_number=number)
    await consent(api, guardian, number, name="李小宝")
    await consent(api, guardian, invent_id_number(age=8))
    with pytest.raises(GuardianConsentRequiredError):
        await use(api, child, number)


async def test_a_guardian_who_is_verified_no_more_consents_to_nothing(api: Api, guardian: Session) -> None:
    number = invent_id_number(age=8)
    child = await make_resident(api, age=8, name=CHILD_NAME, id_number=number)
    await confirmed(api, guardian, number)
    clear = "UPDATE residents SET verified_at = NULL WHERE resident_id = $1"
    await api.services.pool.execute(clear, guardian.person.resident_id)
    with pytest.raises(GuardianConsentRequiredError):
        await use(api, child, number)


async def test_whoever_is_fourteen_needs_nobody(api: Api) -> None:
    number = invent_id_number(age=14)
    await use(api, await make_resident(api, age=14, id_number=number), number)


async def test_withdrawing_ends_the_childs_codes_and_sessions_at_once(api: Api, guardian: Session, gate: Gate) -> None:
    number = invent_id_number(age=8)
    child = await make_resident(api, age=8, name=CHILD_NAME, id_number=number)
    given = (await confirmed(api, guardian, number)).json()
    await use(api, child, number)
    code = await issue_code(api, child)
    response = await api.delete(f"{PATH}/{given['id']}", by=guardian)
    assert response.status_code == 204, response.text
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    assert slug_of(await wait_refused(api, child)) == "unauthenticated"
    assert (await log_in(api, child.person)).assurance == "phone"
    assert await count_notices(api, child, "guardian.consent-ended") == 1
    assert await count_notices(api, guardian, "guardian.withdrawn") == 1
    with pytest.raises(GuardianConsentRequiredError):
        await use(api, child, number)
    assert (await confirmed(api, guardian, number)).json()["id"] != given["id"]
    await use(api, child, number)


async def test_a_guardian_who_leaves_takes_the_consent_along(api: Api, guardian: Session, gate: Gate) -> None:
    """Erasing destroys the key that says for which child it was: it is withdrawn before."""
    number = invent_id_number(age=8)
    child = await make_resident(api, age=8, name=CHILD_NAME, id_number=number)
    assert (await confirmed(api, guardian, number)).status_code == 201
    await use(api, child, number)
    code = await issue_code(api, child)
    await leave(api, guardian)
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    assert slug_of(await wait_refused(api, child)) == "unauthenticated"
    with pytest.raises(GuardianConsentRequiredError):
        await use(api, child, number)


async def test_who_gives_up_their_identity_is_nobodys_guardian(api: Api, guardian: Session, gate: Gate) -> None:
    """Whoever proves an identity in that account next would be the child's guardian, and confirmed."""
    number = invent_id_number(age=8)
    child = await make_resident(api, age=8, name=CHILD_NAME, id_number=number)
    assert (await confirmed(api, guardian, number)).status_code == 201
    await use(api, child, number)
    code = await issue_code(api, child)
    assert (await api.delete("/v1/me/consents/identity", by=guardian)).status_code == 200
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    again = "UPDATE residents SET verified_at = $2, locked_at = NULL WHERE resident_id = $1"
    await api.services.pool.execute(again, guardian.person.resident_id, now())
    with pytest.raises(GuardianConsentRequiredError):
        await use(api, child, number)


async def test_withdrawing_an_unused_consent_touches_nobody(api: Api, guardian: Session) -> None:
    number = invent_id_number(age=8)
    child = await make_resident(api, age=8, name=CHILD_NAME, id_number=number)
    given = (await consent(api, guardian, number)).json()
    assert (await api.delete(f"{PATH}/{given['id']}", by=guardian)).status_code == 204
    assert (await api.get("/v1/me", by=child)).status_code == 200
    assert slug_of(await api.delete(f"{PATH}/{given['id']}", by=guardian)) == "not-found"


async def test_nobody_withdraws_anothers_consent(api: Api, guardian: Session, resident: Session) -> None:
    given = (await consent(api, guardian, invent_id_number(age=8))).json()
    assert slug_of(await api.delete(f"{PATH}/{given['id']}", by=resident)) == "not-found"
    assert (await api.get(PATH, by=guardian)).json()["items"][0]["withdrawn_at"] is None


async def test_the_other_guardians_consent_lets_the_child_in_again(api: Api, guardian: Session) -> None:
    number = invent_id_number(age=8)
    child = await make_resident(api, age=8, name=CHILD_NAME, id_number=number)
    other = await make_resident(api, age=41)
    given = (await confirmed(api, guardian, number)).json()
    await confirmed(api, other, number)
    await use(api, child, number)
    await api.delete(f"{PATH}/{given['id']}", by=guardian)
    assert slug_of(await wait_refused(api, child)) == "unauthenticated"
    await use(api, child, number)
    assert await count_notices(api, other, "guardian.consent-used") == 1


async def prove_by_face(api: Api, child: Session, number: str) -> httpx.Response:
    """From the start of a check to the answer, as the app does it."""
    person = {"name": CHILD_NAME, "id_number": number}
    started = await api.post("/v1/me/identity/checks", by=child, json={"kind": "face", **person, "device": "{}"})
    assert started.status_code == 201, started.text
    check_id = started.json()["check_id"]
    await api.post(f"{IDENTITY_PATH}/faces/{check_id}", json={"outcome": "pass"})
    evidence = {"kind": "face", "check_id": check_id}
    return await api.post("/v1/me/identity", by=child, json={**person, "evidence": evidence})


async def test_a_childs_account_from_the_first_log_in_to_a_withdrawal_and_back(
    api: Api, guardian: Session, unverified: Session
) -> None:
    number = invent_id_number(age=8)
    alone = await prove_by_face(api, unverified, number)
    assert (alone.status_code, slug_of(alone)) == (403, "guardian-consent-required")
    given = (await confirmed(api, guardian, number)).json()
    proven = await prove_by_face(api, unverified, number)
    assert (proven.status_code, proven.json()["assurance"]) == (200, "verified"), proven.text
    child = msgspec.structs.replace(unverified, access_token=proven.json()["access_token"])
    assert await issue_code(api, child)

    assert (await api.delete(f"{PATH}/{given['id']}", by=guardian)).status_code == 204
    assert slug_of(await wait_refused(api, child)) == "unauthenticated"
    back = await log_in(api, unverified.person)
    assert back.assurance == "phone"
    assert slug_of(await prove_by_face(api, back, number)) == "guardian-consent-required"
    await confirmed(api, guardian, number)
    assert (await prove_by_face(api, back, number)).json()["assurance"] == "verified"
