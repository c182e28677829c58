"""A venue's own view of its scans: nothing of the holder, nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from api.services import now
from app.venues import history
from app.venues.calendar import day_of, span_of
from tests.api.harness import Api, Gate, Session, issue_code, scan, slug_of
from tests.api.test_scanners import own_gate, path_of
from tests.api.test_shifts import add, sign_in

__all__ = ["own_gate"]


async def project(api: Api, *, later: timedelta = timedelta(seconds=5)) -> None:
    """What the worker does, a moment later."""
    await history.project_scans(api.services.pool, now() + later)


async def show(api: Api, manager: Session, gate: Gate, **params: Any) -> dict[str, Any]:
    response = await api.get(path_of(gate, "/scans"), by=manager, params=params)
    assert response.status_code == 200, response.text
    shown: dict[str, Any] = response.json()
    return shown


async def count(api: Api, manager: Session, gate: Gate, **params: Any) -> dict[str, Any]:
    response = await api.get(path_of(gate, "/scans/counts"), by=manager, params=params)
    assert response.status_code == 200, response.text
    counted: dict[str, Any] = response.json()
    return counted


async def test_a_day_shows_its_scans_and_nothing_of_their_holders(
    api: Api, manager: Session, own_gate: Gate, resident: Session
) -> None:
    who = await add(api, manager, own_gate, "A7")
    first = (await scan(api, own_gate, await issue_code(api, resident))).json()["scan_id"]
    await sign_in(api, own_gate, who)
    second = (await scan(api, own_gate, await issue_code(api, resident))).json()["scan_id"]
    await project(api)
    await api.post(f"/v1/scans/{first}/annul", by=own_gate, json={"reason": "误扫"})
    await project(api, later=timedelta(seconds=6))
    day = await show(api, manager, own_gate)
    assert [(one["id"], one["outcome"], one["staff"], one["staff_number"]) for one in day["items"]] == [
        (second, "accepted", who.pseudonym, "A7"),
        (first, "annulled", None, None),
    ]
    online = {"form": "dynamic", "offline": False, "synced_at": None, "used_again_at": None}
    assert day["items"][0].keys() == {"id", "at", "outcome", "scanner", "staff", "staff_number", *online}
    assert {name: day["items"][0][name] for name in online} == online
    assert day["items"][0]["scanner"] == "gate"
    counts = await count(api, manager, own_gate)
    [hour] = counts["hours"]
    assert (hour["accepted"], hour["annulled"]) == (1, 1)
    assert 0 <= hour["hour"] < 24
    assert counts["day"] == day_of(now()).isoformat()
    yesterday = (day_of(now()) - timedelta(days=1)).isoformat()
    assert (await show(api, manager, own_gate, day=yesterday))["items"] == []
    assert (await count(api, manager, own_gate, day=yesterday)) == {"day": yesterday, "hours": [], "refusals": []}


async def test_a_day_is_paged(api: Api, manager: Session, own_gate: Gate, resident: Session) -> None:
    made = [(await scan(api, own_gate, await issue_code(api, resident))).json()["scan_id"] for _ in range(5)]
    await project(api)
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = await show(api, manager, own_gate, **params)
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert seen == made[::-1]


async def test_only_its_manager_sees_a_venues_scans(api: Api, operator: Session, manager: Session, gate: Gate) -> None:
    for path in ("/scans", "/scans/counts"):
        assert slug_of(await api.get(path_of(gate, path), by=manager)) == "not-found"
    assert (await api.get(path_of(gate, "/scans"), by=operator)).status_code == 403


async def test_what_is_recorded_late_is_taken_late(api: Api, own_gate: Gate, resident: Session) -> None:
    """A scan whose transaction was held up for an hour is found by the sweep of the next."""
    late = (await scan(api, own_gate, await issue_code(api, resident))).json()["scan_id"]
    moment = now()
    await api.services.pool.execute(
        "UPDATE accesses SET recorded_at = $2 WHERE access_id = $1", late, moment - timedelta(minutes=50)
    )
    await api.services.pool.execute(
        "INSERT INTO projections VALUES ('venue-scans', $1, $1) "
        "ON CONFLICT (projection) DO UPDATE SET until_at = $1, swept_at = $1",
        moment,
    )
    await history.project_scans(api.services.pool, moment + timedelta(seconds=3))
    held = "SELECT count(*) FROM venue_scans WHERE access_id = $1"
    assert await api.services.pool.fetchval(held, late) == 0
    await history.project_scans(api.services.pool, moment + timedelta(minutes=61))
    assert await api.services.pool.fetchval(held, late) == 1


async def test_workers_at_once_and_again_put_each_row_in_once(
    api: Api, manager: Session, own_gate: Gate, resident: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    await project(api)  # what other tests have left, in large pages
    monkeypatch.setattr(history, "PAGE", 3)
    made = {(await scan(api, own_gate, await issue_code(api, resident))).json()["scan_id"] for _ in range(10)}
    await asyncio.gather(*(project(api) for _ in range(4)))
    await project(api)
    shown = [one["id"] for one in (await show(api, manager, own_gate, limit=100))["items"]]
    assert len(shown) == 10
    assert set(shown) == made


async def test_a_backlog_of_days_is_taken_in_pieces(
    api: Api, own_gate: Gate, resident: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was away for long goes on, and each of its transactions covers a bounded stretch."""
    monkeypatch.setattr(history, "PAGE", 2)
    pool, moment = api.services.pool, now() - timedelta(days=30)  # when no other test's scans are
    made = [(await scan(api, own_gate, await issue_code(api, resident))).json()["scan_id"] for _ in range(7)]
    for number, scan_id in enumerate(made):
        at = moment - timedelta(hours=3 * (7 - number))
        await pool.execute("UPDATE accesses SET recorded_at = $2 WHERE access_id = $1", scan_id, at)
    set_back = (
        "INSERT INTO projections VALUES ('venue-scans', $1, $1) "
        "ON CONFLICT (projection) DO UPDATE SET until_at = $1, swept_at = $1"
    )
    await pool.execute(set_back, moment - timedelta(days=2))
    await history.project_scans(pool, moment)
    await pool.execute(set_back, now() - timedelta(minutes=5))
    held = "SELECT count(*) FROM venue_scans WHERE access_id = ANY($1::uuid[])"
    assert await pool.fetchval(held, made) == 7


async def test_old_scans_are_forgotten(api: Api, own_gate: Gate, resident: Session) -> None:
    old = (await scan(api, own_gate, await issue_code(api, resident))).json()["scan_id"]
    fresh = (await scan(api, own_gate, await issue_code(api, resident))).json()["scan_id"]
    await project(api)
    pool = api.services.pool
    await pool.execute("UPDATE venue_scans SET recorded_at = $2 WHERE access_id = $1", old, now() - timedelta(days=91))
    await history.forget_history(pool, now())
    held = await pool.fetch("SELECT access_id FROM venue_scans WHERE access_id = ANY($1::uuid[])", [old, fresh])
    assert [str(row["access_id"]) for row in held] == [fresh]


def test_a_day_is_beijings() -> None:
    begins, ends = span_of(date(2026, 7, 1))
    assert begins.isoformat() == "2026-07-01T00:00:00+08:00"
    assert ends - begins == timedelta(days=1)
    assert day_of(begins) == date(2026, 7, 1)
    assert day_of(begins - timedelta(microseconds=1)) == date(2026, 6, 30)
