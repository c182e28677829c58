"""What a platform says of whoever logs in."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Platform: TypeAlias = Literal["wechat", "alipay"]


class PlatformLogin(msgspec.Struct, frozen=True):
    """Somebody as one mini-program knows them. It proves the platform's account, never who holds it."""

    platform: Platform
    app_id: str
    open_id: str
    """Theirs in this app alone."""
    union_id: str | None = None
    """Theirs in all apps of the same owner, where the platform tells it."""

    def __repr__(self) -> str:
        """Without the ids, wherever this may be printed."""
        return f"PlatformLogin({self.platform}, {self.app_id})"
