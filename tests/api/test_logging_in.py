"""One-time passwords: asked for, guessed, used, and limited."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from app.identifiers import new_id
from app.settings import Settings
from tests.api.harness import (
    Api,
    invent_phone,
    log_in,
    make_person,
    open_session,
    read_otp,
    request_otp,
    running_api,
    slug_of,
)


def wrong(otp: str) -> str:
    return f"{(int(otp) + 1) % 10**6:06}"


async def guess(api: Api, challenge_id: UUID, otp: str, installation_id: UUID | None = None) -> httpx.Response:
    body = {
        "grant": "otp",
        "challenge_id": str(challenge_id),
        "otp": otp,
        "installation_id": str(installation_id or uuid4()),
    }
    return await api.post("/v1/sessions", json=body)


async def test_a_challenge_says_when_it_ends(api: Api) -> None:
    asked_at = datetime.now(UTC)
    response = await api.post("/v1/otp", json={"phone": invent_phone()})
    assert response.status_code == 202
    assert response.headers["cache-control"] == "no-store"
    assert response.json().keys() == {"challenge_id", "expires_at"}
    assert UUID(response.json()["challenge_id"]).version == 7
    expires_at = datetime.fromisoformat(response.json()["expires_at"])
    assert timedelta(seconds=299) < expires_at - asked_at < timedelta(seconds=360)


async def test_a_phone_that_nobody_has_becomes_a_resident(api: Api) -> None:
    response = await open_session(api, invent_phone(), uuid4())
    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    opened = response.json()
    assert opened.keys() == {"access_token", "expires_at", "refresh_token", "resident_id", "assurance"}
    assert opened["assurance"] == "phone"
    assert UUID(opened["resident_id"]).version == 7
    assert timedelta(0) < datetime.fromisoformat(opened["expires_at"]) - datetime.now(UTC) <= timedelta(seconds=300)
    assert (await api.get("/v1/me", by=opened["access_token"])).json()["resident_id"] == opened["resident_id"]


async def test_the_same_phone_is_the_same_resident_however_it_is_written(api: Api) -> None:
    phone = invent_phone()
    first = (await open_session(api, phone, uuid4())).json()
    spaced = f"{phone[3:6]} {phone[6:10]}-{phone[10:]}"
    assert (await open_session(api, spaced, uuid4())).json()["resident_id"] == first["resident_id"]


async def test_first_logins_at_once_make_one_resident(api: Api) -> None:
    phone = invent_phone()
    challenges = [await request_otp(api, phone) for _ in range(5)]
    opened = await asyncio.gather(*(guess(api, challenge_id, otp) for challenge_id, otp in challenges))
    assert [response.status_code for response in opened] == [201] * 5
    assert len({response.json()["resident_id"] for response in opened}) == 1


@pytest.mark.parametrize(
    "phone", ["021 6598 1234", "+862165981234", "12345", "+86 138 0000", "mobile one", "110000", "+1 23"]
)
async def test_what_is_no_mobile_number_is_refused(api: Api, phone: str) -> None:
    response = await api.post("/v1/otp", json={"phone": phone})
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == ["/phone"]
    assert phone not in response.text


async def test_a_wrong_guess_does_not_spend_the_password(api: Api) -> None:
    challenge_id, otp = await request_otp(api, invent_phone())
    refused = await guess(api, challenge_id, wrong(otp))
    assert (refused.status_code, slug_of(refused)) == (401, "otp-wrong")
    assert (await guess(api, challenge_id, otp)).status_code == 201


async def test_a_password_is_good_once(api: Api) -> None:
    challenge_id, otp = await request_otp(api, invent_phone())
    assert (await guess(api, challenge_id, otp)).status_code == 201
    again = await guess(api, challenge_id, otp)
    assert (again.status_code, slug_of(again)) == (401, "otp-expired")


async def test_a_password_used_twice_at_once_opens_one_session(api: Api) -> None:
    challenge_id, otp = await request_otp(api, invent_phone())
    answers = await asyncio.gather(*(guess(api, challenge_id, otp) for _ in range(10)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 401: 9}


async def test_a_password_ends(api: Api) -> None:
    challenge_id, otp = await request_otp(api, invent_phone())
    await api.services.pool.execute(
        "UPDATE otp_challenges SET expires_at = $2 WHERE challenge_id = $1", challenge_id, datetime.now(UTC)
    )
    assert slug_of(await guess(api, challenge_id, otp)) == "otp-expired"


async def test_an_unknown_challenge_is_an_ended_one(api: Api) -> None:
    assert slug_of(await guess(api, new_id(), "123456")) == "otp-expired"


async def test_the_right_guess_comes_too_late_after_five_wrong_ones(api: Api) -> None:
    challenge_id, otp = await request_otp(api, invent_phone())
    for _ in range(5):
        assert slug_of(await guess(api, challenge_id, wrong(otp))) == "otp-wrong"
    assert slug_of(await guess(api, challenge_id, otp)) == "otp-expired"


async def test_guesses_at_once_share_the_five_attempts(api: Api) -> None:
    challenge_id, otp = await request_otp(api, invent_phone())
    answers = await asyncio.gather(*(guess(api, challenge_id, wrong(otp)) for _ in range(20)))
    assert Counter(map(slug_of, answers)) == {"otp-wrong": 5, "otp-expired": 15}
    assert slug_of(await guess(api, challenge_id, otp)) == "otp-expired"


async def test_a_password_of_another_challenge_is_wrong(api: Api) -> None:
    _, otp = await request_otp(api, phone := invent_phone())
    other, other_otp = await request_otp(api, phone)
    assert otp == other_otp or slug_of(await guess(api, other, otp)) == "otp-wrong"


async def test_a_phone_is_limited_across_processes(api: Api, roomy: Settings) -> None:
    phone = invent_phone()
    async with running_api(roomy) as other:
        for number in range(5):
            await request_otp((api, other)[number % 2], phone)
        refused = [await one.post("/v1/otp", json={"phone": phone}) for one in (api, other)]
    assert [slug_of(response) for response in refused] == ["too-many-requests"] * 2
    assert 590 < int(refused[0].headers["retry-after"]) <= 601


async def test_a_phone_has_a_daily_cap(api: Api) -> None:
    phone = invent_phone()
    for _ in range(4):
        for _ in range(5):
            await request_otp(api, phone)
        # Ten minutes pass, for this phone's places.
        await api.services.pool.execute(
            "UPDATE quotas SET claimed_at = ARRAY(SELECT t - interval '11 minutes' FROM unnest(claimed_at) AS t) "
            "WHERE bucket = ANY($1::bytea[])",
            [api.services.vault.index("quota", f"{kind}:{phone}") for kind in ("phone", "phone by day")],
        )
    refused = await api.post("/v1/otp", json={"phone": phone})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 20 * 3600


async def test_an_installation_is_limited_whatever_the_phone(api: Api) -> None:
    installation_id = str(uuid4())
    for _ in range(10):
        body = {"phone": invent_phone(), "installation_id": installation_id}
        assert (await api.post("/v1/otp", json=body)).status_code == 202
    refused = await api.post("/v1/otp", json={"phone": invent_phone(), "installation_id": installation_id})
    assert slug_of(refused) == "too-many-requests"


async def test_an_address_is_limited_across_processes(api: Api, roomy: Settings) -> None:
    """Of IPv6, what one subscriber has is one address."""
    network = f"2001:db8:{secrets.randbits(16):x}"
    async with running_api(dataclasses.replace(roomy, otp_per_address=10)) as one:
        for number in range(10):
            body, address = {"phone": invent_phone()}, f"{network}:2::{number:x}"
            assert (await (one, api)[number % 2].post("/v1/otp", json=body, address=address)).status_code == 202
        refused = await one.post("/v1/otp", json={"phone": invent_phone()}, address=f"{network}:2:f::1")
        elsewhere = await one.post("/v1/otp", json={"phone": invent_phone()}, address=f"{network}:3::1")
    assert (refused.status_code, elsewhere.status_code) == (429, 202)


async def test_a_registered_phone_is_answered_as_any_other(api: Api) -> None:
    """Nobody learns from an answer who is a resident here."""
    known = (await make_person(api)).phone
    shapes = []
    for phone in (known, invent_phone()):
        asked = await api.post("/v1/otp", json={"phone": phone})
        challenge_id = UUID(asked.json()["challenge_id"])
        guessed = await guess(api, challenge_id, wrong(await read_otp(api, challenge_id)))
        shapes.append([_shape(asked), _shape(guessed)])
    assert shapes[0] == shapes[1]


def _shape(response: httpx.Response) -> tuple[int, list[str], list[str], int]:
    return response.status_code, list(response.headers), list(response.json()), len(response.content)


async def test_a_foreign_mobile_is_texted_where_the_deployment_says_so(api: Api, roomy: Settings) -> None:
    """Elsewhere whoever asks might be paid for each text."""
    foreign = {"phone": "+44 7400 123456"}
    refused = await api.post("/v1/otp", json=foreign)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/phone"]
    assert (await api.post("/v1/otp", json={"phone": "+852 5123 4567"})).status_code == 202
    async with running_api(dataclasses.replace(roomy, sms_regions="CN,GB")) as wide:
        assert (await wide.post("/v1/otp", json=foreign)).status_code == 202


async def test_the_text_is_opened_by_its_channel_alone(api: Api) -> None:
    """The outbox holds neither the phone nor the password where they can be read."""
    phone = invent_phone()
    challenge_id, otp = await request_otp(api, phone)
    row = await api.services.pool.fetchrow("SELECT o::text AS row FROM outbox AS o WHERE recipient = $1", challenge_id)
    assert row is not None
    assert phone[3:] not in row["row"]
    assert phone[3:].encode().hex() not in row["row"]
    assert otp.encode().hex() not in row["row"]


async def test_logging_in_again_replaces_the_session_of_the_installation(api: Api) -> None:
    person = await make_person(api)
    first = await log_in(api, person)
    second = await log_in(api, person)
    listed = (await api.get("/v1/me/sessions", by=second)).json()["items"]
    assert [(one["installation_id"], one["current"]) for one in listed] == [(str(person.installation_id), True)]
    old = await api.post("/v1/sessions/refresh", json={"refresh_token": first.refresh_token})
    assert slug_of(old) == "session-expired"
