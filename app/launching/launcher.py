"""Starts everything in its order, keeps it running, and ends it in the opposite order."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from app.embedded import FolderLock, PrivateServers, Servers, claim_folder
from app.embedded.errors import explain
from app.embedded.keeping import Keeper
from app.embedded.spawning import spawn
from app.launching.addresses import answers, require_free_address
from app.launching.errors import StartError
from app.launching.plan import GO, Plan
from app.launching.signals import StopRequestedError, stopping_on_signals

_log = structlog.get_logger(__name__)

_READY_WITHIN = 60.0
_READY_POLL = 0.01
_TEND_EVERY = 0.5


def serve(plan: Plan, prepare: Callable[[Servers], None], announce: Callable[[], None]) -> int:
    """Runs the plan until Ctrl-C, SIGTERM or a closed terminal, and answers the exit code.

    `prepare` runs when the databases answer and before HTTP does: migrations belong there. `announce` runs when the
    first request has been answered. Call it from the main thread.
    """
    with stopping_on_signals():
        try:
            lock = claim_folder(plan.data.absolute(), plan.address)
            try:
                _forget(plan.announcement)
                _Launcher(plan, lock).run(prepare, announce)
            finally:
                _forget(plan.announcement)
                lock.release()
        except StopRequestedError:
            pass
    return 0


def _forget(announcement: Path | None) -> None:
    if announcement:
        announcement.unlink(missing_ok=True)


class _Launcher:
    """One run of a plan."""

    def __init__(self, plan: Plan, lock: FolderLock) -> None:
        self._plan = plan
        self._host = require_free_address(plan.host, plan.port)
        self._private = self._make_private(lock)
        self._environment = self._make_environment()
        self._prepared = False
        self._input: int | None = None
        self._web = Keeper("http", self._launch_web, ((signal.SIGTERM, 8.0),))
        self._worker = Keeper("worker", self._launch_worker, ((signal.SIGTERM, 5.0),)) if plan.worker_command else None

    def run(self, prepare: Callable[[Servers], None], announce: Callable[[], None]) -> None:
        try:
            self._web.start()  # it imports the application while the databases start
            if self._private:
                self._private.start()
            prepare(self._servers)
            self._prepared = True
            self._let_web_go()
            self._wait_until_ready()
            if self._worker:
                self._worker.start()  # not before: it would take from HTTP what time there is
            announce()
            while True:
                self._tend()
                time.sleep(_TEND_EVERY)
        finally:
            self._stop()

    @property
    def _servers(self) -> Servers:
        return Servers(self._environment["DATABASE_URL"], self._environment["REDIS_URL"])

    def _make_private(self, lock: FolderLock) -> PrivateServers | None:
        plan = self._plan
        if plan.database_url and plan.redis_url:
            lock.announce(database_url=plan.database_url, redis_url=plan.redis_url)
            return None
        return PrivateServers(
            lock, durable=plan.durable, postgres=plan.database_url is None, valkey=plan.redis_url is None
        )

    def _make_environment(self) -> dict[str, str]:
        metrics = self._plan.data.absolute() / "metrics"
        try:
            shutil.rmtree(metrics, ignore_errors=True)  # each start counts from nought
            metrics.mkdir(mode=0o700)
        except OSError as error:
            raise explain(self._plan.data, error) from error
        private = self._private
        return {
            **self._plan.environment,
            "DATABASE_URL": self._plan.database_url or (private and private.database_url) or "",
            "REDIS_URL": self._plan.redis_url or (private and private.redis_url) or "",
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        }

    def _launch_web(self) -> subprocess.Popen[bytes]:
        plan = self._plan
        options = {
            "application": plan.application,
            "host": self._host,
            "port": plan.port,
            "processes": plan.processes,
            "log_level": plan.log_level,
        }
        self._close_input()
        source, self._input = os.pipe()
        try:
            # -P: a folder `app` in whatever directory this was started from is not ours.
            command = [sys.executable, "-P", "-m", "app.launching.web", json.dumps(options)]
            process = spawn(command, death_signal=signal.SIGKILL, environment=self._environment, source=source)
        finally:
            os.close(source)
        if self._prepared:
            self._let_web_go()
        return process

    def _launch_worker(self) -> subprocess.Popen[bytes]:
        return spawn(self._plan.worker_command or (), death_signal=signal.SIGKILL, environment=self._environment)

    def _let_web_go(self) -> None:
        if self._input is not None:
            os.write(self._input, GO)
        self._close_input()

    def _close_input(self) -> None:
        if self._input is not None:
            os.close(self._input)
            self._input = None

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while not answers(self._host, self._plan.port, self._plan.ready_path):
            if self._web.exit_code is not None:
                raise StartError(f"The server ended with code {self._web.exit_code} while starting: see above.")
            if time.monotonic() > deadline:
                raise StartError(f"The server did not answer within {_READY_WITHIN:.0f} seconds: see above.")
            time.sleep(_READY_POLL)

    def _tend(self) -> None:
        if self._private:
            self._private.tend()
        self._web.tend()
        if self._worker:
            self._worker.tend()

    def _stop(self) -> None:
        """HTTP and the worker first, side by side, and then what they stand on."""
        self._close_input()
        children = [self._web, self._worker] if self._worker else [self._web]
        for child in children:
            child.ask_to_end()
        for child in children:
            child.end()
        if self._private:
            self._private.stop()
