"""Residents who use their rights, as tests speak of them."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from api.services import now
from app.rights.erasing import Eraser, erase_resident
from tests.api.harness import Api, Session, request_otp

KEPT = timedelta(days=200)


async def request_deletion(api: Api, session: Session, **changes: Any) -> httpx.Response:
    """Asks for it with a one-time password of the resident's own phone."""
    challenge_id, otp = await request_otp(api, session.person.phone)
    proof = {"grant": "otp", "challenge_id": str(challenge_id), "otp": otp}
    body = {"confirmation": "delete-my-account", "proof": proof} | changes
    return await api.post("/v1/me/deletion", by=session, json=body)


async def end_grace(api: Api, resident_id: UUID) -> None:
    """The days of grace go by."""
    await api.services.pool.execute(
        "UPDATE deletions SET due_at = $2 WHERE resident_id = $1", resident_id, now() - timedelta(seconds=1)
    )


def make_eraser(api: Api) -> Eraser:
    return Eraser(api.services.pool, api.services.vault, api.services.ring, KEPT)


async def erase(api: Api, resident_id: UUID) -> bool:
    """What the worker does when the grace is over."""
    return await erase_resident(make_eraser(api), resident_id, now())


async def leave(api: Api, session: Session) -> None:
    """Asks, waits and is erased."""
    response = await request_deletion(api, session)
    assert response.status_code == 202, response.text
    await end_grace(api, session.person.resident_id)
    assert await erase(api, session.person.resident_id)


@dataclasses.dataclass
class Export:
    """An archive, opened."""

    page: str
    data: dict[str, Any]


def open_export(body: bytes) -> Export:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["index.html", "data.json"]
        return Export(archive.read("index.html").decode(), json.loads(archive.read("data.json")))


def read_time(text: str) -> datetime:
    return datetime.fromisoformat(text)
