"""When one message departs: until then nothing of it can have arrived, whatever cuts its sending off."""

from __future__ import annotations


class CalledBackError(Exception):
    """A message was about to depart whose sender had been cut off: it stays."""


class Departure:
    """Kept by whoever sends a message and asked by whoever answers for it; both in one event loop."""

    def __init__(self) -> None:
        self._has_gone = False
        self._is_called_back = False

    @property
    def has_gone(self) -> bool:
        """Whether it may have arrived."""
        return self._has_gone

    def go(self) -> None:
        """To be said just before a provider could have the message. Raises CalledBackError."""
        if self._is_called_back:
            raise CalledBackError
        self._has_gone = True

    def come_back(self) -> None:
        """To be said where the provider has answered that it did not take it, before it is asked again."""
        self._has_gone = False

    def call_back(self) -> bool:
        """Keeps the message from departing later; False where it may have arrived."""
        self._is_called_back = True
        return not self._has_gone
