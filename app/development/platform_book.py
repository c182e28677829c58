"""What the stand-ins of WeChat and Alipay remember, in a file that all server processes share."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path

_CREATE = """
CREATE TABLE IF NOT EXISTS kept (
    kind TEXT, key TEXT, value TEXT, expires_at REAL, used INTEGER DEFAULT 0, PRIMARY KEY (kind, key)
)
"""
_KEPT_SECONDS = 86400
"""For how long something that is over is told apart from what never was."""


class Found(StrEnum):
    """What became of something that can be used once."""

    GOOD = "good"
    USED = "used"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class PlatformBook:
    """Small texts by kind and key, each until its time; times are seconds since 1970."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def _opened(self) -> Generator[sqlite3.Connection]:
        if not self._path.exists():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")  # a crash may lose invented codes
            connection.execute(_CREATE)
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def put(self, kind: str, key: str, value: str, *, expires_at: float, now: float) -> None:
        with self._opened() as book:
            book.execute("DELETE FROM kept WHERE expires_at < ?", (now - _KEPT_SECONDS,))
            book.execute(
                "INSERT OR REPLACE INTO kept (kind, key, value, expires_at) VALUES (?, ?, ?, ?)",
                (kind, key, value, expires_at),
            )

    def use(self, kind: str, key: str, now: float) -> tuple[Found, str]:
        """Good for whoever comes first; the value is empty for all others."""
        with self._opened() as book:
            row = book.execute(
                "SELECT value, expires_at, used FROM kept WHERE kind = ? AND key = ?", (kind, key)
            ).fetchone()
            if row is None:
                return Found.UNKNOWN, ""
            value, expires_at, used = row
            if used or expires_at <= now:
                return (Found.USED if used else Found.EXPIRED), ""
            book.execute("UPDATE kept SET used = 1 WHERE kind = ? AND key = ?", (kind, key))
            return Found.GOOD, value

    def live(self, kind: str, now: float) -> dict[str, float]:
        """What of a kind is good now: key → when it ends, the latest last."""
        with self._opened() as book:
            rows = book.execute(
                "SELECT key, expires_at FROM kept WHERE kind = ? AND expires_at > ? ORDER BY expires_at, rowid",
                (kind, now),
            ).fetchall()
        return dict(rows)

    def knows(self, kind: str, key: str) -> bool:
        with self._opened() as book:
            return book.execute("SELECT 1 FROM kept WHERE kind = ? AND key = ?", (kind, key)).fetchone() is not None

    def shorten(self, kind: str, key: str, expires_at: float) -> None:
        """Lets something end earlier."""
        with self._opened() as book:
            book.execute(
                "UPDATE kept SET expires_at = min(expires_at, ?) WHERE kind = ? AND key = ?", (expires_at, kind, key)
            )
