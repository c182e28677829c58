"""Of relatives, and of people at a window."""

from __future__ import annotations

from uuid import UUID

import httpx

from app.development.identity_standing_in import IDENTITY_PATH
from app.people.model import Role
from tests.api.office import make_staff
from tests.api.provoking.scene import Provoking, Scene
from tests.api.relatives import INVITATIONS, accept, bind, invite
from tests.api.windows import PRESENCES, make_resident
from tests.harness.identity import invent_id_number


async def accept_what_was_taken_back(scene: Scene) -> httpx.Response:
    mother = await make_resident(scene.api)
    sent = (await invite(scene.api, scene.resident, mother.person)).json()
    await scene.api.delete(f"{INVITATIONS}/{sent['id']}", by=scene.resident)
    return await accept(scene.api, mother, sent["id"])


async def accept_one_too_many(scene: Scene) -> httpx.Response:
    """A fourth who would care for one relative."""
    mother = await make_resident(scene.api)
    for _ in range(3):
        await bind(scene.api, await make_resident(scene.api), mother)
    carer = await make_resident(scene.api)
    sent = (await invite(scene.api, mother, carer.person, part="is-shown")).json()
    return await accept(scene.api, carer, sent["id"])


async def ask_of_a_stranger(scene: Scene, *, over: bool) -> httpx.Response:
    """Somebody stands at a window who has no account here, or whose minutes are over."""
    staff = await make_staff(scene.api, Role.WINDOW)
    person = {"name": "王秀英", "id_number": invent_id_number(age=80)}
    started = await scene.api.post(f"{PRESENCES}/checks", by=staff, json={**person, "device": "{}"})
    check_id = started.json()["check_id"]
    await scene.api.post(f"{IDENTITY_PATH}/faces/{check_id}", json={"outcome": "pass"})
    body = {**person, "evidence": {"kind": "face", "check_id": check_id}}
    presence_id = (await scene.api.post(PRESENCES, by=staff, json=body)).json()["id"]
    if over:
        past = "UPDATE window_presences SET expires_at = opened_at WHERE presence_id = $1"
        await scene.api.services.pool.execute(past, UUID(presence_id))
    return await scene.api.get(f"{PRESENCES}/{presence_id}/relatives", by=staff)


PROVOKED: dict[str, Provoking] = {
    "invitation-ended": accept_what_was_taken_back,
    "care-limit-reached": accept_one_too_many,
    "window-presence-ended": lambda scene: ask_of_a_stranger(scene, over=True),
    "person-not-registered": lambda scene: ask_of_a_stranger(scene, over=False),
}
