"""Both private servers of a data folder, started side by side and ended together."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.embedded.accounts import choose_account
from app.embedded.binaries import find_postgres, find_valkey
from app.embedded.errors import explain
from app.embedded.folders import prepare_folders, remove_sockets
from app.embedded.locking import FolderLock, claim_folder, get_holder
from app.embedded.postgres import EmbeddedPostgres
from app.embedded.valkey import EmbeddedValkey

if TYPE_CHECKING:
    from app.settings import Settings  # whose rules need what no launcher does


@dataclass(frozen=True)
class Servers:
    """Where PostgreSQL and Valkey are, whoever runs them."""

    database_url: str
    redis_url: str


class PrivateServers:
    """What keeps the servers of a claimed folder; which of the two are wanted is decided at the start."""

    def __init__(self, lock: FolderLock, *, durable: bool = True, postgres: bool = True, valkey: bool = True) -> None:
        programs = [*([find_postgres() / "postgres"] if postgres else []), *([find_valkey()] if valkey else [])]
        account = choose_account(lock.data, programs)
        self._lock = lock
        self._folders = prepare_folders(lock.data, account)
        self._postgres = EmbeddedPostgres(self._folders, lock, account, durable=durable) if postgres else None
        self._valkey = EmbeddedValkey(self._folders, lock, account) if valkey else None

    @property
    def parts(self) -> list[EmbeddedPostgres | EmbeddedValkey]:
        return [server for server in (self._postgres, self._valkey) if server]

    @property
    def database_url(self) -> str | None:
        return self._postgres.url if self._postgres else None

    @property
    def redis_url(self) -> str | None:
        return self._valkey.url if self._valkey else None

    def start(self) -> None:
        """Returns when both answer; whatever goes wrong, nothing is left running."""
        try:
            if self._valkey:
                self._valkey.start()
            if self._postgres:
                self._postgres.start()
            if self._valkey:
                self._valkey.wait_until_ready()
        except OSError as error:
            self.stop()
            raise explain(self._lock.data, error) from error
        except BaseException:
            self.stop()
            raise
        self._lock.announce(database_url=self.database_url, redis_url=self.redis_url)

    def tend(self) -> None:
        """Call it about once a second: starts again what has ended, and bounds the logs."""
        for server in self.parts:
            server.keeper.tend()
            server.log.bound()

    def stop(self) -> None:
        for server in self.parts:
            server.keeper.ask_to_end()
        for server in self.parts:
            server.keeper.end()
        remove_sockets(self._folders, self._lock.data)


@contextlib.contextmanager
def running_servers(data: Path, *, durable: bool = True) -> Generator[Servers]:
    """Both servers of the data folder, for as long as the block runs; `durable=False` is for tests alone."""
    lock = claim_folder(data.absolute())
    try:
        private = PrivateServers(lock, durable=durable)
        private.start()
        try:
            yield Servers(private.database_url or "", private.redis_url or "")
        finally:
            private.stop()
    finally:
        lock.release()


@contextlib.contextmanager
def with_database(settings: Settings) -> Generator[str]:
    """The database's URL for one command: the one that is set, that of a running `serve`, or a private server's."""
    running = get_holder(settings.data.absolute())
    url = settings.database_url or (running and running.database_url)
    if url:
        yield url
        return
    lock = claim_folder(settings.data.absolute())
    try:
        private = PrivateServers(lock, valkey=False)
        private.start()
        try:
            yield private.database_url or ""
        finally:
            private.stop()
    finally:
        lock.release()


def find_running_servers(data: Path) -> Servers | None:
    """The servers that another command of this data folder is running now, for a command run beside it."""
    holder = get_holder(data.absolute())
    if holder is None or holder.database_url is None or holder.redis_url is None:
        return None
    return Servers(holder.database_url, holder.redis_url)
