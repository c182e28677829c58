"""Of licences shown, asked for and checked."""

from __future__ import annotations

from datetime import date

import httpx

from tests.api.provoking.scene import Provoking, Scene
from tests.api.wallets import hold, present


async def check_no_receipt(scene: Scene) -> httpx.Response:
    return await scene.api.post("/v1/receipts/checks", json={"receipt": "no.such.thing"})


async def show_what_has_expired(scene: Scene) -> httpx.Response:
    licence_id = await hold(scene.api, scene.resident, valid_until=date(2026, 1, 2))
    return await present(scene.api, scene.resident, licence_id)


async def show_to_whom_it_is_nothing(scene: Scene) -> httpx.Response:
    licence_id = await hold(scene.api, scene.resident)
    return await present(scene.api, scene.resident, licence_id, purpose="scenic-spot-entry")


PROVOKED: dict[str, Provoking] = {
    "licence-not-good": show_what_has_expired,
    "fields-not-allowed": show_to_whom_it_is_nothing,
    "receipt-invalid": check_no_receipt,
}
