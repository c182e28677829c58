"""A private PostgreSQL that only its owner can reach."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from urllib.parse import quote

from app.embedded.accounts import Account
from app.embedded.binaries import find_postgres
from app.embedded.errors import DiskFullError, EmbeddedError, PrivilegesError, ServerFailedError
from app.embedded.folders import SOCKET_PORT, Folders, hand_over
from app.embedded.keeping import Keeper
from app.embedded.locking import FolderLock
from app.embedded.logs import LogFile
from app.embedded.spawning import server_environment, spawn
from app.embedded.tether import NOT_PERMITTED

DATABASE = "app"
_READY_WITHIN = 60.0
_POLL = 0.005
_STATUS_LINE = 7

_SETTINGS = {
    "listen_addresses": "",  # the socket alone: whoever can open it is trusted
    "port": str(SOCKET_PORT),
    "max_connections": "100",  # four server processes with a pool of ten, workers, migrations, a person looking
    "shared_buffers": "128MB",
    "jit": "off",  # short statements: compiling them costs more than it brings
    "io_method": "sync",  # saves the three processes of the default on a small machine
    "log_destination": "stderr",
    "log_line_prefix": "%m [%p] ",
    # Values would be personal data in a log: neither statements nor the rows that break a constraint are written.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_FULL = ("No space left on device", "Disk quota exceeded", "Check free disk space")
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """The server of one data folder; `start` returns when it answers."""

    def __init__(self, folders: Folders, lock: FolderLock, account: Account | None, *, durable: bool = True) -> None:
        self._folders = folders
        self._lock = lock
        self._account = account
        self._settings = _SETTINGS if durable else _SETTINGS | _CARELESS
        self._programs = find_postgres()
        self.log: LogFile = folders.log("postgres")
        # Fast shutdown, which lets no client hold it up; then immediate, from which the next start recovers.
        self.keeper = Keeper("postgres", self._launch, ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0)))

    @property
    def url(self) -> str:
        """For asyncpg and psql; the port is named lest PGPORT decides."""
        return f"postgresql://{DATABASE}@/{DATABASE}?host={quote(str(self._folders.sockets))}&port={SOCKET_PORT}"

    def start(self) -> None:
        if not self._folders.postgres.exists():
            self._make_cluster()
        hand_over(self._folders.postgres, self._account)
        # We hold the lock, and each process of an earlier server would hold it too: whatever these files say is old.
        (self._folders.postgres / "postmaster.pid").unlink(missing_ok=True)
        (self._folders.sockets / f".s.PGSQL.{SOCKET_PORT}.lock").unlink(missing_ok=True)
        since = self.log.size()
        self.keeper.start()
        self._wait_until_ready(since)
        self._make_database()

    def _make_cluster(self) -> None:
        """Runs initdb beside its place, so that a start that is interrupted leaves nothing half made."""
        unfinished = self._folders.postgres.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        hand_over(unfinished, self._account)
        since = self.log.size()
        code = self._run(
            "initdb", f"--pgdata={unfinished}", "--username=app", "--auth=trust", "--encoding=UTF8", "--no-sync",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
        )  # fmt: skip
        if code != 0:
            raise failure("PostgreSQL's first set-up", code, self.log, since)
        unfinished.rename(self._folders.postgres)

    def _make_database(self) -> None:
        made = self._folders.postgres / "suixing.database-made"
        if made.exists():
            return
        since = self.log.size()
        code = self._run("createdb", "-h", str(self._folders.sockets), "-p", str(SOCKET_PORT), "-U", DATABASE, DATABASE)
        if code != 0 and "already exists" not in self.log.tail(since):
            raise failure("making the database", code, self.log, since)
        made.touch()

    def _launch(self) -> subprocess.Popen[bytes]:
        sockets = str(self._folders.sockets)
        settings = self._settings | {"unix_socket_directories": f'"{sockets}"', "unix_socket_permissions": "0700"}
        options = [f"--{name}={value}" for name, value in settings.items()]
        return self._spawn(["postgres", "-D", str(self._folders.postgres), *options])

    def _run(self, *command: str) -> int:
        return self._spawn(command).wait()

    def _spawn(self, command: list[str] | tuple[str, ...]) -> subprocess.Popen[bytes]:
        output = self.log.open()
        try:
            return spawn(
                [str(self._programs / command[0]), *command[1:]],
                death_signal=signal.SIGINT,
                environment=server_environment(),
                account=self._account,
                output=output,
                keep=[self._lock.descriptor],
            )
        finally:
            os.close(output)

    def _wait_until_ready(self, since: int) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while not self._is_ready():
            if self.keeper.exit_code is not None:
                raise failure("PostgreSQL", self.keeper.exit_code, self.log, since)
            if time.monotonic() > deadline:
                raise failure("PostgreSQL", None, self.log, since)
            time.sleep(_POLL)

    def _is_ready(self) -> bool:
        try:
            lines = (self._folders.postgres / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > _STATUS_LINE and lines[0] == str(self.keeper.pid) and lines[_STATUS_LINE].strip() == "ready"


def failure(what: str, code: int | None, log: LogFile, since: int) -> EmbeddedError:
    """The error that fits what a server wrote before it ended, or before patience did."""
    said = log.tail(since)
    if any(words in said for words in _FULL):
        return DiskFullError(f"There is no room left for {what}, whose log is {log.path}. Free some, and start again.")
    if code == NOT_PERMITTED:
        return PrivilegesError(
            f"{what} cannot be started as an ordinary user: {said}. "
            "Start suixing as an ordinary user, or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    ended = "did not answer in time" if code is None else f"ended with code {code}"
    return ServerFailedError(f"{what} {ended}. The end of its log, {log.path}:\n{said or '(nothing was written)'}")
