"""Of positions and provinces."""

from __future__ import annotations

import httpx
import msgspec

from app.roaming.desk import HeldBoundaries
from tests.api.locations import agree, report
from tests.api.provoking.scene import Provoking, Scene


async def report_without_consent(scene: Scene) -> httpx.Response:
    return await report(scene.api, scene.resident)


async def report_in_the_background(scene: Scene) -> httpx.Response:
    await agree(scene.api, scene.resident)
    return await report(scene.api, scene.resident, background=True)


async def report_before_the_boundaries_are_there(scene: Scene) -> httpx.Response:
    await agree(scene.api, scene.resident)
    state, services = scene.api.litestar.state, scene.api.services
    starting = msgspec.structs.replace(services.roaming, boundaries=HeldBoundaries(None, patience=0))
    state.services = msgspec.structs.replace(services, roaming=starting)
    try:
        return await report(scene.api, scene.resident)
    finally:
        state.services = services


PROVOKED: dict[str, Provoking] = {
    "location-consent-missing": report_without_consent,
    "background-location-consent-missing": report_in_the_background,
    "boundaries-not-loaded": report_before_the_boundaries_are_there,
}
