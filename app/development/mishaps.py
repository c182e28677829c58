"""What stand-ins answer, and what can be made to go wrong with it."""

from __future__ import annotations

import msgspec

_OK = 200


class Answer(msgspec.Struct, frozen=True):
    """What to answer, after how many seconds, and whether to close the connection instead."""

    status: int
    headers: dict[str, str]
    body: bytes
    delay: float = 0.0
    close: bool = False


class Mishap(msgspec.Struct, frozen=True):
    """What is to go wrong with a request."""

    code: str | None = None
    status: int = _OK
    headers: dict[str, str] = {}
    delay: float = 0.0
    close: bool = False

    def befall(self, answer: Answer) -> Answer:
        """The answer as it comes after this; what a code refuses is for each stand-in to word."""
        return msgspec.structs.replace(
            answer,
            status=answer.status if self.status == _OK else self.status,
            headers=answer.headers | self.headers,
            delay=self.delay,
            close=self.close,
        )


class Fallible:
    """A stand-in whose next requests can be made to meet with mishaps, however right they are."""

    def __init__(self) -> None:
        self._mishaps: list[Mishap] = []

    def fail_next(self, count: int, mishap: Mishap) -> None:
        """One that has a code is not taken."""
        self._mishaps += [mishap] * count

    def _take_mishap(self) -> Mishap:
        return self._mishaps.pop(0) if self._mishaps else Mishap()
