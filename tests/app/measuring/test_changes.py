"""What bringing wallets up to date makes of measurements, and what is read of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.database import Pool
from app.licences.settling import Settled
from app.measuring.changes import ASKED, DELAYS, FAILED, measure_changes, name_delay, note_changes, read_registries
from app.measuring.model import RegistryAsked
from app.measuring.store import sum_since

NOW = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "bound"), [(0, "60"), (60, "60"), (61, "600"), (86_400, "86400"), (172_800, "172800"), (172_801, "inf")]
)
def test_delays_are_counted_by_class(seconds: float, bound: str) -> None:
    assert name_delay(seconds) == f"{DELAYS}{bound}"


async def test_what_was_asked_and_what_has_changed_adds_up(pool: Pool) -> None:
    settled = [
        Settled("traffic", delays=[timedelta(seconds=5), timedelta(hours=2)], entered=3),
        Settled("traffic", "provider-unavailable"),
        Settled("market"),
    ]
    assert measure_changes(settled) == {
        f"{ASKED}traffic": 2.0,
        f"{FAILED}traffic": 1.0,
        f"{ASKED}market": 1.0,
        f"{DELAYS}60": 1.0,
        f"{DELAYS}21600": 1.0,
    }
    for _ in range(2):
        await note_changes(pool, settled, NOW)
    asked, failed = [await sum_since(pool, name, NOW - timedelta(minutes=1)) for name in (ASKED, FAILED)]
    assert read_registries(asked, failed) == [RegistryAsked("market", 2, 0), RegistryAsked("traffic", 4, 2)]
    assert await sum_since(pool, DELAYS, NOW - timedelta(minutes=1)) == {f"{DELAYS}60": 2.0, f"{DELAYS}21600": 2.0}
