from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg

from app.database import Pool
from app.ephemeral import Valkey, open_valkey
from tests.harness.servers import Servers

_RUN_AND_WAIT = """
import sys
from tests.harness.servers import Run
run = Run.begin()
run.servers()
print(run.folder, flush=True)
sys.stdin.read()
"""


def test_nothing_is_left_of_a_run_that_is_killed() -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", _RUN_AND_WAIT],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with run:
        assert run.stdout
        folder = run.stdout.readline().strip()
        assert _list_processes(folder)
        run.send_signal(signal.SIGKILL)
    give_up_at = time.monotonic() + 20
    while _list_processes(folder) or Path(folder).exists():
        assert time.monotonic() < give_up_at, (folder, _list_processes(folder))
        time.sleep(0.1)


def _list_processes(folder: str) -> list[str]:
    answer = subprocess.run(["/bin/ps", "-axww", "-o", "pid=,command="], check=True, capture_output=True, text=True)
    return [line for line in answer.stdout.splitlines() if folder in line]


async def test_databases_are_apart(servers: Servers, pool: Pool, fresh_database: str, empty_database: str) -> None:
    assert await pool.fetchval("SELECT count(*) FROM purposes") > 0
    names = {await _fetch(url, "SELECT current_database()") for url in (fresh_database, empty_database)}
    assert len(names) == 2
    assert await _fetch(empty_database, "SELECT to_regclass('purposes')") is None
    assert await _fetch(fresh_database, "SELECT count(*) > 0 FROM purposes")
    assert await _fetch(servers.postgres_url, "SELECT to_regclass('purposes')") is None


async def _fetch(database_url: str, query: str) -> object:
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_logical_databases_of_valkey_are_apart(servers: Servers, valkey: Valkey) -> None:
    other = open_valkey(f"{servers.valkey_url}?db=15")
    await valkey.set("key", "here", ex=60)
    assert await valkey.get("key") == b"here"
    assert await other.get("key") is None
    await other.aclose()
