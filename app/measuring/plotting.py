"""The lines of the desk's plots: an hour, a day or a week in steps. What nobody measured is a gap, not a nought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from app.database import Pool
from app.measuring import store
from app.measuring.series import BOUNDS, COUNTING, REFUSED, SERIES, Kind, Series, Unit, refusal_series

Window = Literal["hour", "day", "week"]

_STEPS: dict[Window, tuple[timedelta, int]] = {
    "hour": (timedelta(minutes=1), 60),
    "day": (timedelta(minutes=15), 96),
    "week": (timedelta(hours=2), 84),
}
_REFUSALS_SHOWN = 5
_ZERO = datetime(2000, 1, 1)  # noqa: DTZ001  steps begin at whole ones of a day, whatever the clock's zone


class Step(msgspec.Struct, frozen=True):
    """What is known of one measurement in one step."""

    total: float
    most: float
    minutes: int


class Line(msgspec.Struct, frozen=True):
    """One line, a value a step; None where nothing is known."""

    name: str
    unit: Unit
    values: list[float | None]


class Plots(msgspec.Struct, frozen=True):
    """Lines over the same steps."""

    starts_at: datetime
    step_seconds: int
    lines: list[Line]


Steps = Mapping[str, Mapping[int, Step]]
"""By measurement and number of the step."""


async def read_plots(pool: Pool, window: Window, *, token_life: timedelta, now: datetime) -> Plots:
    """All lines of a window that ends with the minute under way."""
    step, count = _STEPS[window]
    until = ceil_step(now, step)
    since = until - step * count
    refused = await store.list_largest(pool, REFUSED, since=since, until=until, limit=_REFUSALS_SHOWN)
    series = (*SERIES, *map(refusal_series, refused))
    names = sorted({COUNTING, *(name for one in series for name in one.sources)})
    rows = await store.read_steps(pool, names, since=since, until=until, step=step)
    steps: dict[str, dict[int, Step]] = {}
    for row in rows:
        number = round((row["step"] - since) / step)
        steps.setdefault(row["name"], {})[number] = Step(row["total"], row["most"], row["minutes"])
    lines = [Line(one.name, one.unit, draw(one, steps, count, token_life)) for one in series]
    return Plots(since, round(step.total_seconds()), lines)


def ceil_step(moment: datetime, step: timedelta) -> datetime:
    """When the step that holds this moment ends."""
    zero = _ZERO.replace(tzinfo=moment.tzinfo)
    return moment + (step - (moment - zero) % step)


def draw(series: Series, steps: Steps, count: int, token_life: timedelta) -> list[float | None]:
    """The values of one line."""
    return [_value(series, steps, number, token_life) for number in range(count)]


def _value(series: Series, steps: Steps, number: int, token_life: timedelta) -> float | None:
    found = [steps.get(name, {}).get(number) for name in series.sources]
    if series.kind is Kind.PEAK:
        return found[0].most if found[0] else None
    counting = steps.get(COUNTING, {}).get(number)
    if counting is None:
        return None
    totals = [one.total if one else 0.0 for one in found]
    if series.kind is Kind.QUANTILE:
        return find_quantile(totals, series.quantile)
    rate = sum(totals) / counting.minutes
    return rate * token_life.total_seconds() / 60 if series.kind is Kind.ACTIVE else rate


def find_quantile(counts: Sequence[float], quantile: float) -> float | None:
    """The quantile of what was counted by class, linear within a class; None of nothing.

    Of the class without a bound no more is known than where it begins.
    """
    total = sum(counts)
    if not total:
        return None
    wanted, before = quantile * total, 0.0
    for index, count in enumerate(counts[: len(BOUNDS)]):
        if count and before + count >= wanted:
            low = BOUNDS[index - 1] if index else 0.0
            return low + (BOUNDS[index] - low) * (wanted - before) / count
        before += count
    return BOUNDS[-1]
