"""Of venues, their staff and their scanners."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import httpx

from api.services import now
from tests.api.devices import Device, send
from tests.api.harness import running_api
from tests.api.provoking.scene import Provoking, Scene
from tests.api.test_shifts import other_than


async def ask_without_a_key(scene: Scene) -> httpx.Response:
    settings = scene.api.services.settings
    async with running_api(dataclasses.replace(settings, scanner_proof="required")) as strict:
        return await strict.get("/v1/scanner", by=scene.gate)


async def ask_without_a_proof(scene: Scene) -> httpx.Response:
    await Device().register(scene.api, scene.gate.credential)
    scene.api.services.scanners._known.clear()
    return await send(scene.api, "GET", "/v1/scanner", scene.gate.credential)


async def register_twice(scene: Scene) -> httpx.Response:
    await Device().register(scene.api, scene.gate.credential)
    return await Device().register(scene.api, scene.gate.credential)


async def register_late(scene: Scene) -> httpx.Response:
    await scene.api.services.pool.execute(
        "UPDATE scanners SET created_at = $2 WHERE scanner_id = $1", scene.gate.scanner_id, now() - timedelta(days=2)
    )
    return await Device().register(scene.api, scene.gate.credential)


async def own_the_gate(scene: Scene) -> str:
    """The path of the gate's venue, once it is the manager's."""
    await scene.api.services.pool.execute(
        "UPDATE venues SET manager_id = $2, requires_shift = true WHERE venue_id = $1",
        scene.gate.venue_id,
        scene.manager.person.resident_id,
    )
    return f"/v1/venues/{scene.gate.venue_id}"


async def scan_without_a_shift(scene: Scene) -> httpx.Response:
    await own_the_gate(scene)
    return await scene.scan(await scene.code())


async def guess_a_pin(scene: Scene) -> httpx.Response:
    path = await own_the_gate(scene)
    added = await scene.api.post(f"{path}/staff", by=scene.manager, json={"name": "张三", "number": "1"})
    guess = {"number": "1", "pin": other_than(added.json()["pin"])}
    return await scene.api.post("/v1/scanner/shifts", by=scene.gate, json=guess)


async def add_a_number_twice(scene: Scene) -> httpx.Response:
    path = await own_the_gate(scene)
    for _ in range(2):
        response = await scene.api.post(f"{path}/staff", by=scene.manager, json={"name": "张三", "number": "1"})
    return response


PROVOKED: dict[str, Provoking] = {
    "scanner-key-required": ask_without_a_key,
    "dpop-proof-invalid": ask_without_a_proof,
    "scanner-key-registered": register_twice,
    "enrolment-over": register_late,
    "shift-required": scan_without_a_shift,
    "pin-wrong": guess_a_pin,
    "staff-number-taken": add_a_number_twice,
}
