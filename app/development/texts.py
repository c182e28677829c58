"""The texts that the stand-in of the SMS gateway has taken, in a file that all server processes share."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from app.development.kept_lines import KEPT, KeptLines


class SentText(msgspec.Struct, frozen=True):
    """A text as the phone would have shown it."""

    to: str
    text: str
    otp: str | None
    """None of a warning."""
    sent_at: datetime


class TextFile:
    """The texts of a data folder."""

    def __init__(self, path: Path, *, kept: int = KEPT) -> None:
        self._lines = KeptLines(path, SentText, kept=kept)

    def append(self, text: SentText) -> None:
        self._lines.append(text)

    def texts_to(self, phone: str) -> list[SentText]:
        """The texts to a phone (E.164), newest first."""
        return [text for text in reversed(self._lines.read()) if text.to == phone]
