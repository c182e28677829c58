"""Of annotated copies of licences."""

from __future__ import annotations

import httpx

from tests.api.provoking.scene import Provoking, Scene


async def download_with_a_guess(scene: Scene) -> httpx.Response:
    return await scene.api.get(f"/v1/licence-copies/{'A' * 54}")


async def check_no_copy(scene: Scene) -> httpx.Response:
    return await scene.api.post("/v1/licence-copies/checks", json={"text": "https://example.com/#WIFI"})


PROVOKED: dict[str, Provoking] = {
    "copy-spent": download_with_a_guess,
    "copy-malformed": check_no_copy,
}
