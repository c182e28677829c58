"""One server process of the product on durable private servers, with its floors beside it: what HTTP is measured on."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from app.embedded import running_servers
from app.people.model import Assurance, ResidentCaller
from app.people.tokens import AccessTokens
from app.secrets import read_secrets
from app.settings import Settings, read_settings
from bench import Ratio
from bench.loading import Load

ROUNDS = 7
T = TypeVar("T")


class Stand(NamedTuple):
    """The server process, and how it is reached."""

    port: int
    pid: int
    settings: Settings


@contextmanager
def running_product(
    prepare: Callable[[Settings, str], Coroutine[Any, Any, T]], **variables: str
) -> Iterator[tuple[Stand, T]]:
    """Starts private servers, has them filled by `prepare(settings, database_url)`, and starts the server process with
    the variables of settings that are given.
    """
    with tempfile.TemporaryDirectory(prefix="sxb", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        data.chmod(0o755)
        with running_servers(data) as servers:
            port = _free_port()
            environment = {
                "SUIXING_DATA": str(data),
                "SUIXING_PORT": str(port),
                "DATABASE_URL": servers.database_url,
                "REDIS_URL": servers.redis_url,
                "SUIXING_CODES_PER_MINUTE": "100000000",
                "SUIXING_CODES_BURST": "100000000",
                "SUIXING_SCANS_PER_MINUTE": "100000000",
                "SUIXING_SCANS_BURST": "100000000",
                "SUIXING_LOCATIONS_PER_MINUTE": "100000000",
                "SUIXING_LOCATIONS_BURST": "100000000",
                "SUIXING_LOG_LEVEL": "warning",
                **variables,
            }
            settings = read_settings(environment)
            prepared = asyncio.run(prepare(settings, servers.database_url))
            with _serving(environment, port) as pid:
                yield Stand(port, pid, settings), prepared


@contextmanager
def _serving(environment: dict[str, str], port: int) -> Iterator[int]:
    command = (  # as app/launching/web.py does it: what is imported is put out of the collector's sight
        "import gc, bench.application; gc.freeze(); from app.launching.web import serve_http; "
        f"serve_http('bench.application:create_app', '127.0.0.1', {port}, 1)"
    )
    metrics = Path(environment["SUIXING_DATA"]) / "metrics"
    metrics.mkdir(exist_ok=True)
    child = subprocess.Popen(
        [sys.executable, "-c", command],
        env={**os.environ, **environment, "PROMETHEUS_MULTIPROC_DIR": str(metrics)},
    )
    try:
        yield _server_pid(child.pid, port)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=20)


def _server_pid(parent: int, port: int) -> int:
    """The server process that granian forked, once it answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
            continue
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
        if children:
            return int(children[0])
    raise RuntimeError("the server did not come up")


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def ratio_of(name: str, ours: list[Load], floor: list[Load], target: float) -> Ratio:
    """Of the medians over all rounds; the first round warms up."""
    ours, floor = ours[1:], floor[1:]
    mine, theirs = median(one.rate for one in ours), median(one.rate for one in floor)
    note = "; ".join(
        f"{who} p50 {median(o.p50 for o in loads) * 1e3:.2f} ms, p99 {median(o.p99 for o in loads) * 1e3:.2f} ms, "
        f"CPU {median(o.cpu_us for o in loads):.0f} µs"
        for who, loads in (("ours", ours), ("floor", floor))
    )
    return Ratio(
        name=name, ours=mine, peer=theirs, ratio=mine / theirs, target=target, better="higher", unit="1/s", note=note
    )


def token_of(settings: Settings, resident_id: UUID, subject_no: int = 4) -> str:
    tokens = AccessTokens(read_secrets(settings.keys_folder).token, f"suixing:{settings.province}", 300)
    caller = ResidentCaller(
        resident_id=resident_id,
        session_id=UUID(int=2),
        installation_id=UUID(int=3),
        subject_no=subject_no,
        assurance=Assurance.VERIFIED,
        identity_verified=True,
        roles=frozenset(),
    )
    return tokens.issue(caller, datetime.now(UTC))[0]
