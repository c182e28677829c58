"""Of questions for licences, their answers, and presentations that are checked."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from api.services import now
from app.people.model import Role
from codes.sd_jwt_presenting import HolderKey
from tests.api.asking import Hotel, make_hotel, post_elsewhere
from tests.api.office import make_staff
from tests.api.provoking.scene import Provoking, Scene
from tests.api.test_licence_credentials import change_disclosure, change_signature, forge, grant, opened, show, take
from tests.api.test_presentations import run_out
from tests.api.verifying_elsewhere import Elsewhere, VerifierStandIn


async def hotel_of(scene: Scene) -> Hotel:
    return await make_hotel(scene.api, scene.resident)


async def choose_what_is_not_mine(scene: Scene) -> httpx.Response:
    hotel = await hotel_of(scene)
    return await hotel.answer(await opened(hotel), grant=True, licences={"licence": str(uuid4())})


async def be_refused(scene: Scene) -> httpx.Response:
    hotel = await hotel_of(scene)
    asked = await opened(hotel)
    await hotel.answer(asked, grant=False)
    return await hotel.fetch(asked)


async def wait_for_nobody(scene: Scene) -> httpx.Response:
    hotel = await hotel_of(scene)
    asked = await hotel.asked()
    await run_out(hotel, asked)
    return await hotel.fetch(asked)


async def answer_twice(scene: Scene) -> httpx.Response:
    hotel = await hotel_of(scene)
    asked = await opened(hotel)
    await hotel.grant(asked)
    return await hotel.grant(asked)


async def answer_too_late(scene: Scene) -> httpx.Response:
    hotel = await hotel_of(scene)
    asked = await opened(hotel)
    await run_out(hotel, asked)
    return await hotel.grant(asked)


def presenting(**changed: Any) -> Provoking:
    """What a phone shows, with something about it changed."""

    async def provoke(scene: Scene) -> httpx.Response:
        hotel = await hotel_of(scene)
        asked = await opened(hotel)
        text = show(asked, *await take(hotel), **changed)
        return await grant(hotel, asked, text)

    return provoke


def spoiling(spoil: Any) -> Provoking:
    async def provoke(scene: Scene) -> httpx.Response:
        hotel = await hotel_of(scene)
        asked = await opened(hotel)
        return await grant(hotel, asked, spoil(show(asked, *await take(hotel))))

    return provoke


def forging(**changed: Any) -> Provoking:
    """A credential that is none of this deployment's rows."""

    async def provoke(scene: Scene) -> httpx.Response:
        hotel, key = await hotel_of(scene), HolderKey.create()
        asked = await opened(hotel)
        return await grant(hotel, asked, show(asked, key, forge(hotel, key, **changed)))

    return provoke


async def present_too_early(scene: Scene) -> httpx.Response:
    begins = now() + timedelta(hours=2)
    return await forging(now=begins, expires_at=begins + timedelta(hours=1))(scene)


async def present_too_late(scene: Scene) -> httpx.Response:
    hotel, key = await hotel_of(scene), HolderKey.create()
    asked, ends_at = await opened(hotel), now() + timedelta(seconds=1)
    credential = forge(hotel, key, expires_at=ends_at)
    await asyncio.sleep((ends_at - now()).total_seconds())
    return await grant(hotel, asked, show(asked, key, credential))


async def present_twice(scene: Scene) -> httpx.Response:
    hotel = await hotel_of(scene)
    key, credential = await take(hotel)
    await post_elsewhere(hotel, key, credential)
    return await post_elsewhere(hotel, key, credential)


def asking_elsewhere(**changed: Any) -> Provoking:
    async def provoke(scene: Scene) -> httpx.Response:
        hotel, key = await hotel_of(scene), HolderKey.create()
        elsewhere = Elsewhere(hotel, VerifierStandIn(), "https://verifier.example", key, f"v-{uuid4()}")
        await scene.api.services.pool.execute(
            "INSERT INTO verifiers (verifier_id, client_id, name, venue_id, keys, origins, registered_at, proposed_by) "
            "VALUES ($1, $2, 'v', $3, $4, $5, $6, $1)",
            uuid4(),
            elsewhere.client_id,
            hotel.gate.venue_id,
            [dict(key.jwk)],
            [elsewhere.url],
            now(),
        )
        return await elsewhere.receive(request=elsewhere.ask(**changed))

    return provoke


async def deliver_to_nobody(scene: Scene) -> httpx.Response:
    """To a verifier at an address that leads nowhere: `.invalid` never does (RFC 2606)."""
    asked = (await asking_elsewhere()(scene)).json()
    await scene.api.services.pool.execute(
        "UPDATE presentations SET response_uri = 'https://verifier.invalid/' WHERE presentation_id = $1", asked["id"]
    )
    path = f"/v1/me/presentations/{asked['id']}"
    await scene.api.post(f"{path}/answer", by=scene.resident, json={"grant": False})
    return await scene.api.post(f"{path}/deliveries", by=scene.resident)


async def register_twice(scene: Scene) -> httpx.Response:
    body = {
        "client_id": f"v-{uuid4()}",
        "name": "v",
        "venue_id": str(scene.gate.venue_id),
        "origins": ["https://verifier.example"],
        "keys": [dict(HolderKey.create().jwk)],
        "reason": "as agreed",
    }
    operators = [await make_staff(scene.api, Role.OPERATOR) for _ in range(2)]
    made = await scene.api.post("/v1/desk/verifiers", by=operators[0], json=body)
    await scene.api.post(f"/v1/staff/proposals/{made.json()['id']}/approve", by=operators[1])
    return await scene.api.post("/v1/desk/verifiers", by=operators[0], json=body)


PROVOKED: dict[str, Provoking] = {
    "licence-not-held": choose_what_is_not_mine,
    "consent-refused": be_refused,
    "consent-timed-out": wait_for_nobody,
    "presentation-answered": answer_twice,
    "presentation-ended": answer_too_late,
    "presentation-malformed": spoiling(lambda _text: "nothing"),
    "presentation-issuer-unknown": forging(issuer="https://elsewhere.example"),
    "presentation-issuer-untrusted": forging(plain={}),
    "presentation-signature-invalid": spoiling(change_signature),
    "presentation-altered": spoiling(change_disclosure),
    "presentation-not-yet-valid": present_too_early,
    "presentation-expired": present_too_late,
    "presentation-revoked": forging(),
    "holder-binding-missing": spoiling(lambda text: text.rpartition("~")[0] + "~"),
    "holder-binding-invalid": spoiling(lambda text: text[:-8] + "AAAAAAAA"),
    "nonce-wrong": presenting(nonce="stale"),
    "audience-wrong": presenting(audience="somebody else"),
    "presentation-replayed": present_twice,
    "verifier-unknown": asking_elsewhere(client_id="nobody"),
    "request-object-invalid": asking_elsewhere(aud="another"),
    "request-unsupported": asking_elsewhere(response_mode="direct_post.jwt"),
    "response-address-refused": asking_elsewhere(response_uri="https://10.0.0.1/"),
    "answer-not-delivered": deliver_to_nobody,
    "verifier-exists": register_twice,
}
