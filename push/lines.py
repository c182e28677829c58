"""The lines of one channel: an app, an environment or a template each, left alone by itself when it fails."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import structlog

from push import alipay_answers, wechat_answers
from push.breaker import Breaker
from push.notices import Fault, Refused, Unavailable
from push.sending import Accepted, SendOutcome, Unanswered
from push.troubles import Troubles

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

LONGEST_REST = 3600.0
"""Seconds for which a provider may ask to be left alone."""
_OF_TEMPLATE = wechat_answers.TEMPLATE | alipay_answers.TEMPLATE
_TOO_MANY = 2
"""Messages in a row that do not fit a template: of one, its own words may be to blame."""


class _Line:
    def __init__(self) -> None:
        self.breaker = Breaker()
        self.held = 0
        self.rests_until = 0.0
        self.misfits = 0


class Lines:
    """Which lines of a channel serve: one app whose key is wrong keeps no other's notices from their phones."""

    def __init__(self, channel: str, troubles: Troubles) -> None:
        self._channel = channel
        self._troubles = troubles
        self._lines: defaultdict[str, _Line] = defaultdict(_Line)

    def is_resting(self, name: str) -> bool:
        """Whether a line is to be left alone now; where it may be probed, one request at a time is let through."""
        line = self._lines.get(name)
        if line is None:
            return False
        at = asyncio.get_running_loop().time()
        return at < line.rests_until or line.breaker.allow(1, line.held, at) == 0

    def begin(self, name: str) -> None:
        """Counts what is about to be sent, or is under way, until `end`."""
        self._lines[name].held += 1

    def end(self, name: str) -> None:
        self._lines[name].held -= 1

    def weigh(self, name: str, outcome: SendOutcome) -> None:
        """Notes how a request went, and tells an operator where our configuration is at fault."""
        line = self._lines[name]
        if isinstance(outcome, Accepted) and not line.breaker.is_open:
            line.breaker.succeed()
            line.misfits = 0
            self._troubles.end(self._channel, name)
            return
        if isinstance(outcome, Fault):
            _log.error("push.channel-misconfigured", channel=self._channel, line=name, reason=outcome.reason)
        if not isinstance(outcome, Unavailable | Fault | Unanswered):
            if line.breaker.succeed():
                _log.info("push.channel-resumed", channel=self._channel, line=name)
            misfit = outcome.reason if isinstance(outcome, Refused) and outcome.reason in _OF_TEMPLATE else None
            line.misfits = 0 if misfit is None else line.misfits + 1
            if misfit is not None and line.misfits >= _TOO_MANY:
                at = asyncio.get_running_loop().time()
                self._troubles.note(self._channel, name, misfit, at, is_ours=True)
            else:
                self._troubles.end(self._channel, name)
            return
        at = asyncio.get_running_loop().time()
        if line.breaker.fail(at):
            _log.error("push.channel-paused", channel=self._channel, line=name, reason=outcome.reason)
        if (is_ours := isinstance(outcome, Fault)) or line.breaker.is_open:
            self._troubles.note(self._channel, name, outcome.reason, at, is_ours=is_ours)
        if line.breaker.is_open and isinstance(outcome, Unavailable) and outcome.after is not None:
            # One that fails now and then is asked to wait for each message by itself.
            line.rests_until = max(line.rests_until, at + min(outcome.after, LONGEST_REST))
