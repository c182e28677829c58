"""What a process said before it ended by itself: a test that fails by it says so, and not just that a pipe broke."""

from __future__ import annotations

import signal
from asyncio.subprocess import Process
from tempfile import TemporaryFile
from typing import IO

_LAST = 4000
"""Bytes: a traceback fits in, or a stack of V8's."""


class LastWords:
    """The standard error of one process, kept in a file: no pipe that fills up, and it outlives its writer."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._kept: IO[bytes] = TemporaryFile()  # noqa: SIM115  closed with this

    def fileno(self) -> int:
        """Where the process writes them."""
        return self._kept.fileno()

    def read(self) -> str:
        size = self._kept.seek(0, 2)
        self._kept.seek(max(0, size - _LAST))
        return self._kept.read().decode(errors="replace").strip()

    def tell_end(self, process: Process) -> str:
        """How it ended, in a sentence for whoever looks for the reason."""
        return f"{self._name} {_name_end(process.returncode)}; its last words: {self.read() or 'none'}"

    def close(self) -> None:
        self._kept.close()


def _name_end(code: int | None) -> str:
    if code is None:
        return "runs still"
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
