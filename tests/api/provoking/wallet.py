"""Of licences shown, asked for and checked."""

from __future__ import annotations

import httpx

from tests.api.provoking.scene import Provoking, Scene


async def check_no_receipt(scene: Scene) -> httpx.Response:
    return await scene.api.post("/v1/receipts/checks", json={"receipt": "no.such.thing"})


PROVOKED: dict[str, Provoking] = {
    "receipt-invalid": check_no_receipt,
}
