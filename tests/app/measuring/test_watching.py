"""What is about to end stands in the log: once, again each hour, and when it is over."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.database import open_pool
from app.measuring import watching
from app.measuring.alarms import Alarm
from app.measuring.watching import AlarmLog, watch_endings
from app.recognition.publishing import HeldTrustList, publish_trust_list
from app.settings import Settings
from codes import create_key_ring
from tests.harness.clock import Clock

_DAY = timedelta(days=1)


def _events(log: list[Any]) -> list[tuple[str, str]]:
    return [(line["event"], line["subject"]) for line in log if line["event"].startswith("alarm.")]


def test_an_alarm_is_said_once_an_hour_and_when_it_is_over(clock: Clock) -> None:
    said = AlarmLog()
    first, second = (Alarm("status-list-ending", "critical", 1.0, subject) for subject in ("7", "8"))
    with capture_logs() as log:
        said.note([first], clock.now)
        said.note([first], clock.turn(minutes=59))
        said.note([first, second], clock.turn(minutes=2))
        said.note([second], clock.turn(minutes=1))
        said.note([], clock.turn(minutes=1))
        said.note([first], clock.turn(minutes=1))
    assert _events(log) == [
        ("alarm.raised", "7"),
        ("alarm.raised", "7"),
        ("alarm.raised", "8"),
        ("alarm.over", "7"),
        ("alarm.over", "8"),
        ("alarm.raised", "7"),
    ]


async def test_a_server_says_that_its_trust_list_ends(
    settings: Settings, fresh_database: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_LOOK_SECONDS", 0.01)
    ring = create_key_ring(tmp_path / "keys", "31", clock.now - _DAY, development=True)
    pool = await open_pool(settings, fresh_database, size=2)
    await publish_trust_list(pool, ring, lifetime=_DAY, now=clock.now)
    trust = HeldTrustList(pool, ring, clock)
    await trust.catch_up()
    clock.turn(hours=19)
    with capture_logs() as log:
        watching_it = asyncio.create_task(watch_endings(pool, ring, trust, clock))
        async with asyncio.timeout(20):
            while not _events(log):  # noqa: ASYNC110  nobody tells
                await asyncio.sleep(0.01)
        watching_it.cancel()
        await asyncio.gather(watching_it, return_exceptions=True)
    raised = next(line for line in log if line["event"] == "alarm.raised")
    assert (raised["slug"], raised["value"]) == ("trust-list-ending", 5.0)
    await pool.close()
