"""A file of JSON lines that all server processes of a data folder share, for what stand-ins were given."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

KEPT = 300
"""Lines in the file after a rewrite; it is rewritten once it holds twice as many."""
T = TypeVar("T")

_encode = msgspec.json.Encoder().encode


class KeptLines(Generic[T]):
    """Appends to a file that its owner alone can read, and keeps it short."""

    def __init__(self, path: Path, kind: type[T], *, kept: int = KEPT) -> None:
        self._path = path
        self._kept = kept
        self._decode = msgspec.json.Decoder(kind).decode

    def append(self, item: T) -> None:
        with self._locked():
            lines = self._lines()
            if len(lines) < 2 * self._kept:
                self._path.touch(mode=0o600)
                with self._path.open("ab") as file:
                    file.write(_encode(item) + b"\n")
                return
            draft = self._path.with_name(f"{self._path.name}.draft")
            draft.touch(mode=0o600)
            draft.write_bytes(b"".join(line + b"\n" for line in (*lines[1 - self._kept :], _encode(item))))
            draft.replace(self._path)

    def read(self) -> list[T]:
        """What is in the file, oldest first."""
        found: list[T] = []
        for line in self._lines():
            try:
                found.append(self._decode(line))
            except msgspec.DecodeError:  # a line that is being written, or that a crash cut short
                continue
        return found

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
