"""One PostgreSQL and one Valkey for a whole test run, shared by its workers and gone with it.

The first worker that needs them starts a keeper (this module as a process); the others find what it wrote. The keeper
stops everything when the run's lock is free, that is when pytest has ended, in whatever way.
"""

from __future__ import annotations

import asyncio
import fcntl
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import asyncpg
import msgspec

from app.embedded import running_servers
from app.migrating import migrate
from tests.harness.folders import create_short_folder

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60
_STOP_SECONDS = 30
_TEMPLATE = "template_suixing"


class Servers(msgspec.Struct, frozen=True):
    """Where the run's servers are."""

    postgres_url: str
    valkey_url: str

    def database_url(self, name: str) -> str:
        address, _, query = self.postgres_url.partition("?")
        return f"{address.rpartition('/')[0]}/{name}?{query}"

    async def create_database(self, name: str, *, migrated: bool = True) -> str:
        """A new database: a copy of the migrated one, or without anything."""
        template = _TEMPLATE if migrated else "template0"
        await self._execute(f'CREATE DATABASE "{name}" TEMPLATE {template}')
        return self.database_url(name)

    async def drop_database(self, name: str) -> None:
        await self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.postgres_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


class Run:
    """A test run's folder; the process that made it holds its lock for as long as it lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: IO[bytes] | None = None

    @classmethod
    def begin(cls) -> Run:
        run = cls(create_short_folder())
        run._lock = (run.folder / "run.lock").open("wb")
        fcntl.flock(run._lock, fcntl.LOCK_EX)
        return run

    def end(self) -> None:
        """Lets the keeper go and waits until it has."""
        assert self._lock is not None
        with (self.folder / "keeper.lock").open("ab") as keeper:
            self._lock.close()
            _lock_within(keeper, _STOP_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)  # the keeper, where there was one, has done it

    def servers(self) -> Servers:
        """The run's servers, started by whoever asks first."""
        with (self.folder / "start.lock").open("wb") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            answer = self.folder / "servers.json"
            if not answer.exists():
                self._start_keeper(answer)
            return msgspec.json.decode(answer.read_bytes(), type=Servers)

    def _start_keeper(self, answer: Path) -> None:
        log = self.folder / "keeper.log"
        with log.open("wb") as output:
            keeper = subprocess.Popen(
                [sys.executable, "-m", __name__, self.folder],
                stdout=output,
                stderr=output,
                cwd=_ROOT,
                start_new_session=True,
            )
        give_up_at = time.monotonic() + _START_SECONDS
        while not answer.exists():
            if keeper.poll() is not None or time.monotonic() > give_up_at:
                raise AssertionError(f"The servers of the tests did not start:\n{log.read_text()}")
            time.sleep(0.02)
        keeper.returncode = 0  # it outlives this worker, and whoever ends the run waits for it


def _lock_within(file: IO[bytes], seconds: float) -> None:
    give_up_at = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            assert time.monotonic() < give_up_at, "the servers of the tests did not stop"
            time.sleep(0.02)
        else:
            return


def _keep(run: Run) -> None:
    """Serves until the run's lock is free."""
    data = run.folder / "data"
    data.mkdir(mode=0o711)
    with (
        (run.folder / "keeper.lock").open("wb") as keeper,
        (run.folder / "run.lock").open("rb") as run_lock,
    ):
        fcntl.flock(keeper, fcntl.LOCK_EX)
        with running_servers(data, durable=False) as running:
            servers = Servers(postgres_url=running.database_url, valkey_url=running.redis_url)
            asyncio.run(_prepare(servers))
            draft = run.folder / "servers.json.draft"
            draft.write_bytes(msgspec.json.encode(servers))
            draft.rename(run.folder / "servers.json")
            fcntl.flock(run_lock, fcntl.LOCK_EX)
        shutil.rmtree(run.folder, ignore_errors=True)  # nobody else is left to do it where pytest was killed


async def _prepare(servers: Servers) -> None:
    await servers.create_database(_TEMPLATE, migrated=False)
    await migrate(servers.database_url(_TEMPLATE))


if __name__ == "__main__":
    _keep(Run(Path(sys.argv[1])))
