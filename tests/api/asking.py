"""Venues that ask, residents who answer, for the tests of presentations."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import httpx
import msgspec

from api.services import now
from codes import base64url
from codes.sd_jwt_presenting import HolderKey, present
from tests.api.harness import Api, Gate, Session, issue_code, make_gate, scan
from tests.harness.licences import hold_licence

FIELDS = {"name": "王小明", "id_number": "310101199003071234", "address": "随行路1号", "photo": "cGhvdG8="}
CARD = "resident-identity-card"


class Hotel(msgspec.Struct, frozen=True):
    """A hotel's desk, a guest, and the guest's identity card."""

    api: Api
    gate: Gate
    guest: Session
    licence_id: UUID

    async def ask(self, key: str | None = None, **body: Any) -> httpx.Response:
        """Asks for the card, openly unless told otherwise."""
        headers = {"Idempotency-Key": key} if key else {}
        asked = {"licence_type": CARD, **body}
        asked = {name: value for name, value in asked.items() if value is not None}
        return await self.api.post("/v1/presentations", by=self.gate, json=asked, headers=headers)

    async def asked(self, **body: Any) -> dict[str, Any]:
        response = await self.ask(**body)
        assert response.status_code == 201, response.text
        found: dict[str, Any] = response.json()
        return found

    async def open(self, asked: dict[str, Any], by: Session | None = None) -> httpx.Response:
        return await self.api.get(f"/v1/me/presentations/{asked['id']}", by=by or self.guest)

    async def answer(self, asked: dict[str, Any], by: Session | None = None, **body: Any) -> httpx.Response:
        path = f"/v1/me/presentations/{asked['id']}/answer"
        return await self.api.post(path, by=by or self.guest, json=body)

    async def grant(self, asked: dict[str, Any], **body: Any) -> httpx.Response:
        answer = {"grant": True, "licences": {"licence": str(self.licence_id)}, **body}
        return await self.answer(asked, **answer)

    async def fetch(self, asked: dict[str, Any], wait: int = 0, by: Gate | None = None) -> httpx.Response:
        return await self.api.get(f"/v1/presentations/{asked['id']}?wait={wait}", by=by or self.gate)

    async def scanned(self) -> str:
        """The id of a scan of the guest's code."""
        response = await scan(self.api, self.gate, await issue_code(self.api, self.guest))
        scan_id: str = response.json()["scan_id"]
        return scan_id


async def make_hotel(api: Api, guest: Session) -> Hotel:
    services = api.services
    told: Any = FIELDS
    licence_id = await hold_licence(services.pool, services.vault, guest.person.resident_id, CARD, **told)
    return Hotel(api, await make_gate(api, purpose="hotel-check-in"), guest, licence_id)


async def post_elsewhere(hotel: Hotel, key: HolderKey, credential: str, **changed: Any) -> httpx.Response:
    """A wallet elsewhere answers an open question of the hotel's with a credential that it was given."""
    asked = await hotel.asked()
    question = (await hotel.api.get(f"/v1/openid4vp/requests/{asked['id']}")).text
    state = json.loads(base64url.decode(question.split(".")[1]))["state"]
    said: dict[str, Any] = {"nonce": asked["nonce"], "audience": asked["audience"], "now": now(), **changed}
    text = present(credential, said.pop("fields", ["name", "id_number", "photo"]), holder=key, **said)
    form = {"vp_token": json.dumps({"licence": [text]}), "state": state}
    return await hotel.api.post(f"/v1/openid4vp/responses/{asked['id']}", data=form)
