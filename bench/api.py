"""issueCode against a bare "hello", a company's code against one's own, scanCode against one durable row: one server
process, in turns, in one run.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from app.demo import fill_demo
from app.embedded import running_servers
from app.keeping import require_keys
from app.migrating import migrate
from app.people.model import Assurance, ResidentCaller
from app.people.tokens import AccessTokens
from app.recognition.publishing import publish_trust_list
from app.secrets import read_secrets
from app.settings import Settings, read_settings
from bench import Ratio
from bench.loading import Load, request, run_load
from codes import KeyUse, Kind, mint

ROUNDS = 7
REQUESTS = 2000
_SUBJECTS = 200
_TABLE = "CREATE TABLE bench_rows (row_id uuid PRIMARY KEY, at timestamptz NOT NULL, body text NOT NULL)"
_SUBJECT = """
INSERT INTO subjects (subject_no, kind, resident_id, codes_valid_from, created_at) VALUES ($1, 'personal', $2, $3, $3)
"""


def run() -> list[Ratio]:
    """Starts durable private servers and one server process, and measures them in turns."""
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
                "SUIXING_LOG_LEVEL": "warning",
            }
            settings = read_settings(environment)
            prepared = asyncio.run(_prepare(settings, servers.database_url))
            with _serving(environment, port) as pid:
                return asyncio.run(_measure(port, pid, settings, prepared))


async def _prepare(settings: Settings, url: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    ring = require_keys(settings, now)
    await migrate(url)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
    await pool.execute(_TABLE)
    await publish_trust_list(pool, ring, lifetime=timedelta(days=1), now=now)
    subjects = [secrets.randbits(63) for _ in range(_SUBJECTS)]
    await pool.executemany(_SUBJECT, [(number, uuid4(), now - timedelta(minutes=1)) for number in subjects])
    # A purpose that needs the kind alone: a name would be one read more, of another shard.
    demo = await fill_demo(settings, url, now)
    await pool.execute("UPDATE venues SET purpose = 'library-entry'")
    bound = await pool.fetchrow("SELECT resident_id, binding_id FROM bindings WHERE kind = 'enterprise' LIMIT 1")
    await pool.close()
    return {"ring": ring, "subjects": subjects, "scanner": demo["scanner"]["credential"], "bound": bound}


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


async def _measure(port: int, pid: int, settings: Settings, prepared: dict[str, Any]) -> list[Ratio]:
    hello = [request("GET", "/bench/hello")] * REQUESTS
    token = _token(settings, prepared["bound"]["resident_id"])
    issue = [request("POST", "/v1/codes", token=token, body=b'{"kind":"personal"}')] * REQUESTS
    company = json.dumps({"kind": "enterprise", "delegation_id": str(prepared["bound"]["binding_id"])}).encode()
    issue_company = [request("POST", "/v1/codes", token=token, body=company)] * REQUESTS
    loads: dict[str, list[Load]] = {"hello": [], "issue": [], "company": [], "row": [], "scan": []}
    for _ in range(ROUNDS):
        scans = _scans(prepared, REQUESTS)
        rows = [request("POST", "/bench/row", body=one.partition(b"\r\n\r\n")[2]) for one in scans]
        turns = {"hello": hello, "issue": issue, "company": issue_company, "row": rows, "scan": scans}
        for name, requests in turns.items():
            load = await run_load(port, pid, requests)
            expected = 200 if name == "hello" else 201
            if load.statuses != {expected: REQUESTS}:
                raise RuntimeError(f"{name} was answered {load.statuses}")
            loads[name].append(load)
    return [
        _ratio("issueCode / bare hello, requests a second", loads["issue"], loads["hello"], 0.35),
        _ratio("issueCode of a company / of one's own, requests a second", loads["company"], loads["issue"], 0.50),
        _ratio("scanCode / one durable row, requests a second", loads["scan"], loads["row"], 0.60),
    ]


def _ratio(name: str, ours: list[Load], floor: list[Load], target: float) -> Ratio:
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


def _token(settings: Settings, resident_id: UUID) -> str:
    tokens = AccessTokens(read_secrets(settings.keys_folder).token, f"suixing:{settings.province}", 300)
    caller = ResidentCaller(
        resident_id=resident_id,
        session_id=UUID(int=2),
        installation_id=UUID(int=3),
        subject_no=4,
        assurance=Assurance.VERIFIED,
        identity_verified=True,
        roles=frozenset(),
    )
    return tokens.issue(caller, datetime.now(UTC))[0]


def _scans(prepared: dict[str, Any], count: int) -> list[bytes]:
    """Requests with a code each, of many subjects."""
    now = datetime.now(UTC)
    epoch = prepared["ring"].current(KeyUse.CODE, now)
    found: list[bytes] = []
    for number in range(count):
        subject_no = prepared["subjects"][number % _SUBJECTS]
        code = mint(epoch, issuer="31", subject_no=subject_no, kind=Kind.PERSONAL, now=now, lifetime=120)
        body = json.dumps({"code": code.text}).encode()
        found.append(request("POST", "/v1/scans", token=prepared["scanner"], body=body))
    return found


if __name__ == "__main__":
    for ratio in run():
        print(f"{ratio.name}: {ratio.ratio:.2f} (target {ratio.target}); {ratio.note}")
