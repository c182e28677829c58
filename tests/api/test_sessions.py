"""Sessions: refreshed in turn, ended once and for all, and bound to their installation."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.settings import Settings
from tests.api.harness import Api, Session, log_in, make_person, refresh, running_api, slug_of, wait_refused


async def refuse(api: Api, session: Session) -> str:
    response = await api.post("/v1/sessions/refresh", json={"refresh_token": session.refresh_token})
    assert response.status_code == 401
    return slug_of(response)


async def end_by_waiting(api: Api, session: Session) -> None:
    """Thirty days pass without a refresh."""
    await api.services.pool.execute(
        "UPDATE sessions SET expires_at = $2 WHERE resident_id = $1", session.person.resident_id, datetime.now(UTC)
    )


@pytest.fixture
async def other(roomy: Settings) -> AsyncGenerator[Api]:
    """Another server process of the same deployment."""
    async with running_api(roomy) as running:
        yield running


async def test_a_refresh_gives_the_next_pair(api: Api, resident: Session) -> None:
    response = await api.post("/v1/sessions/refresh", json={"refresh_token": resident.refresh_token})
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    opened = response.json()
    assert opened.keys() == {"access_token", "expires_at", "refresh_token", "resident_id", "assurance"}
    assert opened["refresh_token"] != resident.refresh_token
    assert opened["resident_id"] == str(resident.person.resident_id)
    assert (await api.get("/v1/me", by=opened["access_token"])).status_code == 200


async def test_a_chain_of_refreshes_stays_one_session(api: Api, resident: Session) -> None:
    session = resident
    for _ in range(5):
        session = await refresh(api, session)
    listed = (await api.get("/v1/me/sessions", by=session)).json()["items"]
    assert len(listed) == 1
    assert listed[0].keys() == {"id", "installation_id", "created_at", "last_used_at", "expires_at", "current"}
    assert listed[0]["last_used_at"] > listed[0]["created_at"]


async def let_time_pass(api: Api, session: Session) -> None:
    """As if the session had been refreshed longer ago than an answer may be lost."""
    await api.services.pool.execute(
        "UPDATE sessions SET refreshed_at = refreshed_at - interval '11 seconds' WHERE resident_id = $1",
        session.person.resident_id,
    )


async def test_an_old_refresh_token_ends_the_family(api: Api, resident: Session) -> None:
    latest = await refresh(api, resident)
    await let_time_pass(api, resident)
    assert await refuse(api, resident) == "session-reused"
    assert await refuse(api, latest) == "session-expired"
    assert slug_of(await wait_refused(api, latest)) == "unauthenticated"


async def test_an_answer_that_was_lost_is_given_once_more(api: Api, resident: Session) -> None:
    """The phone never saw it, and asks again: what it gets leads on, and to the same generation."""
    lost = await refresh(api, resident)
    again = await refresh(api, resident)
    assert again.refresh_token == lost.refresh_token
    assert (await api.get("/v1/me", by=again)).status_code == 200
    assert (await refresh(api, again)).assurance == resident.assurance


async def test_a_copy_that_comes_a_third_time_ends_the_family(api: Api, resident: Session) -> None:
    await refresh(api, resident)
    latest = await refresh(api, resident)
    assert await refuse(api, resident) == "session-reused"
    assert await refuse(api, latest) == "session-expired"


async def test_whoever_came_in_by_a_copy_is_found_out_by_the_next_refresh(api: Api, resident: Session) -> None:
    """Thief and owner hold the same generation now; the second of them to go on ends the family."""
    stolen = await refresh(api, resident)
    owner = await refresh(api, resident)
    latest = await refresh(api, stolen)
    await let_time_pass(api, resident)
    assert await refuse(api, owner) == "session-reused"
    assert await refuse(api, latest) == "session-expired"


async def test_an_older_generation_is_a_copy_at_once(api: Api, resident: Session) -> None:
    await refresh(api, await refresh(api, resident))
    assert await refuse(api, resident) == "session-reused"


async def test_of_refreshes_at_once_two_are_one_and_a_third_is_a_copy(api: Api, resident: Session) -> None:
    answers = await asyncio.gather(
        *(api.post("/v1/sessions/refresh", json={"refresh_token": resident.refresh_token}) for _ in range(3))
    )
    assert Counter(answer.status_code for answer in answers) == {200: 2, 401: 1}
    assert {slug_of(answer) for answer in answers if answer.status_code == 401} == {"session-reused"}
    [winner] = {answer.json()["refresh_token"] for answer in answers if answer.status_code == 200}
    assert slug_of(await api.post("/v1/sessions/refresh", json={"refresh_token": winner})) == "session-expired"


async def test_a_closed_session_is_refused_at_once_where_it_was_closed(api: Api, resident: Session) -> None:
    listed = (await api.get("/v1/me/sessions", by=resident)).json()["items"]
    assert (await api.delete(f"/v1/me/sessions/{listed[0]['id']}", by=resident)).status_code == 204
    refused = await api.get("/v1/me", by=resident)
    assert slug_of(refused) == "unauthenticated"
    assert await refuse(api, resident) == "session-expired"


async def test_a_closed_session_is_refused_in_another_process_within_seconds(
    api: Api, other: Api, resident: Session
) -> None:
    assert (await other.get("/v1/me", by=resident)).status_code == 200
    session_id = (await api.get("/v1/me/sessions", by=resident)).json()["items"][0]["id"]
    await api.delete(f"/v1/me/sessions/{session_id}", by=resident)
    assert slug_of(await wait_refused(other, resident)) == "unauthenticated"
    code = await other.post("/v1/codes", by=resident, json={"kind": "personal"})
    assert slug_of(code) == "unauthenticated"


async def test_a_process_that_starts_knows_what_ended_before(api: Api, roomy: Settings, resident: Session) -> None:
    session_id = (await api.get("/v1/me/sessions", by=resident)).json()["items"][0]["id"]
    await api.delete(f"/v1/me/sessions/{session_id}", by=resident)
    async with running_api(roomy) as started:
        assert slug_of(await started.get("/v1/me", by=resident)) == "unauthenticated"


async def test_somebody_elses_session_cannot_be_closed(api: Api, resident: Session, unverified: Session) -> None:
    theirs = (await api.get("/v1/me/sessions", by=unverified)).json()["items"][0]["id"]
    assert slug_of(await api.delete(f"/v1/me/sessions/{theirs}", by=resident)) == "not-found"
    assert slug_of(await api.delete(f"/v1/me/sessions/{uuid4()}", by=resident)) == "not-found"
    assert (await api.get("/v1/me", by=unverified)).status_code == 200


async def test_one_session_of_several_is_closed(api: Api, resident: Session) -> None:
    elsewhere = await log_in(api, resident.person, uuid4())
    listed = (await api.get("/v1/me/sessions", by=resident)).json()["items"]
    assert len(listed) == 2
    there = next(one["id"] for one in listed if not one["current"])
    assert (await api.delete(f"/v1/me/sessions/{there}", by=resident)).status_code == 204
    assert (await api.get("/v1/me", by=resident)).status_code == 200
    assert await refuse(api, elsewhere) == "session-expired"


async def test_a_session_that_was_not_refreshed_in_time_has_ended(api: Api, resident: Session) -> None:
    await end_by_waiting(api, resident)
    assert await refuse(api, resident) == "session-expired"
    assert (await api.get("/v1/me/sessions", by=resident)).json()["items"] == []


async def test_a_refresh_puts_the_end_off(roomy: Settings) -> None:
    async with running_api(dataclasses.replace(roomy, session_lifetime=600)) as brief:
        session = await log_in(brief, await make_person(brief))
        before = await brief.services.pool.fetchval(
            "SELECT expires_at FROM sessions WHERE resident_id = $1", session.person.resident_id
        )
        await refresh(brief, session)
        after = await brief.services.pool.fetchval(
            "SELECT expires_at FROM sessions WHERE resident_id = $1", session.person.resident_id
        )
    assert before < after < datetime.now(UTC) + timedelta(seconds=601)


@pytest.mark.parametrize(
    "token", ["x", "AAAA", "é", "a" * 512, "=" * 8, str(UUID(int=0)), "A" * 91], ids=lambda token: token[:6]
)
async def test_what_is_no_refresh_token_is_refused(api: Api, token: str) -> None:
    response = await api.post("/v1/sessions/refresh", json={"refresh_token": token})
    assert (response.status_code, slug_of(response)) == (401, "unauthenticated")


async def test_an_altered_refresh_token_ends_nothing(api: Api, resident: Session) -> None:
    """Whoever does not have the key cannot end a session by making up a generation."""
    token = resident.refresh_token
    altered = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    response = await api.post("/v1/sessions/refresh", json={"refresh_token": altered})
    assert slug_of(response) == "unauthenticated"
    await refresh(api, resident)


async def test_a_session_stays_with_its_installation(api: Api, resident: Session) -> None:
    """Trust goes with the installation that a session was opened on, and a refresh does not move it."""
    elsewhere = await log_in(api, resident.person, uuid4())
    assert (resident.assurance, elsewhere.assurance) == ("verified", "phone")
    assert (await refresh(api, elsewhere)).assurance == "phone"
    refreshed = await refresh(api, resident)
    assert refreshed.assurance == "verified"
    listed = (await api.get("/v1/me/sessions", by=refreshed)).json()["items"]
    current = next(one for one in listed if one["current"])
    assert current["installation_id"] == str(resident.installation_id)
