"""`suixing …` as a process of its own, without the second that Python needs to import it: forked from one that has.

What a command is given and what it does to its process (streams, exit code, logs, loops) is as in a shell's. Whoever
asks after the start itself, signals or a terminal starts the real one.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import pkgutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

import msgspec

_ROOT = Path(__file__).resolve().parents[2]


class Answer(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    said: str
    complained: str


class _Order(msgspec.Struct):
    arguments: list[str]
    environment: dict[str, str]
    said: str
    complained: str


Suixing: TypeAlias = Callable[..., Awaitable[Answer]]
"""`await suixing("keys", "create", SUIXING_DATA=folder)`"""


class Commander:
    """Runs commands, one at a time."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._nursery: subprocess.Popen[bytes] | None = None

    async def run(self, *arguments: str, **settings: str) -> Answer:
        """Under these settings alone; never with a traceback."""
        return await asyncio.to_thread(self.run_now, arguments, settings)

    def run_now(self, arguments: tuple[str, ...], settings: Mapping[str, str]) -> Answer:
        with self._turn, tempfile.NamedTemporaryFile() as said, tempfile.NamedTemporaryFile() as complained:
            order = _Order(list(arguments), {**_outside(), **settings}, said.name, complained.name)
            nursery = self._start()
            assert nursery.stdin is not None
            assert nursery.stdout is not None
            nursery.stdin.write(msgspec.json.encode(order) + b"\n")
            nursery.stdin.flush()
            answered = nursery.stdout.readline()
            assert answered, "the process that forks commands has ended"
            answer = Answer(int(answered), said.read().decode(), complained.read().decode())
        assert "Traceback" not in answer.complained, answer.complained
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        if self._nursery is None:
            self._nursery = subprocess.Popen(
                [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT
            )
        return self._nursery

    def end(self) -> None:
        if self._nursery is not None:
            self._nursery.communicate()


def _outside() -> dict[str, str]:
    """What the shell tells everybody, without what it may tell this project."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SUIXING_", "DATABASE", "REDIS"))}


def _import_all() -> None:
    import app  # noqa: PLC0415  by the process that forks alone

    for module in pkgutil.walk_packages(app.__path__, "app."):
        importlib.import_module(module.name)
    gc.freeze()


def _await_order() -> _Order:
    """Returns in a child for each line; ends with its input."""
    for line in sys.stdin.buffer:
        child = os.fork()
        if not child:
            return msgspec.json.decode(line, type=_Order)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
    sys.exit()


def _obey(order: _Order) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    said, complained = (os.open(path, os.O_WRONLY) for path in (order.said, order.complained))
    for place, opened in enumerate((nothing, said, complained)):
        os.dup2(opened, place)
        os.close(opened)
    os.environ.clear()
    os.environ.update(order.environment)
    sys.argv = ["suixing", *order.arguments]
    from app.cli import main  # noqa: PLC0415  likewise

    main()


if __name__ == "__main__":
    _import_all()
    _obey(_await_order())
