"""Check-ins: one event, one log, the same consent and refusals as a scan; the venue's screen shows it at once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api import inbox_hub
from api.services import now
from app.database import transaction
from app.people.bindings import bind, end_binding
from app.people.model import BindingKind
from app.people.rules import mask_name
from tests.api.crafting import subject_of
from tests.api.harness import Api, Gate, Session, log_in, make_gate, make_person, slug_of
from tests.api.telling import delivering, list_messages, open_stream
from tests.api.test_scanners import own_gate
from tests.api.test_venue_scans import project, show

__all__ = ["own_gate"]


async def tap(api: Api, session: Session, gate: Gate, key: str | None = None, **body: Any) -> httpx.Response:
    """The resident has read the poster and says so."""
    headers = {"Idempotency-Key": key} if key else {}
    sent = {"kind": "personal", "venue_id": str(gate.venue_id), **body}
    return await api.post("/v1/me/check-ins", by=session, json=sent, headers={"Accept-Language": "en", **headers})


async def list_accesses(api: Api, session: Session) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await api.get("/v1/me/accesses", by=session)).json()["items"]
    return items


async def care_for(api: Api, carer: Session, relative: Session) -> UUID:
    """Lets one show the other."""
    binding_id = uuid4()
    async with transaction(api.services.pool) as db:
        await bind(
            db,
            kind=BindingKind.CARE,
            binding_id=binding_id,
            shows=carer.person.resident_id,
            is_shown=relative.person.resident_id,
            principal_id=carer.person.resident_id,
            ends_at=None,
            now=now(),
        )
    return binding_id


async def test_a_check_in_is_a_look_like_a_scan(api: Api, resident: Session, gate: Gate) -> None:
    answer = await tap(api, resident, gate)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()
    assert UUID(made["id"]).version == 7
    assert abs(datetime.fromisoformat(made["at"]) - now()) < timedelta(seconds=60)
    assert {name: made[name] for name in ("kind", "purpose", "purpose_title", "fields")} == {
        "kind": "personal",
        "purpose": "hospital-registration",
        "purpose_title": "Hospital registration",
        "fields": ["kind", "masked_name"],
    }
    [access] = await list_accesses(api, resident)
    assert (access["id"], access["form"], access["offline"]) == (made["id"], "check-in", False)
    assert access["venue"] == made["venue"] == {"id": str(gate.venue_id), "name": "甲医院", "province": "31"}
    [message] = await list_messages(api, resident, 1)
    assert (message["topic"], message["access_id"]) == ("checked-in", made["id"])


async def test_a_second_tap_within_a_minute_is_the_same(api: Api, resident: Session, gate: Gate) -> None:
    answers = await asyncio.gather(*(tap(api, resident, gate) for _ in range(8)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    elsewhere = await make_gate(api)
    assert (await tap(api, resident, elsewhere)).json()["id"] != answers[0].json()["id"]
    assert len(await list_accesses(api, resident)) == 2
    await api.services.pool.execute(
        "UPDATE accesses SET expires_at = recorded_at WHERE subject_no = $1", await subject_of(api, resident)
    )
    assert (await tap(api, resident, gate)).json()["id"] != answers[0].json()["id"]


async def test_a_repeated_request_gets_its_first_answer(api: Api, resident: Session, gate: Gate) -> None:
    first = await tap(api, resident, gate, "once")
    await api.services.pool.execute(
        "UPDATE accesses SET expires_at = recorded_at WHERE subject_no = $1", await subject_of(api, resident)
    )
    assert (await tap(api, resident, gate, "once")).json() == first.json()
    assert slug_of(await tap(api, resident, await make_gate(api), "once")) == "idempotency-key-reused"


async def test_who_may_check_in_where(
    api: Api, resident: Session, unverified: Session, newcomer: Session, gate: Gate
) -> None:
    assert slug_of(await tap(api, unverified, gate)) == "identity-not-verified"
    assert slug_of(await tap(api, newcomer, gate)) == "installation-not-approved"
    assert slug_of(await tap(api, resident, await make_gate(api, approved=False))) == "venue-not-approved"
    assert slug_of(await tap(api, resident, gate, venue_id=str(uuid4()))) == "not-found"
    assert slug_of(await tap(api, resident, gate, kind="care", relative_id=str(uuid4()))) == "binding-ended"
    await api.services.pool.execute(
        "UPDATE subjects SET suspended_at = $2 WHERE subject_no = $1", await subject_of(api, resident), now()
    )
    assert slug_of(await tap(api, resident, gate)) == "code-revoked"
    assert await list_accesses(api, resident) == []


async def test_what_is_withheld_is_not_answered(api: Api, resident: Session, gate: Gate) -> None:
    subject_no = await subject_of(api, resident)
    await api.services.pool.execute("UPDATE subjects SET withheld = '{masked_name}' WHERE subject_no = $1", subject_no)
    assert (await tap(api, resident, gate)).json()["fields"] == ["kind"]


async def test_a_relative_is_checked_in_and_both_are_told(api: Api, resident: Session, gate: Gate) -> None:
    carer = await log_in(api, await make_person(api, name="李小红"))
    relative_id = await care_for(api, carer, resident)
    made = await tap(api, carer, gate, kind="care", relative_id=str(relative_id))
    assert (made.status_code, made.json()["kind"]) == (201, "care")
    for person in (carer, resident):
        assert [access["id"] for access in await list_accesses(api, person)] == [made.json()["id"]]
        assert [message["topic"] for message in await list_messages(api, person, 1)] == ["checked-in"]
    async with transaction(api.services.pool) as db:
        await end_binding(db, relative_id, [carer.person.resident_id, resident.person.resident_id], now())
    assert slug_of(await tap(api, carer, gate, kind="care", relative_id=str(relative_id))) == "binding-ended"


@pytest.mark.parametrize("hints", [True, False])
async def test_the_venues_screen_shows_it_within_two_seconds(
    api: Api, resident: Session, gate: Gate, monkeypatch: pytest.MonkeyPatch, *, hints: bool
) -> None:
    if not hints:
        monkeypatch.setattr(inbox_hub, "_LOOK_SECONDS_WITH_HINTS", 0.2)
    async with (
        delivering(api, hints=hints),
        open_stream(api, gate, path="/v1/scans/stream", event="check-in") as screen,
    ):
        assert screen.headers["content-type"].startswith("text/event-stream")
        made = (await tap(api, resident, gate)).json()
        [(_, seen)] = await screen.take(1, seconds=10)
    assert seen == {
        "scan_id": made["id"],
        "scanned_at": made["at"],
        "holder": {"masked_name": mask_name(resident.person.name)},
        "warnings": ["check-person"],
        "form": "check-in",
        "kind": "personal",
    }


async def test_a_screen_shows_its_own_venue_and_what_the_purpose_needs(api: Api, resident: Session) -> None:
    library, other = await make_gate(api, purpose="library-entry"), await make_gate(api)
    async with delivering(api), open_stream(api, library, path="/v1/scans/stream", event="check-in") as screen:
        await tap(api, resident, other)
        made = (await tap(api, resident, library)).json()
        [(_, seen)] = await screen.take(1, seconds=10)
    assert (seen["scan_id"], seen["holder"], seen["kind"]) == (made["id"], {}, "personal")


async def test_a_screen_goes_on_where_it_was(api: Api, resident: Session, gate: Gate) -> None:
    async with delivering(api):
        async with open_stream(api, gate, path="/v1/scans/stream", event="check-in") as screen:
            await tap(api, resident, gate)
            [(place, _)] = await screen.take(1, seconds=10)
        another = await log_in(api, await make_person(api))
        made = (await tap(api, another, gate)).json()
        async with (
            open_stream(api, gate, path="/v1/scans/stream", event="check-in", last_event_id=place) as screen,
            asyncio.timeout(10),
        ):
            async for _, seen in screen.events():
                if seen["scan_id"] == made["id"]:
                    break


async def test_a_revoked_scanner_sees_nothing_more(api: Api, resident: Session, gate: Gate) -> None:
    async with delivering(api), open_stream(api, gate, path="/v1/scans/stream", event="check-in") as screen:
        await api.services.pool.execute(
            "UPDATE scanners SET revoked_at = $2 WHERE scanner_id = $1", gate.scanner_id, now()
        )
        api.services.scanners._known.clear()
        await tap(api, resident, gate)
        await screen.wait_ended(10)
    assert slug_of(await api.get("/v1/scans/stream", by=await make_gate(api, approved=False))) == "venue-not-approved"


async def test_the_venues_day_has_its_check_ins(api: Api, resident: Session, manager: Session, own_gate: Gate) -> None:
    made = (await tap(api, resident, own_gate)).json()
    await project(api)
    [row] = (await show(api, manager, own_gate))["items"]
    assert (row["id"], row["form"], row["scanner"], row["outcome"]) == (made["id"], "check-in", None, "accepted")
