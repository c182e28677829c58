"""Where in the data folder each server keeps its things, and whose they are."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.embedded.accounts import Account
from app.embedded.errors import SocketsError, explain
from app.embedded.logs import LogFile

SOCKET_PORT = 5432
"""Names PostgreSQL's socket, `.s.PGSQL.5432`; nothing listens on a port."""


@dataclass(frozen=True)
class Folders:
    """The folders of both servers, made and handed to their account."""

    postgres: Path
    valkey: Path
    sockets: Path
    logs: Path

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def log(self, name: str) -> LogFile:
        return LogFile(self.logs / f"{name}.log")


def prepare_folders(data: Path, account: Account | None) -> Folders:
    """Makes what is missing below the data folder."""
    try:
        valkey = make_private(data / "valkey", account)
        sockets = _choose_sockets(data, account)
    except OSError as error:
        raise explain(data, error) from error
    return Folders(data / "postgres", valkey, sockets, data / "logs")


def remove_sockets(folders: Folders, data: Path) -> None:
    """Leaves nothing in the temp folder; what is in the data folder may stay."""
    if folders.sockets.parent != data:
        shutil.rmtree(folders.sockets, ignore_errors=True)


def make_private(folder: Path, account: Account | None) -> Path:
    """A folder that its account alone may enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    hand_over(folder, account)
    folder.chmod(0o700)
    return folder


def hand_over(folder: Path, account: Account | None) -> None:
    """Gives the folder and all in it to the account, where it is not the owner yet."""
    if account is None or folder.stat().st_uid == account.uid:
        return
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _choose_sockets(data: Path, account: Account | None) -> Path:
    inside = make_private(data / "sockets", account)
    if _can_bind(inside):
        return inside
    # The name is the same at each start, so that what a killed launcher left is used again and then removed.
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    for base in dict.fromkeys((tempfile.gettempdir(), "/tmp")):  # noqa: S108  a private folder in it, checked below
        folder = Path(base) / f"suixing-{digest}"
        with contextlib.suppress(OSError):
            make_private(folder, account)
        if _is_ours(folder, account) and _can_bind(folder):
            return folder
    raise SocketsError(
        f"The path {inside} is too long for unix sockets, or its file system has none, and no private folder "
        "could be made in the temp folder. Set SUIXING_DATA to a shorter path on a local disk."
    )


def _is_ours(folder: Path, account: Account | None) -> bool:
    """Nobody else may have put a folder of this name, or a link, into the shared temp folder."""
    owner = account.uid if account else os.geteuid()
    return folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == owner


def _can_bind(folder: Path) -> bool:
    """Whether both servers can make their sockets here and a client can be told where they are."""
    if any(character in str(folder) for character in ',"\n'):  # lists of hosts are split at commas
        return False
    longest = folder / f".s.PGSQL.{SOCKET_PORT}.probe"
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.bind(str(longest))
    except OSError:
        return False
    finally:
        longest.unlink(missing_ok=True)
    return True
