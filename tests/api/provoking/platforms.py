"""Of WeChat, Alipay and the other providers that are asked."""

from __future__ import annotations

from tests.api.provoking.scene import Provoking

PROVOKED: dict[str, Provoking] = {}
