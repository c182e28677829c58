"""Benchmarks: each a ratio against its peer or its floor, measured in one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """What was measured: `ratio` is ours / peer, in `unit`."""

    name: str
    ours: float
    peer: float
    ratio: float
    target: float
    better: Literal["lower", "higher"]
    unit: str
    note: str = ""
