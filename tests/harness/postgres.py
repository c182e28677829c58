"""A throwaway PostgreSQL of the system's own, for what must hold on a release older than the embedded one."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

_START_SECONDS = 30
_STATUS_LINE = 7
_CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=")


def installed_postgres() -> dict[int, Path]:
    """The `bin` folders of the system's own servers, by major version."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if on_path := shutil.which("postgres"):
        found.append(Path(on_path).resolve())
    return {_major(path): path.parent for path in found}


def _major(postgres: Path) -> int:
    answer = subprocess.run([postgres, "--version"], check=True, capture_output=True, text=True).stdout
    return int(answer.split()[2].split(".")[0])


@contextmanager
def running_postgres(binaries: Path, folder: Path) -> Generator[str]:
    """Initialises and starts a server in `folder`, yields the URL of its `postgres` database, and stops it."""
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    data = folder / "pgdata"
    data.mkdir(mode=0o700)
    if account:
        os.chown(data, account.pw_uid, account.pw_gid)
    uid = account and account.pw_uid
    _run([binaries / "initdb", "-D", data, "-U", "app", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"], uid)
    settings = [part for setting in _CARELESS for part in ("-c", setting)]
    log = folder / "postgres.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", data, *settings],
            stdout=output,
            stderr=output,
            cwd="/",
            user=uid,
            group=account and account.pw_gid,
        )
    try:
        _wait_until_ready(server, data, log)
        yield f"postgresql://app@/postgres?host={quote(str(data))}"
    finally:
        server.send_signal(signal.SIGINT)  # fast shutdown: sessions are ended, not waited for
        server.wait(timeout=_START_SECONDS)


def _run(command: Sequence[str | Path], uid: int | None) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", user=uid)
    assert done.returncode == 0, done.stdout + done.stderr


def _wait_until_ready(server: subprocess.Popen[bytes], data: Path, log: Path) -> None:
    give_up_at = time.monotonic() + _START_SECONDS
    status = data / "postmaster.pid"
    while time.monotonic() < give_up_at and server.poll() is None:
        lines = status.read_text().splitlines() if status.exists() else []
        if len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready":
            return
        time.sleep(0.02)
    raise AssertionError(f"PostgreSQL did not start:\n{log.read_text()}")
