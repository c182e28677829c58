"""The stand-ins as a developer, a script or a browser meets them."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import httpx
import pytest

from api.services import now
from app.development.identity_standing_in import IDENTITY_PATH, face_page_of
from app.identity.errors import IdentityNotConfirmedError
from app.identity.model import Applicant, CredentialEvidence, FaceCheck, FaceEvidence, IdentityClaim
from app.identity.numbers import read_id_number
from tests.api.harness import Api, Session, slug_of

BACK = "http://127.0.0.1:8000/resident"


def applicant_of(session: Session) -> Applicant:
    return Applicant(session.person.resident_id, session.installation_id)


async def list_people(api: Api) -> list[dict[str, str]]:
    response = await api.get(f"{IDENTITY_PATH}/people")
    assert response.status_code == 200, response.text
    people: list[dict[str, str]] = response.json()["items"]
    return people


async def start(api: Api, session: Session, person: dict[str, str], return_url: str | None = None) -> FaceCheck:
    return await api.services.identity.start_face_check(
        applicant_of(session),
        name=person["name"],
        id_number=person["id_number"],
        device="{}",
        return_url=return_url,
        now=now(),
    )


def claim(session: Session, person: dict[str, str], check: FaceCheck) -> IdentityClaim:
    return IdentityClaim(
        applicant_of(session), FaceEvidence(check.check_id), name=person["name"], id_number=person["id_number"]
    )


async def press(api: Api, check_id: UUID, outcome: str) -> httpx.Response:
    return await api.post(face_page_of(check_id), data={"outcome": outcome})


async def test_people_to_try_with_have_good_numbers_and_a_child_is_among_them(api: Api) -> None:
    people = await list_people(api)
    ages = [now().year - read_id_number(person["id_number"], now()).birth_date.year for person in people]
    assert people[0]["name"] == "王小明"
    assert [age for age in ages if age < 14] == [8]


@pytest.mark.parametrize(("outcome", "passes"), [("pass", True), ("fail", False)])
async def test_a_script_ends_a_face_check(api: Api, unverified: Session, outcome: str, *, passes: bool) -> None:
    person = (await list_people(api))[0]
    check = await start(api, unverified, person)
    ended = await api.post(f"{IDENTITY_PATH}/faces/{check.check_id}", json={"outcome": outcome})
    assert ended.status_code == 204, ended.text
    if passes:
        assert (await api.services.identity.prove(claim(unverified, person, check), now())).name == person["name"]
    else:
        with pytest.raises(IdentityNotConfirmedError):
            await api.services.identity.prove(claim(unverified, person, check), now())


async def test_a_face_check_of_nobody_is_not_found(api: Api) -> None:
    ended = await api.post(f"{IDENTITY_PATH}/faces/{uuid4()}", json={"outcome": "pass"})
    assert slug_of(ended) == "not-found"
    assert slug_of(await api.get(face_page_of(uuid4()))) == "not-found"
    assert slug_of(await press(api, uuid4(), "pass")) == "not-found"


async def test_a_page_leads_through_the_check_and_back(api: Api, unverified: Session) -> None:
    person = (await list_people(api))[0]
    check = await start(api, unverified, person, BACK)
    assert check.url is not None
    page = await api.get(httpx.URL(check.url).path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "form-action 'self' http://127.0.0.1:8000;" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert person["name"] not in page.text
    assert re.findall(r'action="([^"]+)"', page.text) == [face_page_of(check.check_id)]
    pressed = await press(api, check.check_id, "pass")
    assert (pressed.status_code, pressed.headers["location"]) == (303, BACK)
    assert await api.services.identity.prove(claim(unverified, person, check), now())


async def test_what_was_pressed_first_stays(api: Api, unverified: Session) -> None:
    person = (await list_people(api))[0]
    check = await start(api, unverified, person)
    assert "未通过" in (await press(api, check.check_id, "fail")).text
    assert "未通过" in (await press(api, check.check_id, "pass")).text


async def test_an_address_cannot_break_out_of_the_page(api: Api, unverified: Session) -> None:
    person = (await list_people(api))[0]
    check = await start(api, unverified, person, 'https://example.org/"><script>alert(1)</script>')
    page = await api.get(face_page_of(check.check_id))
    assert "<script" not in page.text


@pytest.mark.parametrize(("age_band", "is_child"), [(None, False), ("under-14", True)])
async def test_a_phone_answers_with_a_network_credential(
    api: Api, unverified: Session, age_band: str | None, *, is_child: bool
) -> None:
    check = await api.services.identity.start_credential_check(applicant_of(unverified), now())
    body = {"sequence": check.sequence, "phone": unverified.person.phone, "age_band": age_band}
    issued = await api.post(f"{IDENTITY_PATH}/credentials", json=body)
    assert issued.status_code == 201, issued.text
    evidence = CredentialEvidence(check.check_id, issued.json()["credential"])
    proven = await api.services.identity.prove(IdentityClaim(applicant_of(unverified), evidence), now())
    assert proven.is_child is is_child


async def test_the_stand_ins_are_for_this_machine_alone(api: Api) -> None:
    for path in (
        "people",
        "credentials",
        f"faces/{uuid4()}",
        f"face-pages/{uuid4()}",
        "cloud-auth",
        "network/verifications",
    ):
        method = "GET" if path == "people" else "POST"
        response = await api.call(method, f"{IDENTITY_PATH}/{path}", address="192.0.2.1", json={})
        assert slug_of(response) == "forbidden", path


async def test_unsigned_questions_are_refused_as_the_real_ones_refuse_them(api: Api) -> None:
    unsigned = await api.post(f"{IDENTITY_PATH}/cloud-auth")
    assert (unsigned.status_code, unsigned.json()["Code"]) == (404, "InvalidAction.NotFound")
    unknown = await api.post(f"{IDENTITY_PATH}/network/verifications", json={})
    assert (unknown.status_code, unknown.json()) == (401, {"error": "invalid_client"})
