"""What WeChat pushes to a mini-program's server: its signature, and what it seals.

https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html
"""

from __future__ import annotations

import msgspec


class WeChatCallbackKeys(msgspec.Struct, frozen=True):
    """What the app's administrator entered beside the callback's address."""

    token: str
    aes_key: str | None = None

    def __repr__(self) -> str:
        """Without the keys, wherever this may be printed."""
        return "WeChatCallbackKeys()"
