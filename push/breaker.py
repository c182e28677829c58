"""Leaving a provider alone while it serves nobody."""

from __future__ import annotations


class Breaker:
    """Opens after so many failures in a row, then lets one notice through now and then until one succeeds.

    Each probe that fails doubles the pause up to the longest. Times are the event loop's.
    """

    def __init__(self, *, threshold: int = 5, shortest: float = 1.0, longest: float = 30.0) -> None:
        self._threshold = threshold
        self._shortest = shortest
        self._longest = longest
        self._failures = 0
        self._rounds = 0
        self._probe_at = 0.0

    @property
    def is_open(self) -> bool:
        return self._failures >= self._threshold

    def allow(self, room: int, held: int, at: float) -> int:
        """How many of `room` notices may be claimed now, where `held` are claimed already: one alone is a probe."""
        if not self.is_open:
            return room
        return min(room, 1) if held == 0 and at >= self._probe_at else 0

    def succeed(self) -> bool:
        """The provider has answered; True when that closes the breaker."""
        was_open = self.is_open
        self._failures = self._rounds = 0
        return was_open

    def fail(self, at: float) -> bool:
        """The provider has failed; True when that opens the breaker."""
        was_open = self.is_open
        self._failures += 1
        if self.is_open and (not was_open or at >= self._probe_at):
            # What was in flight when it opened fails too, and tells nothing new.
            self._probe_at = at + min(self._longest, self._shortest * 2.0**self._rounds)
            self._rounds = min(self._rounds + 1, 32)
        return self.is_open and not was_open
