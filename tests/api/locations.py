"""Residents who report where they are, as tests speak of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx

from api.services import now
from app.rights.kinds import KINDS
from tests.api.harness import Api, Session

SHANGHAI = (121.4737, 31.2304)
"""People's Square."""
JIAXING = (120.7555, 30.7461)
"""In Zhejiang, far from any border."""
SUZHOU = (120.6196, 31.2990)
"""In Jiangsu."""


async def agree(api: Api, session: Session, *kinds: str) -> None:
    """Consents to positions in use; to others where they are named."""
    for kind in kinds or ("location",):
        response = await api.call("PUT", f"/v1/me/consents/{kind}", by=session, json={"version": KINDS[kind].version})
        assert response.status_code == 200, response.text


async def disagree(api: Api, session: Session, kind: str = "location") -> None:
    response = await api.delete(f"/v1/me/consents/{kind}", by=session)
    assert response.status_code == 200, response.text


async def report(
    api: Api,
    session: Session,
    place: tuple[float, float] = SHANGHAI,
    *,
    at: datetime | None = None,
    **changes: Any,
) -> httpx.Response:
    """One position of this minute."""
    body = {
        "longitude": place[0],
        "latitude": place[1],
        "datum": "wgs84",
        "accuracy_m": 20,
        "fixed_at": (at or now()).isoformat(),
    }
    return await api.post("/v1/me/locations", by=session, json=body | changes)


async def read(api: Api, session: Session, place: tuple[float, float] = SHANGHAI, **more: Any) -> dict[str, Any]:
    """What a report is answered."""
    response = await report(api, session, place, **more)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def before(seconds: float) -> datetime:
    """So many seconds ago."""
    return now() - timedelta(seconds=seconds)


async def travel(api: Api, session: Session, *, since: float = 3000) -> dict[str, Any]:
    """From Shanghai to Jiaxing by train, begun so many seconds ago: what the deciding position is answered."""
    await read(api, session, SHANGHAI, at=before(since))
    await read(api, session, JIAXING, at=before(since - 1000))
    return await read(api, session, JIAXING, at=before(since - 1300))


async def come_home(api: Api, session: Session, *, since: float = 800) -> dict[str, Any]:
    """The way back, after it: what the deciding position is answered."""
    await read(api, session, SHANGHAI, at=before(since))
    return await read(api, session, SHANGHAI, at=before(since - 300))


async def list_crossings(api: Api, session: Session) -> list[tuple[str, str, str, bool]]:
    """(from, to, seen by, told) of what is on record, the first first."""
    rows = await api.services.pool.fetch(
        "SELECT c.from_province, c.to_province, c.seen_by, c.told_at IS NOT NULL AS told FROM crossings AS c "
        "JOIN residents AS r ON r.subject_no = c.subject_no WHERE r.resident_id = $1 ORDER BY c.crossed_at",
        session.person.resident_id,
    )
    return [tuple(row.values()) for row in rows]


async def list_notices(api: Api, session: Session) -> list[dict[str, Any]]:
    """What was enqueued of crossings."""
    rows = await api.services.pool.fetch(
        "SELECT data, expires_at - created_at AS life FROM outbox WHERE recipient = $1 AND topic = 'roaming.arrived'",
        session.person.resident_id,
    )
    return [{**row["data"], "life": row["life"]} for row in rows]


async def list_keys(api: Api, session: Session) -> list[Any]:
    """Where Valkey remembers anything of the resident."""
    found: list[Any] = await api.services.valkey.keys(f"roaming:{{{session.person.resident_id}}}:*")
    return sorted(found)
