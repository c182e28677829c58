"""The deployment of those journeys that ask more of one than the live server's tests could bear beside them."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.harness.folders import create_short_folder
from tests.harness.live import running_suixing


class Crowd:
    """A running server with room for a crowd, which logs all it can; its logs are looked through once more at the end,
    when they are whole.
    """

    def __init__(self, demo: dict[str, Any], folder: Path) -> None:
        self.demo = demo
        self.data = folder / "data"
        self._folder = folder
        self._secrets: set[bytes] = set()

    def forbid(self, secrets: Iterable[bytes]) -> None:
        """None of these is in what was logged, nor will be."""
        self._secrets.update(secrets)
        self.require_silence()

    def require_silence(self) -> None:
        spoken = self.read_logs()
        told = [secret for secret in self._secrets if secret in spoken]
        assert told == [], "a log has them"

    def read_logs(self) -> bytes:
        """What the launcher, its servers and its workers wrote, and the private servers' own logs.

        What the launcher prints for a person to log in as is no log.
        """
        files = [self._folder / "suixing.log", *sorted((self.data / "logs").rglob("*"))]
        whole = b"".join(path.read_bytes() for path in files if path.is_file())
        return b"".join(line for line in whole.splitlines(keepends=True) if line.startswith(b"{"))


@pytest.fixture(scope="session")
def crowd() -> Generator[Crowd]:
    """Four processes, so that all races are between processes as well."""
    folder = create_short_folder()
    room = {"SUIXING_SCANS_BURST": "1000000", "SUIXING_SCANS_PER_MINUTE": "1000000", "SUIXING_CODES_BURST": "1000"}
    told = {"SUIXING_LOG_LEVEL": "debug", "SUIXING_LOG_REQUESTS": "true"}
    with running_suixing(folder, SUIXING_PROCESSES="4", **room, **told) as demo:
        made = Crowd(demo, folder)
        yield made
    made.require_silence()
    shutil.rmtree(folder)
