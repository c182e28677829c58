"""Scanners as their manager sees them: listed, renewed, closed with their venue, handed over with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.services import now
from app.people.model import Role
from app.venues.registering import approve_venue
from tests.api.devices import Device
from tests.api.harness import Api, Gate, Session, issue_code, log_in, make_gate, make_person, scan, slug_of
from tests.api.test_venues import VENUE


@pytest.fixture
async def own_gate(api: Api, manager: Session) -> Gate:
    """A scanner of the manager who is logged in."""
    gate = await make_gate(api)
    manager_id = manager.person.resident_id
    await api.services.pool.execute("UPDATE venues SET manager_id = $2 WHERE venue_id = $1", gate.venue_id, manager_id)
    return Gate(gate.venue_id, gate.scanner_id, manager_id, gate.purpose, gate.credential)


def path_of(gate: Gate, more: str = "") -> str:
    return f"/v1/venues/{gate.venue_id}{more}"


async def list_all(api: Api, manager: Session, gate: Gate, limit: int = 2) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": limit}
    while True:
        page = (await api.get(path_of(gate, "/scanners"), by=manager, params=params)).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


async def test_a_manager_sees_their_scanners(api: Api, manager: Session, own_gate: Gate) -> None:
    device = Device()
    for number in range(3):
        body = {"name": f"门{number}", "public_key": device.jwk if number == 0 else None}
        added = await api.post(path_of(own_gate, "/scanners"), by=manager, json=body)
        assert added.status_code == 201, added.text
    await api.delete(path_of(own_gate, f"/scanners/{own_gate.scanner_id}"), by=manager)
    found = await list_all(api, manager, own_gate)
    assert [one["name"] for one in found] == ["gate", "门0", "门1", "门2"]
    assert [one["key_thumbprint"] for one in found] == [None, device.thumbprint, None, None]
    assert found[0]["revoked_at"] is not None
    assert found[1]["last_used_at"] is None
    stranger = await log_in(api, await make_person(api, role=Role.MANAGER))
    assert slug_of(await api.get(path_of(own_gate, "/scanners"), by=stranger)) == "not-found"


async def test_a_scanner_with_its_key_from_enrolment_on(api: Api, manager: Session, own_gate: Gate) -> None:
    device = Device("EdDSA")
    added = await api.post(path_of(own_gate, "/scanners"), by=manager, json={"public_key": device.jwk})
    credential = added.json()["credential"]
    assert slug_of(await api.get("/v1/scanner", by=credential)) == "dpop-proof-invalid"
    assert (await device.call(api, "GET", "/v1/scanner", credential)).status_code == 200
    assert slug_of(await device.register(api, credential)) == "scanner-key-registered"


async def test_when_a_scanner_was_last_used_is_kept_without_a_write_a_scan(
    api: Api, manager: Session, own_gate: Gate
) -> None:
    before = datetime.now(UTC)
    for code in ("x", "y", "SX1:ABC"):
        await scan(api, own_gate, code)
    await api.services.tallies.put_down(api.services.pool)
    for code in ("z",):
        await scan(api, own_gate, code)
    await api.services.tallies.put_down(api.services.pool)
    [seen] = await list_all(api, manager, own_gate)
    assert before <= datetime.fromisoformat(seen["last_used_at"]) <= datetime.now(UTC)
    day = (await api.get(path_of(own_gate, "/scans/counts"), by=manager)).json()
    counted = {(one["scanner_id"], one["reason"]): one["count"] for one in day["refusals"]}
    assert counted == {
        (str(own_gate.scanner_id), "code-not-ours"): 3,
        (str(own_gate.scanner_id), "code-malformed"): 1,
    }


async def test_a_renewed_scanner_keeps_its_key_and_for_ten_minutes_its_old_credential(
    api: Api, manager: Session, own_gate: Gate
) -> None:
    device = Device()
    await device.register(api, own_gate.credential)
    renewed = await api.post(path_of(own_gate, f"/scanners/{own_gate.scanner_id}/renew"), by=manager)
    assert renewed.status_code == 201, renewed.text
    assert renewed.json()["scanner_id"] == str(own_gate.scanner_id)
    new = renewed.json()["credential"]
    api.services.scanners._known.clear()
    seen = (await device.call(api, "GET", "/v1/scanner", new)).json()
    assert (seen["key_thumbprint"], seen["warnings"]) == (device.thumbprint, [])
    old = (await device.call(api, "GET", "/v1/scanner", own_gate.credential)).json()
    left = datetime.fromisoformat(old["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    assert old["warnings"] == ["credential-ends-soon"]
    await api.services.pool.execute(
        "UPDATE scanners SET previous_until = $2 WHERE scanner_id = $1", own_gate.scanner_id, now()
    )
    api.services.scanners._known.clear()
    assert (await device.call(api, "GET", "/v1/scanner", own_gate.credential)).status_code == 401
    assert (await device.call(api, "GET", "/v1/scanner", new)).status_code == 200


async def test_what_was_revoked_is_not_renewed(api: Api, manager: Session, own_gate: Gate) -> None:
    path = path_of(own_gate, f"/scanners/{own_gate.scanner_id}")
    await api.delete(path, by=manager)
    for gone in (f"{path}/renew", path_of(own_gate, f"/scanners/{uuid4()}/renew")):
        assert slug_of(await api.post(gone, by=manager)) == "not-found"


async def test_a_credential_that_ends_within_a_week_says_so(api: Api, resident: Session, own_gate: Gate) -> None:
    early = await scan(api, own_gate, await issue_code(api, resident))
    assert early.json()["warnings"] == ["check-person"]
    await api.services.pool.execute(
        "UPDATE scanners SET expires_at = $2 WHERE scanner_id = $1", own_gate.scanner_id, now() + timedelta(days=6)
    )
    api.services.scanners._known.clear()
    late = await scan(api, own_gate, await issue_code(api, resident))
    assert late.json()["warnings"] == ["check-person", "credential-ends-soon"]


async def test_a_changed_venue_waits_for_approval_again(
    api: Api, manager: Session, operator: Session, own_gate: Gate
) -> None:
    same = await api.patch(path_of(own_gate), by=manager, json={"name": "甲医院", "requires_shift": False})
    assert same.json()["approved_at"] is not None
    moved = await api.patch(path_of(own_gate), by=manager, json={"address": "新路2号"})
    assert (moved.status_code, moved.json()["address"], moved.json()["approved_at"]) == (200, "新路2号", None)
    assert moved.json()["name"] == "甲医院"
    api.services.scanners._known.clear()
    assert slug_of(await scan(api, own_gate, "x")) == "venue-not-approved"
    assert (await api.post(path_of(own_gate, "/approve"), by=operator)).json()["approved_at"] is not None
    api.services.scanners._known.clear()
    assert slug_of(await scan(api, own_gate, "x")) == "code-not-ours"


async def test_a_closed_venue_is_over(api: Api, manager: Session, operator: Session, own_gate: Gate) -> None:
    assert (await api.delete(path_of(own_gate), by=manager)).status_code == 204
    api.services.scanners._known.clear()
    assert slug_of(await scan(api, own_gate, "x")) == "unauthenticated"
    ids = [one["id"] for one in (await api.get("/v1/venues", by=manager)).json()["items"]]
    assert str(own_gate.venue_id) not in ids
    gone = [
        await api.delete(path_of(own_gate), by=manager),
        await api.patch(path_of(own_gate), by=manager, json={"name": "x"}),
        await api.post(path_of(own_gate, "/scanners"), by=manager, json={}),
        await api.post(path_of(own_gate, "/approve"), by=operator),
    ]
    assert [slug_of(one) for one in gone] == ["not-found"] * 4


async def test_a_venue_works_on_without_its_manager(api: Api, own_gate: Gate, manager: Session) -> None:
    """A lock ends a person's own credentials; a hospital's gates are not the person's."""
    await api.post("/v1/me/lock", by=manager)
    await api.services.pool.execute("DELETE FROM roles WHERE resident_id = $1", own_gate.manager_id)
    api.services.scanners._known.clear()
    assert slug_of(await scan(api, own_gate, "x")) == "code-not-ours"


async def test_an_operator_hands_a_venue_over_and_both_are_told(
    api: Api, manager: Session, operator: Session, own_gate: Gate, resident: Session
) -> None:
    heir = await log_in(api, await make_person(api, role=Role.MANAGER))
    body = {"resident_id": str(heir.person.resident_id)}
    nobody = await api.post(
        path_of(own_gate, "/manager"), by=operator, json={"resident_id": str(resident.person.resident_id)}
    )
    assert (nobody.status_code, slug_of(nobody)) == (422, "invalid-request")
    for _ in range(2):
        moved = await api.post(path_of(own_gate, "/manager"), by=operator, json=body)
        assert moved.status_code == 200, moved.text
    told = await api.services.pool.fetch(
        "SELECT recipient FROM outbox WHERE topic = 'venue.transferred' AND data ->> 'venue_id' = $1",
        str(own_gate.venue_id),
    )
    assert {row["recipient"] for row in told} == {manager.person.resident_id, heir.person.resident_id}
    assert len(told) == 2
    assert slug_of(await api.get(path_of(own_gate, "/scanners"), by=manager)) == "not-found"
    assert (await api.get(path_of(own_gate, "/scanners"), by=heir)).status_code == 200
    assert slug_of(await scan(api, own_gate, "x")) == "code-not-ours"


async def test_a_venue_that_is_not_there_goes_to_nobody(api: Api, manager: Session, operator: Session) -> None:
    body = {"resident_id": str(manager.person.resident_id)}
    assert slug_of(await api.post(f"/v1/venues/{uuid4()}/manager", by=operator, json=body)) == "not-found"


async def test_a_renewal_that_is_repeated_is_the_same(api: Api, manager: Session, own_gate: Gate) -> None:
    path = path_of(own_gate, f"/scanners/{own_gate.scanner_id}/renew")
    answers = [await api.post(path, by=manager, headers={"Idempotency-Key": "renewal"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()


async def test_approval_is_for_open_venues(api: Api, manager: Session, operator: Session) -> None:
    venue = (await api.post("/v1/venues", by=manager, json=VENUE)).json()
    approved = await approve_venue(
        api.services.pool, venue_id=venue["id"], operator_id=operator.person.resident_id, now=now()
    )
    assert approved.approved_at is not None
