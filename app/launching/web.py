"""The HTTP server's own process, and the settings it runs with: docs/decisions/0020-http-server.md has the figures.

Run by the launcher as `python -m app.launching.web`. It imports the application while the databases are starting,
waits for a byte on its standard input, and then forks the server processes, which need no import of their own.
"""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.log import LogLevels
from granian.server.mp import MPServer

from app.embedded.tether import die_with_parent
from app.launching.plan import GO
from app.launching.stopping import expect_word
from app.logs import configure_logs

_OPEN_FILES = 65536
_OTHER_FILES = 512
_STOPPING_SECONDS = 2
_LOGGERS = {"version": 1, "disable_existing_loggers": False, "loggers": {"_granian": {"propagate": True}}}


class _Server(MPServer):
    """Granian, which gives its processes the word to end their streams before it waits for them."""

    word: Connection

    def _stop_workers(self) -> None:
        self.word.send_bytes(b".")
        super()._stop_workers()  # type: ignore[no-untyped-call]  # granian's own


def serve_http(application: str, host: str, port: int, processes: int) -> None:
    """Serves the application, named as "module:factory", until SIGTERM."""
    heard, word = multiprocessing.Pipe(duplex=False)
    server = _Server(
        application,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=processes,
        loop=Loops.uvloop,
        runtime_mode=RuntimeModes.st,
        runtime_threads=1,
        http=HTTPModes.http1,
        websockets=False,
        backlog=4096,
        # Each open connection takes one, idle ones and event streams too: files are the only true bound.
        backpressure=_raise_file_limit() - _OTHER_FILES,
        log_level=LogLevels.warning,
        log_dictconfig=_LOGGERS,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOPPING_SECONDS,
    )
    server.word = word
    server.serve(target_loader=partial(_load, pipe=heard, parent=os.getpid()))


def _load(application: str, *, pipe: Connection, parent: int) -> Callable[..., Any]:
    """In each server process: ties its life to granian's, and makes the application."""
    if sys.platform == "linux":
        die_with_parent(parent, signal.SIGKILL)
    else:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    expect_word(pipe)
    module, factory = application.split(":")
    made: Callable[..., Any] = getattr(importlib.import_module(module), factory)()
    return made


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)


def _raise_file_limit() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted) if soft != resource.RLIM_INFINITY else _OPEN_FILES


def main() -> None:
    """Prepares, waits for the byte, serves; without the byte the launcher has given up."""
    options: dict[str, Any] = json.loads(sys.argv[1])
    configure_logs(options.pop("log_level"))
    gc.disable()  # importing makes no garbage worth looking for: a sixth of its time
    importlib.import_module(str(options["application"]).partition(":")[0])
    gc.freeze()  # what is imported stays shared between the processes
    gc.enable()
    if os.read(0, 1) == GO:
        serve_http(**options)


if __name__ == "__main__":
    main()
