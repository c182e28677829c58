"""Servers' logs: files in the data folder that cannot grow without end."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

LARGEST = 4 * 1024 * 1024
"""Bytes after which a log is set aside as `.1`, so that two files of this size are the most there can be."""


class LogFile:
    """A log that a child writes and the launcher bounds."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> int:
        """A descriptor to hand to a child; the caller closes its own copy."""
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        # Appending, so that the child goes on at the beginning after the file has been emptied under it.
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def bound(self, largest: int = LARGEST) -> None:
        """Sets a large log aside; lines written in that moment may be lost."""
        if self.path.exists() and self.path.stat().st_size > largest:
            shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
            os.truncate(self.path, 0)

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def tail(self, since: int = 0, lines: int = 8) -> str:
        """The last lines, of those written after the first `since` bytes."""
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            file.seek(max(since, self.size() - 8192))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
