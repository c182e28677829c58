"""Who looked at my data: each look, to its subject alone, page by page, and disputed where it was not me."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest

from tests.api.harness import Api, Gate, Session, issue_code, make_gate, scan, slug_of


async def scan_times(api: Api, resident: Session, gate: Gate, times: int) -> list[str]:
    scans = [await scan(api, gate, await issue_code(api, resident)) for _ in range(times)]
    return [response.json()["scan_id"] for response in scans]


async def dispute(api: Api, by: Session, access_id: object, body: object = None) -> str:
    """204, or the refusal's slug."""
    response = await api.post(f"/v1/me/accesses/{access_id}/dispute", by=by, json={} if body is None else body)
    return slug_of(response) if response.content else str(response.status_code)


async def test_a_look_is_shown_as_it_was(api: Api, resident: Session, gate: Gate) -> None:
    [scan_id] = await scan_times(api, resident, gate, 1)
    response = await api.get("/v1/me/accesses", by=resident, headers={"Accept-Language": "en-GB"})
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["next_cursor"] is None
    [access] = response.json()["items"]
    assert datetime.fromisoformat(access.pop("at")) == datetime.fromisoformat(access.pop("recorded_at"))
    assert access == {
        "id": scan_id,
        "venue": {"id": str(gate.venue_id), "name": "甲医院", "province": "31"},
        "purpose": "hospital-registration",
        "purpose_title": "Hospital registration",
        "fields": ["kind", "masked_name"],
        "licence_type": None,
        "kind": "personal",
        "form": "dynamic",
        "offline": False,
        "staff": None,
        "outcome": "accepted",
        "annulled_at": None,
        "disputed_at": None,
        "kept_until": None,
    }


async def test_refused_scans_are_no_looks(api: Api, resident: Session, gate: Gate) -> None:
    code = await issue_code(api, resident)
    await scan(api, gate, code, purpose="metro-gate")
    await scan(api, gate, code[:-5])
    assert (await api.get("/v1/me/accesses", by=resident)).json()["items"] == []


async def test_looks_are_paged_newest_first(api: Api, resident: Session) -> None:
    gates = [await make_gate(api, purpose="library-entry"), await make_gate(api)]
    scanned = [await scan_times(api, resident, gates[number % 2], 1) for number in range(7)]
    seen: list[str] = []
    params: dict[str, str] = {"limit": "3"}
    pages = []
    while True:
        page = (await api.get("/v1/me/accesses", by=resident, params=params)).json()
        pages.append(len(page["items"]))
        seen += [access["id"] for access in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert pages == [3, 3, 1]
    assert seen == [scan_id for [scan_id] in reversed(scanned)]


async def test_a_page_that_ends_with_the_last_has_no_next(api: Api, resident: Session, gate: Gate) -> None:
    await scan_times(api, resident, gate, 3)
    page = (await api.get("/v1/me/accesses", by=resident, params={"limit": "3"})).json()
    assert (len(page["items"]), page["next_cursor"]) == (3, None)


@pytest.mark.parametrize("params", [{"cursor": "x"}, {"limit": "0"}, {"limit": "101"}, {"limit": "-1"}])
async def test_a_page_that_nobody_can_ask_for(api: Api, resident: Session, params: dict[str, str]) -> None:
    response = await api.get("/v1/me/accesses", by=resident, params=params)
    assert slug_of(response) == "invalid-request"
    assert [error["pointer"] for error in response.json()["errors"]] == [f"/{name}" for name in params]


async def test_nobody_sees_anothers_looks(api: Api, resident: Session, unverified: Session, gate: Gate) -> None:
    [scan_id] = await scan_times(api, resident, gate, 1)
    assert (await api.get("/v1/me/accesses", by=unverified)).json()["items"] == []
    assert await dispute(api, unverified, scan_id) == "not-found"


async def test_a_look_is_disputed_once_and_for_all(api: Api, resident: Session, gate: Gate) -> None:
    disputed, other = await scan_times(api, resident, gate, 2)
    assert await dispute(api, resident, disputed, {"reason": "我没有去过"}) == "204"
    first = {one["id"]: one["disputed_at"] for one in (await api.get("/v1/me/accesses", by=resident)).json()["items"]}
    assert first[disputed] is not None
    assert first[other] is None
    assert await dispute(api, resident, disputed, {"reason": "again"}) == "204"
    again = {one["id"]: one["disputed_at"] for one in (await api.get("/v1/me/accesses", by=resident)).json()["items"]}
    assert again == first


async def test_an_annulled_look_can_be_disputed_too(api: Api, resident: Session, gate: Gate) -> None:
    [scan_id] = await scan_times(api, resident, gate, 1)
    await api.post(f"/v1/scans/{scan_id}/annul", by=gate, json={"reason": "x"})
    assert await dispute(api, resident, scan_id) == "204"
    [access] = (await api.get("/v1/me/accesses", by=resident)).json()["items"]
    assert access["annulled_at"] is not None
    assert access["disputed_at"] is not None


@pytest.mark.parametrize("body", [{"reason": "x" * 501}, {"reason": 5}, []])
async def test_a_dispute_that_cannot_be_read(api: Api, resident: Session, gate: Gate, body: object) -> None:
    [scan_id] = await scan_times(api, resident, gate, 1)
    assert await dispute(api, resident, scan_id, body) == "invalid-request"


async def test_what_is_not_there_cannot_be_disputed(api: Api, resident: Session) -> None:
    assert await dispute(api, resident, uuid4()) == "not-found"
    assert await dispute(api, resident, "no-uuid") == "not-found"
