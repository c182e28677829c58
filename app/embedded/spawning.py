"""Starting a program that cannot outlive this process, whatever ends it."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.embedded.accounts import Account

_TETHER = Path(__file__).with_name("tether.py")


def spawn(
    command: Sequence[str],
    *,
    death_signal: int,
    environment: Mapping[str, str],
    account: Account | None = None,
    source: int = subprocess.DEVNULL,
    output: int | None = None,
    keep: Sequence[int] = (),
    watchdog: bool = sys.platform != "linux",
) -> subprocess.Popen[bytes]:
    """Starts the command in a session of its own, to be sent `death_signal` when this process ends.

    Call it from the main thread: Linux ties the child to the thread that started it. A session of its own keeps
    Ctrl-C in the terminal away from the child, so that it is the launcher that stops things in their order.
    """
    leash = _leash()[0] if watchdog else None
    wishes = {
        "parent": os.getpid(),
        "signal": int(death_signal),
        "uid": account and account.uid,
        "gid": account and account.gid,
        "capability": account and account.capability,
        "leash": leash,
    }
    return subprocess.Popen(  # noqa: S603  our own programs, by their full path
        [sys.executable, "-I", "-S", str(_TETHER), json.dumps(wishes), *command],
        env=dict(environment),
        stdin=source,
        stdout=output,
        stderr=output,
        pass_fds=[*keep, *([] if leash is None else [leash])],
        start_new_session=True,
    )


def server_environment() -> dict[str, str]:
    """What a server is told of this process's environment: nothing that would change how it behaves."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    # A given time zone also saves initdb from comparing the machine's with each zone of the database.
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}


@functools.cache
def _leash() -> tuple[int, int]:
    """A pipe whose far end this process alone holds: it closes when this process is gone."""
    return os.pipe()
