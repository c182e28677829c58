from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from app.embedded import FolderError, claim_folder, get_holder, locking
from app.embedded.keeping import Keeper
from app.embedded.logs import LogFile
from tests.app.embedded.conftest import ROOT, wait_until

_SPAWNER = """
import json, os, signal, sys
from app.embedded.spawning import spawn
child = spawn(json.loads(sys.argv[1]), death_signal=signal.SIGTERM, environment=os.environ, watchdog=sys.argv[2] == "1")
print(child.pid, flush=True)
sys.stdin.read()
"""

_CHILD = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path({!r}).touch(), sys.exit()))
print("up", flush=True)
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    "watchdog",
    [True, pytest.param(False, marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux ties by itself"))],
)
def test_a_child_ends_with_its_killed_parent(watchdog: bool, folder: Path) -> None:  # noqa: FBT001  a parameter of the test
    mark = folder / "ended"
    child = _CHILD.format(str(mark))
    command = json.dumps([sys.executable, "-c", child])
    parent = subprocess.Popen(
        [sys.executable, "-c", _SPAWNER, command, str(int(watchdog))],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert parent.stdout
    pid = next(int(line) for line in parent.stdout if line.strip().isdigit())
    said = parent.stdout.readline()
    assert said.strip() == "up"
    parent.kill()
    parent.communicate()
    wait_until(lambda: not is_alive(pid))
    assert mark.exists()


def launch(script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)


def test_a_keeper_starts_its_process_again_with_growing_pauses() -> None:
    launched: list[float] = []

    def brief() -> subprocess.Popen[bytes]:
        launched.append(time.monotonic())
        return subprocess.Popen(["/bin/sh", "-c", "exit 3"])

    keeper = Keeper("brief", brief, ((signal.SIGTERM, 1.0),))
    keeper.start()

    def tended_thrice() -> bool:
        keeper.tend()
        return len(launched) == 4

    wait_until(tended_thrice)
    keeper.end()
    pauses = [later - earlier for earlier, later in pairwise(launched)]
    assert pauses[0] >= 0.2
    assert pauses[1] >= 0.4
    assert pauses[2] >= 0.8


def test_a_keeper_ends_what_does_not_listen() -> None:
    deaf = launch("import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)")
    keeper = Keeper("deaf", lambda: deaf, ((signal.SIGTERM, 0.2),))
    keeper.start()
    assert deaf.stdout
    assert deaf.stdout.readline()
    keeper.end()
    assert deaf.returncode == -signal.SIGKILL
    deaf.stdout.close()


def test_a_log_is_bounded_while_it_is_written(folder: Path) -> None:
    log = LogFile(folder / "logs" / "server.log")
    descriptor = log.open()
    os.write(descriptor, b"x" * 2000)
    log.bound(largest=1000)
    os.write(descriptor, b"next\n")
    os.close(descriptor)
    assert log.path.read_bytes() == b"next\n"
    assert log.path.with_suffix(".log.1").stat().st_size == 2000
    assert log.tail() == "next"


def test_an_orphan_keeps_the_claim_of_its_dead_launcher(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = claim_folder(folder / "data", "http://127.0.0.1:1")
    orphan = subprocess.Popen(["/bin/sleep", "60"], pass_fds=[lock.descriptor])
    dead = subprocess.Popen(["/bin/true"])
    dead.wait()
    os.pwrite(lock.descriptor, json.dumps({"pid": dead.pid}).encode().ljust(300), 0)
    os.close(lock.descriptor)
    monkeypatch.setattr(locking, "_ORPHANS_LEAVE_WITHIN", 0.3)
    assert get_holder(folder / "data") is None
    with pytest.raises(FolderError, match="launcher is gone"):
        claim_folder(folder / "data")
    orphan.kill()
    orphan.wait()
    claim_folder(folder / "data").release()
