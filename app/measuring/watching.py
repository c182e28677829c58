"""What is about to end, written to the log of each server, besides the desk and the metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from app.database import Pool
from app.measuring.alarms import Alarm, find_ending
from app.measuring.standing import read_standing
from app.recognition.publishing import HeldTrustList
from codes import KeyRing

log = structlog.get_logger()

_LOOK_SECONDS = 60.0
_SAID_AGAIN = timedelta(hours=1)


class AlarmLog:
    """Says an alarm when it is raised, each hour while it is, and when it is over."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], datetime] = {}

    def note(self, alarms: Sequence[Alarm], now: datetime) -> None:
        """What is raised at this moment; all else is not, or not any more."""
        raised = {(alarm.slug, alarm.subject): alarm for alarm in alarms}
        for key, alarm in raised.items():
            if key not in self._said or now - self._said[key] >= _SAID_AGAIN:
                self._said[key] = now
                log.warning("alarm.raised", slug=alarm.slug, subject=alarm.subject, value=round(alarm.value, 1))
        for slug, subject in self._said.keys() - raised.keys():
            del self._said[slug, subject]
            log.info("alarm.over", slug=slug, subject=subject)


async def watch_endings(pool: Pool, ring: KeyRing, trust: HeldTrustList, clock: Callable[[], datetime]) -> None:
    """Runs until cancelled."""
    said = AlarmLog()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        now = clock()
        standing = await read_standing(pool, ring, trust, valkey=True, endings_age=timedelta(0), now=now)
        said.note(find_ending(standing), now)
