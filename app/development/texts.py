"""The texts that the stand-in of the SMS gateway has taken, in a file that all server processes share."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

KEPT = 300
"""Texts in the file after a rewrite; it is rewritten once it holds twice as many."""

_encode = msgspec.json.Encoder().encode


class SentText(msgspec.Struct, frozen=True):
    """A text as the phone would have shown it."""

    to: str
    text: str
    otp: str | None
    """None of a warning."""
    sent_at: datetime


_decode = msgspec.json.Decoder(SentText).decode


class TextFile:
    """Appends texts to a file of JSON lines that its owner alone can read, and keeps it short."""

    def __init__(self, path: Path, *, kept: int = KEPT) -> None:
        self._path = path
        self._kept = kept

    def append(self, text: SentText) -> None:
        with self._locked():
            lines = self._lines()
            if len(lines) < 2 * self._kept:
                self._path.touch(mode=0o600)
                with self._path.open("ab") as file:
                    file.write(_encode(text) + b"\n")
                return
            draft = self._path.with_name(f"{self._path.name}.draft")
            draft.touch(mode=0o600)
            draft.write_bytes(b"".join(line + b"\n" for line in (*lines[1 - self._kept :], _encode(text))))
            draft.replace(self._path)

    def texts_to(self, phone: str) -> list[SentText]:
        """The texts to a phone (E.164), newest first."""
        return [text for text in reversed(self._read()) if text.to == phone]

    def _read(self) -> list[SentText]:
        texts: list[SentText] = []
        for line in self._lines():
            try:
                texts.append(_decode(line))
            except msgspec.DecodeError:  # a line that is being written, or that a crash cut short
                continue
        return texts

    def _lines(self) -> list[bytes]:
        return self._path.read_bytes().splitlines() if self._path.exists() else []

    @contextmanager
    def _locked(self) -> Generator[None]:
        lock = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
