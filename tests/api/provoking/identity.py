"""Of proving who somebody is, and of the logins that are tied to a person."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from app.development.identity_standing_in import IDENTITY_PATH
from tests.api.provoking.scene import Provoking, Scene
from tests.harness.identity import invent_id_number

CHECKS = "/v1/me/identity/checks"
PROVING = "/v1/me/identity"
FOREIGNER = "911124198108030024"


async def start_face(scene: Scene, id_number: str) -> httpx.Response:
    body = {"kind": "face", "name": "王小明", "id_number": id_number, "device": "{}"}
    return await scene.api.post(CHECKS, by=scene.unverified, json=body)


async def prove(scene: Scene, check_id: str, id_number: str) -> httpx.Response:
    body: dict[str, Any] = {
        "name": "王小明",
        "id_number": id_number,
        "evidence": {"kind": "face", "check_id": check_id},
    }
    return await scene.api.post(PROVING, by=scene.unverified, json=body)


async def prove_by_a_face_that(scene: Scene, outcome: str | None, *, age: int = 40) -> httpx.Response:
    id_number = invent_id_number(age=age)
    check_id = (await start_face(scene, id_number)).json()["check_id"]
    if outcome is not None:
        await scene.api.post(f"{IDENTITY_PATH}/faces/{check_id}", json={"outcome": outcome})
    return await prove(scene, check_id, id_number)


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
}
