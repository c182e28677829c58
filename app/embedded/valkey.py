"""A private Valkey that only its owner can reach."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from urllib.parse import quote

from app.embedded.accounts import Account
from app.embedded.binaries import find_valkey
from app.embedded.folders import Folders
from app.embedded.keeping import Keeper
from app.embedded.locking import FolderLock
from app.embedded.logs import LogFile
from app.embedded.postgres import failure
from app.embedded.spawning import server_environment, spawn

_READY_WITHIN = 30.0
_POLL = 0.005


class EmbeddedValkey:
    """The server of one data folder; `start` returns at once and `wait_until_ready` when it answers."""

    def __init__(self, folders: Folders, lock: FolderLock, account: Account | None) -> None:
        self._folders = folders
        self._lock = lock
        self._account = account
        self._program = find_valkey()
        self._since = 0
        self.log: LogFile = folders.log("valkey")
        self.keeper = Keeper("valkey", self._launch, ((signal.SIGTERM, 5.0),))

    @property
    def url(self) -> str:
        """For redis-py."""
        return f"unix://{quote(str(self._folders.valkey_socket))}"

    def start(self) -> None:
        self._since = self.log.size()
        self.keeper.start()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while not self._answers():
            if self.keeper.exit_code is not None:
                raise failure("Valkey", self.keeper.exit_code, self.log, self._since)
            if time.monotonic() > deadline:
                raise failure("Valkey", None, self.log, self._since)
            time.sleep(_POLL)

    def _launch(self) -> subprocess.Popen[bytes]:
        output = self.log.open()
        command = [
            str(self._program), "--port", "0", "--daemonize", "no",
            "--unixsocket", str(self._folders.valkey_socket), "--unixsocketperm", "700",
            "--dir", str(self._folders.valkey), "--appendonly", "yes", "--save", "",
            # Everything in it may be lost: when it is full, what was used least recently makes room.
            "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru", "--loglevel", "notice",
        ]  # fmt: skip
        try:
            return spawn(
                command,
                death_signal=signal.SIGTERM,
                environment=server_environment(),
                account=self._account,
                output=output,
                keep=[self._lock.descriptor],
            )
        finally:
            os.close(output)

    def _answers(self) -> bool:
        """Whether a PING is answered; while it reads its file the answer is an error."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(self._folders.valkey_socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False
