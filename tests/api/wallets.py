"""Wallets with something in them, and venues that look at it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from app.licences.types import get_types
from tests.api.harness import Api, Gate, Session
from tests.harness.licences import hold_licence

PATH = "/v1/wallet/licences"
IDENTITY_CARD = "resident-identity-card"


async def hold(api: Api, holder: Session | UUID | str, type_id: str = IDENTITY_CARD, **changes: Any) -> str:
    """A licence put into the wallet of a resident, or of the company of this id where the kind is for companies."""
    services = api.services
    holder_id = holder.person.resident_id if isinstance(holder, Session) else UUID(str(holder))
    kind = (await get_types(services.pool))[type_id].holder
    return str(await hold_licence(services.pool, services.vault, holder_id, type_id, kind=kind, **changes))


async def list_wallet(api: Api, by: Session, delegation_id: str | None = None) -> list[dict[str, Any]]:
    response = await api.get(PATH, by=by, params={"delegation_id": delegation_id} if delegation_id else {})
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def get_one(api: Api, by: Session, licence_id: str, delegation_id: str | None = None) -> httpx.Response:
    params = {"delegation_id": delegation_id} if delegation_id else {}
    return await api.get(f"{PATH}/{licence_id}", by=by, params=params)


async def present(api: Api, by: Session, licence_id: str, **body: Any) -> httpx.Response:
    headers = body.pop("headers", {})
    return await api.post(f"{PATH}/{licence_id}/presentations", by=by, json=body, headers=headers)


async def show(api: Api, by: Session, licence_id: str, **body: Any) -> str:
    """The text of a code that shows a licence."""
    response = await present(api, by, licence_id, **body)
    assert response.status_code == 201, response.text
    code: str = response.json()["code"]
    return code


async def look(api: Api, gate: Gate, code: str, key: str | None = None, **body: Any) -> httpx.Response:
    """The gate asks what a licence in hand says."""
    headers = {"Idempotency-Key": key} if key else {}
    return await api.post("/v1/presentations", by=gate, json={"code": code, **body}, headers=headers)


async def told(api: Api, gate: Gate, code: str, **body: Any) -> dict[str, Any]:
    """What the gate was told of the one licence that was shown."""
    response = await look(api, gate, code, **body)
    assert response.status_code == 201, response.text
    (item,) = response.json()["items"]
    return dict(item)


async def list_looks(api: Api, by: Session) -> list[dict[str, Any]]:
    """The accesses of a resident that were looks at licences, newest first."""
    response = await api.get("/v1/me/accesses", by=by)
    assert response.status_code == 200, response.text
    return [item for item in response.json()["items"] if item["licence_type"] is not None]
