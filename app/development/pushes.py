"""What the stand-ins of Apple, Firebase, WeChat and Alipay were given to show, as the phones would have shown it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from app.development.kept_lines import KeptLines
from push.addresses import PushChannel


class SentPush(msgspec.Struct, frozen=True, kw_only=True):
    """One message on one phone. A later one to the same phone with the same `shown_as` takes its place there."""

    channel: PushChannel
    app_id: str
    to: str
    """The provider's name for the phone, or for the mini-program's user."""
    title: str
    body: str
    shown_as: str
    sent_at: datetime
    message_id: str = ""
    link: str = ""
    category: str = ""
    environment: str = ""
    urgency: str = ""
    """Apple's interruption level, or Firebase's priority."""
    template_id: str = ""
    fields: Mapping[str, str] = {}
    """Of a mini-program's template, by their names."""


class PushBook:
    """The pushes of a data folder."""

    def __init__(self, data: Path) -> None:
        self._lines = KeptLines(data / "pushes.jsonl", SentPush)

    def append(self, push: SentPush) -> None:
        self._lines.append(push)

    def list_pushes(self, to: str | None = None) -> list[SentPush]:
        """Newest first, to one phone or to all; without what another has taken the place of."""
        seen: set[tuple[str, str, str, str]] = set()
        found: list[SentPush] = []
        for push in reversed(self._lines.read()):
            shown = (push.channel, push.app_id, push.to, push.shown_as)
            if (to is None or push.to == to) and shown not in seen:
                found.append(push)
            seen.add(shown)
        return found
