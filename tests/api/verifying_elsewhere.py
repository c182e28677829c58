"""A verifier of another deployment, as a stand-in: it asks by request objects, and keeps what is posted to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import httpx
import msgspec

from api.services import now
from app.development.mishaps import Answer
from app.people.model import Role
from codes import base64url
from codes.request_objects import TYPE
from codes.sd_jwt_presenting import HolderKey
from tests.api.asking import CARD, Hotel
from tests.api.harness import Session
from tests.api.office import make_staff


class VerifierStandIn:
    """Answers GET with the request object that was laid out, and takes what is posted."""

    def __init__(self) -> None:
        self.laid_out = ""
        self.posted: list[dict[str, list[str]]] = []
        self.status = 200
        self.delay = 0.0
        """Seconds until it says that it took what was posted."""
        self.headers = {"content-type": "application/json"}

    def handle(self, method: str, _path: str, _query: str, _headers: Mapping[str, str], body: bytes) -> Answer:
        if method == "GET":
            return Answer(self.status, self.headers, self.laid_out.encode())
        self.posted.append(parse_qs(body.decode()))
        return Answer(self.status, self.headers, b"{}", delay=self.delay)


class Elsewhere(msgspec.Struct, frozen=True):
    """The stand-in, registered for a hotel here."""

    hotel: Hotel
    stand_in: VerifierStandIn
    url: str
    key: HolderKey
    client_id: str

    def ask(self, **changed: Any) -> str:
        """A request object; whatever is None is left out."""
        vct = f"{self.hotel.api.services.settings.url}/v1/licence-types/{CARD}/vct"
        claims = {
            "client_id": self.client_id,
            "response_type": "vp_token",
            "response_mode": "direct_post",
            "response_uri": f"{self.url}/answers",
            "nonce": uuid4().hex,
            "state": "their-state",
            "aud": "https://self-issued.me/v2",
            "iat": int(now().timestamp()),
            "dcql_query": {
                "credentials": [
                    {
                        "id": "card",
                        "format": "dc+sd-jwt",
                        "meta": {"vct_values": [vct]},
                        "claims": [{"path": ["name"]}, {"path": ["photo"]}],
                    }
                ]
            },
            **changed,
        }
        return sign_request(self.key, {name: value for name, value in claims.items() if value is not None})

    async def receive(self, by: Session | None = None, **body: str) -> httpx.Response:
        return await self.hotel.api.post("/v1/me/presentations/openid4vp", by=by or self.hotel.guest, json=body)

    async def grant(self, asked: dict[str, Any]) -> httpx.Response:
        return await self.hotel.answer(asked, grant=True, licences={"card": str(self.hotel.licence_id)})


def sign_request(key: HolderKey, claims: Mapping[str, Any], **header: Any) -> str:
    head = {"alg": "ES256", "typ": TYPE, **header}
    signed = ".".join(base64url.encode(msgspec.json.encode(part)) for part in (head, claims))
    return f"{signed}.{key.sign(signed.encode())}"


async def register(hotel: Hotel, **changed: Any) -> httpx.Response:
    """Proposed by one operator, and let in by another, whose answer this is."""
    operators = [await make_staff(hotel.api, Role.OPERATOR) for _ in range(2)]
    body = {"venue_id": str(hotel.gate.venue_id), "name": "Elsewhere", "reason": "as agreed", **changed}
    proposed = await hotel.api.post("/v1/desk/verifiers", by=operators[0], json=body)
    if proposed.status_code != 202:
        return proposed
    path = f"/v1/staff/proposals/{proposed.json()['id']}/approve"
    assert (await hotel.api.post(path, by=operators[0])).status_code == 403, "nobody approves their own"
    return await hotel.api.post(path, by=operators[1])


async def make_elsewhere(hotel: Hotel, stand_in: VerifierStandIn, url: str) -> Elsewhere:
    key, client_id = HolderKey.create(), f"verifier-{uuid4()}"
    approved = await register(hotel, client_id=client_id, origins=[url], keys=[dict(key.jwk)])
    assert approved.status_code == 200, approved.text
    return Elsewhere(hotel, stand_in, url, key, client_id)
