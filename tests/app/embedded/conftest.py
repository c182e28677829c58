from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
import structlog

from app.embedded.accounts import Account, find_closed
from tests.harness.folders import create_short_folder

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder() -> Generator[Path]:
    """A short folder through which an ordinary user may pass."""
    made = create_short_folder()
    yield made
    shutil.rmtree(made)


class Stand:
    """Another process that runs the servers of a folder, or says why it cannot."""

    def __init__(self, data: Path, *prefix: str, python: Sequence[str] = (sys.executable,)) -> None:
        self.process = subprocess.Popen(
            [*prefix, *python, "-m", "tests.app.embedded.stand", str(data)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def said(self) -> dict[str, Any]:
        assert self.process.stdout
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def end(self) -> None:
        if self.process.returncode is None:
            self.process.communicate("", timeout=30)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


StartStand = Callable[..., Stand]


@pytest.fixture
def start_stand() -> Generator[StartStand]:
    started: list[Stand] = []

    def start(data: Path, *prefix: str, python: Sequence[str] = (sys.executable,)) -> Stand:
        started.append(Stand(data, *prefix, python=python))
        return started[-1]

    yield start
    for stand in started:
        stand.end()


def find_commands(path: Path) -> list[str]:
    """The command lines, of other processes, that name something in this folder."""
    lines = subprocess.run(["/bin/ps", "-axww", "-o", "command="], capture_output=True, text=True, check=True)
    return [line for line in lines.stdout.splitlines() if f"{path}/" in line]


def link_or_copy(source: str, target: str) -> None:
    """A second name of the same file where the two folders are on one disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def as_ordinary_user() -> Sequence[str]:
    """A command's prefix that makes it run as an ordinary user; nothing where the tests already are one."""
    return () if os.geteuid() else ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def ordinary_python() -> Sequence[str]:
    """A Python that an ordinary user can run too: root's own may lie in root's home."""
    stranger = Account(uid=65534, gid=65534, name="nobody")
    if os.geteuid() != 0 or find_closed(stranger, Path(sys.executable).resolve()) is None:
        return (sys.executable,)
    packages = Path(structlog.__file__).parents[1]
    system = Path("/usr/bin/python3")
    if not system.exists() or find_closed(stranger, packages):
        pytest.skip("an ordinary user cannot reach any Python here")
    return ("env", f"PYTHONPATH={packages}", str(system))
