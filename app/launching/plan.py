"""What is to be launched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

GO = b"g"
"""What the HTTP server's process waits for on its standard input, once it has imported the application."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One deployment on this machine; a URL that is None asks for a private server."""

    host: str
    port: int
    address: str
    """Where a person opens it, for whoever starts a second one."""
    processes: int
    data: Path
    application: str
    """The ASGI application's factory, as "module:function"."""
    ready_path: str
    """What answers 200 as soon as the application serves."""
    worker_command: Sequence[str] | None
    """None where workers run elsewhere."""
    environment: Mapping[str, str]
    log_level: str = "info"
    database_url: str | None = None
    redis_url: str | None = None
    announcement: Path | None = None
    """A file by which `announce` says that this run is ready: one of an earlier run is removed."""
    durable: bool = True
    """False is for tests alone."""
