"""What cities are called, by division codes (GB/T 2260): for residents, who are told where a venue is."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from app.provinces import PROVINCES

_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
"""Cities that are provinces: what stands beneath them are districts."""
_REGIONS = frozenset({"71", "81", "82"})


@cache
def _read_cities() -> dict[str, str]:
    return msgspec.json.decode((files("app.venues") / "cities.json").read_bytes(), type=dict[str, str])


def name_city(adcode: str) -> str:
    """The city of a six-digit code; of a county that no city has, the province's name, so that there is always one."""
    province = adcode[:2]
    if province in _MUNICIPALITIES:
        return f"{PROVINCES[province].zh}市"
    if province in _REGIONS:
        return PROVINCES[province].zh
    known = PROVINCES.get(province)
    return _read_cities().get(adcode[:4]) or (known.zh if known else "")
