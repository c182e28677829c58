"""Of proving who somebody is, and of the logins that are tied to a person."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from app.development.identity_standing_in import IDENTITY_PATH
from tests.api.harness import Session, log_in, make_person, request_otp
from tests.api.provoking.scene import Provoking, Scene
from tests.harness.identity import invent_id_number

CHECKS = "/v1/me/identity/checks"
PROVING = "/v1/me/identity"
FOREIGNER = "911124198108030024"


async def start_face(scene: Scene, id_number: str, *, by: Session | None = None) -> httpx.Response:
    body = {"kind": "face", "name": "王小明", "id_number": id_number, "device": "{}"}
    return await scene.api.post(CHECKS, by=by or scene.unverified, json=body)


async def prove(scene: Scene, check_id: str, id_number: str, *, by: Session | None = None) -> httpx.Response:
    body: dict[str, Any] = {
        "name": "王小明",
        "id_number": id_number,
        "evidence": {"kind": "face", "check_id": check_id},
    }
    return await scene.api.post(PROVING, by=by or scene.unverified, json=body)


async def prove_by_a_face_that(
    scene: Scene, outcome: str | None, *, age: int = 40, id_number: str | None = None, by: Session | None = None
) -> httpx.Response:
    number = id_number or invent_id_number(age=age)
    check_id = (await start_face(scene, number, by=by)).json()["check_id"]
    if outcome is not None:
        await scene.api.post(f"{IDENTITY_PATH}/faces/{check_id}", json={"outcome": outcome})
    return await prove(scene, check_id, number, by=by)


async def prove_another_identity(scene: Scene) -> httpx.Response:
    await prove_by_a_face_that(scene, "pass")
    again = await log_in(scene.api, scene.unverified.person)
    return await prove_by_a_face_that(scene, "pass", by=again)


async def prove_by_carrier_after_a_lock(scene: Scene) -> httpx.Response:
    await scene.api.post("/v1/me/lock", by=scene.unverified)
    again = await log_in(scene.api, scene.unverified.person)
    body = {"name": "王小明", "id_number": invent_id_number(age=40), "evidence": {"kind": "carrier"}}
    return await scene.api.post(PROVING, by=again, json=body)


async def complete_a_claim(scene: Scene, *, expired: bool) -> httpx.Response:
    """On the identity of somebody who proved it a moment ago."""
    number = invent_id_number(age=40)
    await prove_by_a_face_that(scene, "pass", id_number=number)
    claimant = await log_in(scene.api, await make_person(scene.api, verified=False))
    claim_id = (await prove_by_a_face_that(scene, "pass", id_number=number, by=claimant)).json()["claim_id"]
    if expired:
        end = "UPDATE identity_claims SET expires_at = opened_at WHERE claim_id = $1"
        await scene.api.services.pool.execute(end, claim_id)
    return await scene.api.post(f"{PROVING}/claims/{claim_id}/complete", by=claimant)


async def link_anothers_phone(scene: Scene) -> httpx.Response:
    challenge_id, otp = await request_otp(scene.api, scene.resident.person.phone)
    body = {"grant": "otp", "challenge_id": str(challenge_id), "otp": otp}
    return await scene.api.post("/v1/me/logins", by=scene.unverified, json=body)


async def unlink_the_only_login(scene: Scene) -> httpx.Response:
    [login] = (await scene.api.get("/v1/me/logins", by=scene.unverified)).json()["items"]
    return await scene.api.delete(f"/v1/me/logins/{login['id']}", by=scene.unverified)


async def consent_without_a_number(scene: Scene) -> httpx.Response:
    body = {"name": "王小宝", "id_number": invent_id_number(age=8), "relation": "parent"}
    return await scene.api.post("/v1/me/guardian-consents", by=scene.resident, json=body)


PROVOKED: dict[str, Provoking] = {
    "identity-not-confirmed": lambda scene: prove_by_a_face_that(scene, "fail"),
    "evidence-expired": lambda scene: prove(scene, str(uuid4()), invent_id_number(age=40)),
    "evidence-pending": lambda scene: prove_by_a_face_that(scene, None),
    "evidence-not-offered": lambda scene: start_face(scene, FOREIGNER),
    "guardian-consent-required": lambda scene: prove_by_a_face_that(scene, "pass", age=8),
    "guardian-not-eligible": consent_without_a_number,
    "identity-differs": prove_another_identity,
    "presence-required": prove_by_carrier_after_a_lock,
    "claim-not-ready": lambda scene: complete_a_claim(scene, expired=False),
    "claim-ended": lambda scene: complete_a_claim(scene, expired=True),
    "login-already-linked": link_anothers_phone,
    "last-login": unlink_the_only_login,
}
