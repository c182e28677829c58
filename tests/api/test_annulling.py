"""A mistaken scan is taken back by the scanner that made it, within a day, once, and the resident is told."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from api.services import now
from tests.api.crafting import subject_of
from tests.api.harness import Api, Gate, Session, issue_code, make_gate, scan, slug_of
from tests.api.telling import list_messages


async def scan_once(api: Api, resident: Session, gate: Gate) -> str:
    response = await scan(api, gate, await issue_code(api, resident))
    scan_id: str = response.json()["scan_id"]
    return scan_id


async def annul(api: Api, gate: Gate, scan_id: object, reason: object = "扫错了人") -> str:
    """204, or the refusal's slug."""
    response = await api.post(f"/v1/scans/{scan_id}/annul", by=gate, json={"reason": reason})
    return slug_of(response) if response.content else str(response.status_code)


async def test_an_annulled_scan_stays_in_the_log_and_is_told(api: Api, resident: Session, gate: Gate) -> None:
    scan_id = await scan_once(api, resident, gate)
    assert await annul(api, gate, scan_id) == "204"
    [access] = (await api.get("/v1/me/accesses", by=resident)).json()["items"]
    assert (access["id"], access["outcome"]) == (scan_id, "annulled")
    assert access["annulled_at"] is not None
    told = await list_messages(api, resident, 2)
    assert {message["topic"]: message["access_id"] for message in told} == {
        "scan.annulled": scan_id,
        "code.scanned": scan_id,
    }


async def test_annulling_twice_is_annulling_once(api: Api, resident: Session, gate: Gate) -> None:
    scan_id = await scan_once(api, resident, gate)
    assert [await annul(api, gate, scan_id) for _ in range(3)] == ["204"] * 3
    count = await api.services.pool.fetchval(
        "SELECT count(*) FROM outbox WHERE routing_key = $1 AND topic = 'scan.annulled'",
        await subject_of(api, resident),
    )
    assert count == 1


async def test_the_code_stays_used(api: Api, resident: Session, gate: Gate) -> None:
    code = await issue_code(api, resident)
    scan_id = (await scan(api, gate, code)).json()["scan_id"]
    await annul(api, gate, scan_id)
    assert slug_of(await scan(api, gate, code)) == "code-already-used"


async def test_another_scanners_scan_is_not_there(api: Api, resident: Session, gate: Gate) -> None:
    scan_id = await scan_once(api, resident, gate)
    assert await annul(api, await make_gate(api), scan_id) == "not-found"
    assert await annul(api, gate, uuid4()) == "not-found"
    assert await annul(api, gate, "no-uuid") == "not-found"
    [access] = (await api.get("/v1/me/accesses", by=resident)).json()["items"]
    assert access["outcome"] == "accepted"


@pytest.mark.parametrize(("hours", "answer"), [(23.9, "204"), (24.1, "scan-not-annullable")])
async def test_a_day_is_the_time_to_annul_in(
    api: Api, resident: Session, gate: Gate, hours: float, answer: str
) -> None:
    scan_id = await scan_once(api, resident, gate)
    await api.services.pool.execute(
        "UPDATE accesses SET recorded_at = $2 WHERE access_id = $1", scan_id, now() - timedelta(hours=hours)
    )
    assert await annul(api, gate, scan_id) == answer


@pytest.mark.parametrize("reason", ["", None, "x" * 201, 5])
async def test_a_reason_is_needed(api: Api, resident: Session, gate: Gate, reason: object) -> None:
    assert await annul(api, gate, await scan_once(api, resident, gate), reason) == "invalid-request"


async def test_the_reason_is_sealed(api: Api, resident: Session, gate: Gate) -> None:
    """It may name the person who was taken for another."""
    scan_id = await scan_once(api, resident, gate)
    await annul(api, gate, scan_id, "误扫成了张三")
    row = await api.services.pool.fetchrow("SELECT sealed_reason FROM access_marks WHERE access_id = $1", scan_id)
    assert row is not None
    assert "张三".encode() not in row["sealed_reason"]
    resident_row = await api.services.pool.fetchrow(
        "SELECT wrapped_key FROM residents WHERE resident_id = $1", resident.person.resident_id
    )
    assert resident_row is not None
    key = api.services.vault.open_data_key(resident_row["wrapped_key"], resident.person.resident_id)
    assert key.open(row["sealed_reason"], "reason") == "误扫成了张三"
