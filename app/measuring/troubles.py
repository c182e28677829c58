"""Lines to providers that serve nobody: put down by each worker that meets one, read for the alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from app.database import Executor
from app.measuring import trouble_store
from app.measuring.counting import minute_of
from push.troubles import Trouble

_PREFIX = "push.trouble."
_HEARD = timedelta(minutes=1)
"""Workers say it again within ten seconds, each time into the minute that it is."""


class _Named(msgspec.Struct, frozen=True, array_like=True):
    """What the name of such a measurement says; its value is for how many seconds."""

    channel: str
    line: str
    is_ours: bool
    reason: str


def measure_troubles(troubles: Iterable[Trouble]) -> dict[str, float]:
    """The measurements that they make."""
    return {
        _PREFIX + msgspec.json.encode(_Named(one.channel, one.line, one.is_ours, one.reason)).decode(): one.seconds
        for one in troubles
    }


async def read_troubles(db: Executor, now: datetime) -> list[Trouble]:
    """What any worker met last."""
    return tell_troubles(await trouble_store.list_lasting(db, _PREFIX, minute_of(now) - _HEARD))


def tell_troubles(measured: Mapping[str, float]) -> list[Trouble]:
    """A line whose reason has changed within the minute stands under each: the one that lasted longer is the later."""
    found: dict[tuple[str, str, bool], Trouble] = {}
    for name, seconds in sorted(measured.items(), key=lambda one: one[1]):
        said = msgspec.json.decode(name.removeprefix(_PREFIX), type=_Named)
        found[said.channel, said.line, said.is_ours] = Trouble(
            said.channel, said.line, said.reason, said.is_ours, seconds
        )
    return [found[key] for key in sorted(found)]
