"""Of a resident's rights: data, consents, leaving."""

from __future__ import annotations

import httpx

from tests.api.harness import invent_phone, make_gate, request_otp
from tests.api.provoking.scene import Provoking, Scene
from tests.api.rights_harness import request_deletion


async def leave_with_anothers_phone(scene: Scene) -> httpx.Response:
    challenge_id, otp = await request_otp(scene.api, invent_phone())
    proof = {"grant": "otp", "challenge_id": str(challenge_id), "otp": otp}
    return await request_deletion(scene.api, scene.resident, proof=proof)


async def leave_with_a_venue(scene: Scene) -> httpx.Response:
    gate = await make_gate(scene.api)
    await scene.api.services.pool.execute(
        "UPDATE venues SET manager_id = $2 WHERE venue_id = $1", gate.venue_id, scene.resident.person.resident_id
    )
    return await request_deletion(scene.api, scene.resident)


async def leave_with_a_role(scene: Scene) -> httpx.Response:
    return await request_deletion(scene.api, scene.manager)


async def withdraw_the_terms(scene: Scene) -> httpx.Response:
    return await scene.api.delete("/v1/me/consents/terms", by=scene.resident)


PROVOKED: dict[str, Provoking] = {
    "consent-not-switchable": withdraw_the_terms,
    "proof-required": leave_with_anothers_phone,
    "role-held": leave_with_a_role,
    "venue-managed": leave_with_a_venue,
}
