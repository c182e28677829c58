"""Lines to providers that serve nobody, from a worker's notes to the alarms' standing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from app.database import Pool
from app.measuring.sampling import Sampler
from app.measuring.troubles import measure_troubles, read_troubles, tell_troubles
from push.troubles import Trouble, Troubles

_NOW = datetime(2031, 5, 6, 7, 8, 30, tzinfo=UTC)
"""No other test measures in this minute."""


async def test_what_a_worker_cannot_send_by_is_read_until_it_has_served(pool: Pool) -> None:
    troubles, line = Troubles(), "cn.example.app production"
    sampler = Sampler(pool, {}, troubles, _NOW)
    begun_at = asyncio.get_running_loop().time() - 40
    troubles.note("apns", line, "InvalidProviderToken", begun_at, is_ours=True)
    await sampler.beat(_NOW)
    [known] = await read_troubles(pool, _NOW + timedelta(seconds=40))
    assert (known.channel, known.line, known.reason, known.is_ours) == ("apns", line, "InvalidProviderToken", True)
    assert known.seconds >= 40
    troubles.end("apns", line)
    await sampler.beat(_NOW + timedelta(minutes=2))
    assert await read_troubles(pool, _NOW + timedelta(minutes=2)) == []
    await sampler.stop(_NOW + timedelta(minutes=2))


def test_a_line_stands_once_with_what_it_says_last() -> None:
    first = Trouble("wechat", 'wx1 "a"', "template-unknown", is_ours=True, seconds=50)
    later = Trouble("wechat", 'wx1 "a"', "app-secret", is_ours=True, seconds=60)
    paused = Trouble("sms", "", "deadline", is_ours=False, seconds=9)
    assert tell_troubles(measure_troubles([later, first, paused])) == [paused, later]
