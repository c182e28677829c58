"""A real PostgreSQL and a real Valkey with nothing to install, for development and tests.

    claim_folder ──► PrivateServers ──► EmbeddedPostgres ─┐
    (locking.py)     (servers.py)       EmbeddedValkey  ──┴──► Keeper ──► spawn ──► tether.py ──► the server
                                                              (keeping)  (spawning)  drops root, ties its life

Production sets DATABASE_URL and REDIS_URL, and none of this runs.
"""

from __future__ import annotations

from app.embedded.errors import (
    AlreadyRunningError,
    DiskFullError,
    EmbeddedError,
    FolderError,
    NoBinaryError,
    PrivilegesError,
    ServerFailedError,
    SocketsError,
)
from app.embedded.locking import FolderLock, Holder, claim_folder, get_holder
from app.embedded.servers import PrivateServers, Servers, find_running_servers, running_servers, with_database

__all__ = [
    "AlreadyRunningError",
    "DiskFullError",
    "EmbeddedError",
    "FolderError",
    "FolderLock",
    "Holder",
    "NoBinaryError",
    "PrivateServers",
    "PrivilegesError",
    "ServerFailedError",
    "Servers",
    "SocketsError",
    "claim_folder",
    "find_running_servers",
    "get_holder",
    "running_servers",
    "with_database",
]
