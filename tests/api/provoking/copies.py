"""Of annotated copies of licences, and of materials at a window."""

from __future__ import annotations

from datetime import timedelta

import httpx

from api.services import now
from app.database import transaction
from app.identifiers import new_id
from app.people import presence_store
from app.people.model import Role
from app.people.window_model import StoredPresence
from tests.api.office import make_staff
from tests.api.provoking.scene import Provoking, Scene
from tests.api.wallets import hold
from tests.api.windows import PRESENCES, make_resident


async def download_with_a_guess(scene: Scene) -> httpx.Response:
    return await scene.api.get(f"/v1/licence-copies/{'A' * 54}")


async def check_no_copy(scene: Scene) -> httpx.Response:
    return await scene.api.post("/v1/licence-copies/checks", json={"text": "https://example.com/#WIFI"})


async def take_materials_unasked(scene: Scene) -> httpx.Response:
    """A window that goes on before whoever stands there has agreed on their phone."""
    pool, staff, person = (
        scene.api.services.pool,
        await make_staff(scene.api, Role.WINDOW),
        await make_resident(scene.api),
    )
    presence = StoredPresence(new_id(), person.person.resident_id, None, now(), now() + timedelta(minutes=15), None)
    async with transaction(pool) as db:
        await presence_store.insert_presence(db, staff.person.resident_id, presence)
    await hold(scene.api, person)
    path = f"{PRESENCES}/{presence.presence_id}/materials"
    asked = await scene.api.post(path, by=staff, json={"matter": "senior-card"})
    return await scene.api.post(f"{path}/{asked.json()['id']}/hand-over", by=staff, json={"agreed_here": True})


PROVOKED: dict[str, Provoking] = {
    "copy-spent": download_with_a_guess,
    "copy-malformed": check_no_copy,
    "materials-not-agreed": take_materials_unasked,
}
