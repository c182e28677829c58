"""The launcher with a small application, as a process that is started, hurt and stopped from outside."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.folders import create_short_folder
from tests.harness.live import assert_gone, find_family, free_port

_ROOT = Path(__file__).parents[3]


class Launched:
    """A launcher under test, with its folder, port and output."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = options.setdefault("port", free_port())
        self.log = folder / f"out-{self.port}.log"
        command = [sys.executable, "-m", "tests.app.launching.stand", json.dumps({"data": str(self.data), **options})]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                command, cwd=_ROOT, env=os.environ | {"PYTHONPATH": str(_ROOT)}, stdout=output, stderr=output
            )
        self.family: dict[int, str] = {}

    def ready(self) -> Launched:
        self.wait_until((self.data / "ready").exists)
        self.family = find_family(self.process.pid)
        return self

    def wait_until(self, true: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.02)

    def get(self, path: str) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    @contextlib.contextmanager
    def asking(self, path: str) -> Generator[http.client.HTTPConnection]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request("GET", path)
            yield connection

    def stop(self, number: int = signal.SIGINT) -> float:
        """Seconds until it had ended well, with nothing left of it."""
        self.family |= find_family(self.process.pid)
        began = time.monotonic()
        self.process.send_signal(number)
        assert self.process.wait(20) == 0, self.log.read_text()
        seconds = time.monotonic() - began
        assert_gone(self.family, self.log)
        assert "Traceback" not in self.log.read_text()
        return seconds

    def fail(self) -> str:
        assert self.process.wait(60) == 1
        return self.log.read_text()


Launch = Callable[..., Launched]


@pytest.fixture
def launch() -> Generator[Launch]:
    folder = create_short_folder()
    started: list[Launched] = []

    def start(**options: Any) -> Launched:
        started.append(Launched(folder, **options))
        return started[-1]

    yield start
    for launched in started:
        if launched.process.poll() is None:
            family = find_family(launched.process.pid)
            launched.process.kill()
            launched.process.wait()
            assert_gone(family, launched.log)
    shutil.rmtree(folder)


def test_it_comes_up_whole_and_ends_without_a_trace(launch: Launch) -> None:
    launched = launch().ready()
    told = launched.get("/")
    assert told["database"] == (launched.folder / "prepared").read_text()
    assert str(launched.data) in told["redis"]
    launched.wait_until(lambda: bool(list(launched.folder.glob("worker-*"))))
    launched.stop()
    assert len(list(launched.folder.glob("closed-*"))) == 2  # each process closed what it had opened
    assert not (launched.data / "ready").exists()


def test_an_open_event_stream_is_ended_at_once_and_by_a_closed_terminal_too(launch: Launch) -> None:
    launched = launch(host="localhost", **_no_servers()).ready()  # a name is a host too
    with launched.asking("/stream") as connection:
        response = connection.getresponse()
        assert launched.stop(signal.SIGHUP) < 3
        assert response.read().endswith(b"bye")


def test_a_stream_that_nobody_ends_does_not_hold_it_up(launch: Launch) -> None:
    launched = launch(**_no_servers()).ready()
    with launched.asking("/endless") as connection, connection.getresponse():
        assert launched.stop() < 4


def test_a_request_under_way_is_answered_when_a_service_manager_ends_it(launch: Launch) -> None:
    launched = launch(**_no_servers()).ready()
    with launched.asking("/slow") as connection:
        time.sleep(0.2)
        launched.stop(signal.SIGTERM)
        assert connection.getresponse().status == 200


def test_nothing_survives_kill_9_of_the_launcher(launch: Launch) -> None:
    launched = launch(durable=True).ready()
    assert len(launched.family) >= 7  # launcher, granian, two processes, worker, two servers, and those of PostgreSQL
    launched.process.kill()
    launched.process.wait()
    assert_gone(launched.family, launched.log)
    (launched.data / "ready").unlink()  # else it is the killed one that seems ready
    launch().ready().stop()


def test_whatever_died_is_replaced(launch: Launch) -> None:
    launched = launch(**_no_servers()).ready()
    _lose_the_worker(launched)
    _lose_a_server_process(launched)
    _lose_the_http_server(launched)
    launched.stop()


def _lose_the_worker(launched: Launched) -> None:
    launched.wait_until(lambda: bool(list(launched.folder.glob("worker-*"))))
    [first] = launched.folder.glob("worker-*")
    os.kill(int(first.name.removeprefix("worker-")), signal.SIGKILL)
    launched.wait_until(lambda: len(list(launched.folder.glob("worker-*"))) == 2)


def _lose_a_server_process(launched: Launched) -> None:
    killed = launched.get("/")["pid"]
    os.kill(killed, signal.SIGKILL)
    launched.wait_until(lambda: _answering(launched) - {killed} != set())


def _lose_the_http_server(launched: Launched) -> None:
    """With all its processes, one of which had been replaced."""
    family = find_family(launched.process.pid)
    [server] = [pid for pid, what in family.items() if "app.launching.web" in what and _is_child(launched, pid)]
    before = {pid for pid, what in find_family(server).items() if "app.launching.web" in what}
    os.kill(server, signal.SIGKILL)
    launched.wait_until(lambda: bool(_answering(launched) - before))


def test_a_taken_port_is_named_before_anything_starts(launch: Launch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        launched = launch(port=port)
        said = launched.fail()
    assert f"Port {port} is taken" in said
    assert "SUIXING_PORT" in said
    assert "Traceback" not in said
    assert not (launched.data / "postgres").exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_wrong_host_is_named(launch: Launch, host: str) -> None:
    said = launch(host=host).fail()
    assert f"SUIXING_HOST is '{host}'" in said
    assert "Traceback" not in said


def test_a_second_one_is_told_who_is_there(launch: Launch) -> None:
    first = launch(**_no_servers()).ready()
    said = launch(port=first.port, **_no_servers()).fail()
    assert f"already running here (pid {first.process.pid} at http://127.0.0.1:{first.port})" in said
    assert (first.data / "ready").exists()
    first.stop()


def test_given_servers_are_used_and_none_started(launch: Launch) -> None:
    launched = launch(database_url="postgresql://given", redis_url="redis://given").ready()
    assert launched.get("/")["database"] == "postgresql://given"
    assert launched.get("/")["redis"] == "redis://given"
    assert not (launched.data / "postgres").exists()
    launched.stop()


def test_one_given_server_leaves_the_other_private(launch: Launch) -> None:
    launched = launch(database_url="postgresql://given").ready()
    assert launched.get("/")["database"] == "postgresql://given"
    assert launched.get("/")["redis"].startswith("unix://")
    launched.stop()


def test_an_application_that_cannot_be_made_ends_the_start(launch: Launch) -> None:
    launched = launch(factory="create_broken_app", **_no_servers())
    said = launched.fail()
    assert "while starting" in said
    assert "this application cannot be made" in said


def test_an_early_end_leaves_nothing(launch: Launch) -> None:
    launched = launch()
    launched.wait_until((launched.data / "postgres.unfinished").exists)
    launched.stop(signal.SIGTERM)
    launched = launch().ready()
    launched.stop()


def _no_servers() -> dict[str, str]:
    return {"database_url": "postgresql://given", "redis_url": "redis://given"}


def _answering(launched: Launched) -> set[int]:
    try:
        return {launched.get("/")["pid"]}
    except (OSError, http.client.HTTPException):
        return set()


def _is_child(launched: Launched, pid: int) -> bool:
    parent = subprocess.run(["/bin/ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(parent.stdout) == launched.process.pid
