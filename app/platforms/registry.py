"""The mini-programs of this deployment, found by their app_id."""

from __future__ import annotations

from collections.abc import Sequence

from app.platforms.alipay import AlipayApp
from app.platforms.errors import AppUnknownError
from app.platforms.model import PlatformLogin
from app.platforms.wechat import WeChatApp


class Platforms:
    """Every mini-program's client, opened and closed with the process. None may be asked inside a transaction."""

    def __init__(self, apps: Sequence[WeChatApp | AlipayApp]) -> None:
        self._apps = {app.app_id: app for app in apps}

    async def close(self) -> None:
        for app in self._apps.values():
            await app.close()

    def app_ids(self) -> list[str]:
        return list(self._apps)

    def find(self, app_id: str) -> WeChatApp | AlipayApp | None:
        return self._apps.get(app_id)

    def wechat(self, app_id: str) -> WeChatApp:
        """Raises AppUnknownError where it is not ours, or not WeChat's."""
        app = self._apps.get(app_id)
        if not isinstance(app, WeChatApp):
            raise AppUnknownError("This deployment has no WeChat mini-program of that app_id.")
        return app

    def alipay(self, app_id: str) -> AlipayApp:
        """Raises AppUnknownError where it is not ours, or not Alipay's."""
        app = self._apps.get(app_id)
        if not isinstance(app, AlipayApp):
            raise AppUnknownError("This deployment has no Alipay mini-program of that app_id.")
        return app

    async def exchange_wechat(self, app_id: str, code: str) -> PlatformLogin:
        """Who logged in with this code of wx.login; it is good once, for five minutes."""
        return await self.wechat(app_id).exchange(code)

    async def exchange_alipay(self, app_id: str, auth_code: str) -> PlatformLogin:
        """Who logged in with this code of my.getAuthCode; it is good once."""
        return await self.alipay(app_id).exchange(auth_code)

    async def read_wechat_phone(self, app_id: str, code: str) -> str:
        """The phone number (E.164) that the holder let the mini-program have, by the code of getPhoneNumber."""
        return await self.wechat(app_id).read_phone(code)

    async def draw_wechat_code(self, app_id: str, scene: str, page: str) -> bytes:
        """An image of a mini-program code that opens `page` with `scene`."""
        return await self.wechat(app_id).draw_code(scene, page)
