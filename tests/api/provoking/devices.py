"""Of phones and mini-programs to which messages are pushed."""

from __future__ import annotations

import httpx
import msgspec

from app.pushing.model import PushApps, PushSettings
from tests.api.provoking.scene import Provoking, Scene
from tests.api.pushing import agree, phone, register, template


async def register_where_nothing_is_pushed(scene: Scene) -> httpx.Response:
    state, services = scene.api.litestar.state, scene.api.services
    bare = msgspec.structs.replace(services.devices, apps=PushApps(PushSettings()))
    state.services = msgspec.structs.replace(services, devices=bare)
    try:
        return await register(scene.api, scene.resident, phone())
    finally:
        state.services = services


async def answer_without_a_login(scene: Scene) -> httpx.Response:
    await agree(scene.api, scene.resident)
    return await register(scene.api, scene.resident, template())


PROVOKED: dict[str, Provoking] = {
    "channel-not-offered": register_where_nothing_is_pushed,
    "messages-consent-required": lambda scene: register(scene.api, scene.resident, template("alipay")),
    "platform-login-required": answer_without_a_login,
}
