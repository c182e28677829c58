"""The real command, `suixing serve --demo`, as a person would start it and end it with Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

_START_SECONDS = 60
_STOP_SECONDS = 20


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_suixing(folder: Path, **settings: str) -> Generator[dict[str, Any]]:
    """Starts it with its data in `folder`, yields what demo.json says, stops it, and looks for what was left."""
    own = {"SUIXING_DATA": str(folder / "data"), "SUIXING_PORT": str(free_port()), "SUIXING_PROCESSES": "2"}
    outside = {name: value for name, value in os.environ.items() if not _is_setting(name)}
    log = folder / "suixing.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "suixing", "serve", "--demo"],
            env={**outside, **own, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield _await_demo(process, Path(own["SUIXING_DATA"]) / "demo.json", log)
        family = find_family(process.pid)
        os.killpg(process.pid, signal.SIGINT)  # a terminal's Ctrl-C reaches the whole group
        assert process.wait(_STOP_SECONDS) == 0, log.read_text()
        assert_gone(family, log)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(_STOP_SECONDS)


def _is_setting(name: str) -> bool:
    return name.startswith("SUIXING_") or name in {"DATABASE_URL", "REDIS_URL"}


def _await_demo(process: subprocess.Popen[bytes], demo: Path, log: Path) -> dict[str, Any]:
    give_up_at = time.monotonic() + _START_SECONDS
    while not demo.exists():
        if process.poll() is not None or time.monotonic() > give_up_at:
            raise AssertionError(f"suixing serve --demo did not come up:\n{log.read_text()}")
        time.sleep(0.02)
    found: dict[str, Any] = msgspec.json.decode(demo.read_bytes())
    return found


def _list_processes() -> dict[int, tuple[int, str, str]]:
    """Every process of this machine that is not a zombie: id → (parent, when it started, command)."""
    answer = subprocess.run(
        ["/bin/ps", "-axww", "-o", "pid=,ppid=,stat=,lstart=,command="], check=True, capture_output=True, text=True
    ).stdout
    rows = (line.split(None, 8) for line in answer.splitlines())
    return {int(row[0]): (int(row[1]), " ".join(row[3:8]), row[8]) for row in rows if not row[2].startswith("Z")}


def find_family(pid: int) -> dict[int, str]:
    """The process and all that descend from it: id → when it started and what it is."""
    alive = _list_processes()
    family = {pid}
    while more := {child for child, row in alive.items() if row[0] in family} - family:
        family |= more
    return {member: " ".join(alive[member][1:]) for member in family if member in alive}


def assert_gone(family: dict[int, str], log: Path) -> None:
    """No process of the family is left; one that has just been told to end has two seconds."""
    give_up_at = time.monotonic() + 2
    while True:
        alive = _list_processes()
        left = {pid: what for pid, what in family.items() if pid in alive and what == " ".join(alive[pid][1:])}
        if not left:
            return
        assert time.monotonic() < give_up_at, f"left behind: {left}\n{log.read_text()}"
        time.sleep(0.05)
