"""Keeping one process running, and ending it in good order."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Sequence

import structlog

_log = structlog.get_logger(__name__)

_SHORTEST_PAUSE = 0.2
_LONGEST_PAUSE = 30.0
_GOOD_RUN = 60.0


class Keeper:
    """Starts a process again, after a pause that grows, whenever it has ended unasked."""

    def __init__(
        self, name: str, launch: Callable[[], subprocess.Popen[bytes]], endings: Sequence[tuple[int, float]]
    ) -> None:
        """`endings` are signals, each with the seconds allowed before the next; the last resort is SIGKILL."""
        self.name = name
        self._launch = launch
        self._endings = endings
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = _SHORTEST_PAUSE
        self._started_at = 0.0
        self._again_at: float | None = None
        self._asked = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        self._process = self._launch()
        self._started_at = time.monotonic()
        self._again_at = None
        self._asked = False

    def tend(self) -> None:
        """Call it about once a second: sees whether the process has ended, and starts it when its pause is over."""
        if self._process is None or self._process.poll() is None:
            return
        now = time.monotonic()
        if self._again_at is None:
            if now - self._started_at > _GOOD_RUN:
                self._pause = _SHORTEST_PAUSE
            self._again_at = now + self._pause
            _log.warning("process.ended", process=self.name, exit_code=self._process.returncode, again_in=self._pause)
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        elif now >= self._again_at:
            self.start()
            _log.warning("process.started-again", process=self.name, pid=self.pid)

    def ask_to_end(self) -> None:
        """Sends the first of the signals without waiting, so that several can end side by side."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(self._endings[0][0])
            self._asked = True

    def end(self) -> None:
        """Ends the process, more firmly each time that it does not listen."""
        if self._process is None:
            return
        for number, seconds in self._endings:
            if self._process.poll() is not None:
                break
            if not self._asked:
                self._process.send_signal(number)
            self._asked = False
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        if self._process.poll() is None:
            _log.warning("process.killed", process=self.name, pid=self.pid)
            self._process.kill()
        self._process.wait()
        self._process = None
