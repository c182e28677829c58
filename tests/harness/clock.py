"""A clock that a test turns by hand: the domains are given `now`, and tests decide what it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Begins at the machine's time, so that what a server does by its own clock agrees, and then stands still."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float = 0, **more: float) -> datetime:
        """Turns it on, or back; takes what timedelta takes."""
        self.now += timedelta(seconds=seconds, **more)
        return self.now
