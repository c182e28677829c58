"""Why a private server does not run, in words for somebody who has just cloned the project."""

from __future__ import annotations

import errno
import os
from pathlib import Path


class EmbeddedError(Exception):
    """A private server could not be started; the message says what to do."""


class NoBinaryError(EmbeddedError):
    """This platform has no ready-made server, or the package that brings it is missing."""


class FolderError(EmbeddedError):
    """The data folder cannot be used as it is."""


class DiskFullError(EmbeddedError):
    """There is no room left for the data folder or for the servers' shared memory."""


class PrivilegesError(EmbeddedError):
    """Running as root, and the servers cannot be given to an ordinary user here."""


class SocketsError(EmbeddedError):
    """No folder was found in which the servers can make their unix sockets."""


class ServerFailedError(EmbeddedError):
    """A server ended or stayed silent while it was starting."""


class AlreadyRunningError(EmbeddedError):
    """Another launcher holds this data folder."""

    def __init__(self, data: Path, pid: int, address: str | None) -> None:
        where = f" at {address}" if address else ""
        super().__init__(
            f"suixing is already running here (pid {pid}{where}), with the data folder {data}. "
            f"Stop it with Ctrl-C or `kill {pid}`, or give SUIXING_DATA another folder."
        )
        self.pid = pid
        self.address = address


def explain(data: Path, error: OSError) -> FolderError | DiskFullError:
    """Says in words what the operating system refused below the data folder."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFullError(
            f"There is no room left for the data folder {data}. Free some, or set SUIXING_DATA elsewhere."
        )
    where = f" ({error.filename})" if error.filename else ""
    return FolderError(
        f"The data folder {data} cannot be used by user {os.geteuid()}: {error.strerror or error}{where}. "
        "Make it writable for this user, or set SUIXING_DATA to a folder that is."
    )
