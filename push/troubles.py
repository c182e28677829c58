"""Which lines to providers do not serve, and why: for whoever runs a deployment, who must mend it or wait.

A line is an app, an environment or a template of a channel; where a channel has none, its line is called "".
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

FAULT_REMEMBERED = 3600.0
"""Seconds after its last refusal for which a line counts as misconfigured: no notice waits longer for its next try."""
PAUSE_REMEMBERED = 900.0
"""The same of a provider that is away: while anything waits for it, it is probed every 30 seconds."""


class Trouble(msgspec.Struct, frozen=True):
    """One line that serves nobody, for so many seconds by now; `is_ours` where our key, account or template is why."""

    channel: str
    line: str
    reason: str
    is_ours: bool
    seconds: float


class _Lasting(NamedTuple):
    reason: str
    is_ours: bool
    begun_at: float
    seen_at: float


class Troubles:
    """What a worker has met and has not seen mended. Times are the event loop's."""

    def __init__(self) -> None:
        self._lasting: dict[tuple[str, str], _Lasting] = {}

    def note(self, channel: str, line: str, reason: str, at: float, *, is_ours: bool) -> None:
        """A line did not serve. What is ours stays ours until the line has served: mending it is still to be done."""
        known = self._lasting.get((channel, line))
        if known is not None and known.is_ours and not is_ours:
            return
        begun_at = known.begun_at if known is not None and known.is_ours == is_ours else at
        self._lasting[channel, line] = _Lasting(reason, is_ours, begun_at, at)

    def end(self, channel: str, line: str) -> None:
        """A line has served."""
        self._lasting.pop((channel, line), None)

    def list_lasting(self, at: float) -> list[Trouble]:
        """What lasts; what was not met again for long is forgotten, since nobody waits for it."""
        for key, known in list(self._lasting.items()):
            if at - known.seen_at > (FAULT_REMEMBERED if known.is_ours else PAUSE_REMEMBERED):
                del self._lasting[key]
        return [
            Trouble(channel, line, known.reason, known.is_ours, at - known.begun_at)
            for (channel, line), known in sorted(self._lasting.items())
        ]
