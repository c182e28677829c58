"""Residents who report where they are, as tests speak of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx

from api.services import now
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
        response = await api.call("PUT", f"/v1/me/consents/{kind}", by=session, json={"version": 1})
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
