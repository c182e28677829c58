"""Enters each soak test into bench/soak.jsonl: what was tried, from which seed, for how long, and how it ended."""

from __future__ import annotations

import platform
import secrets
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

JOURNAL = Path(__file__).resolve().parents[2] / "bench" / "soak.jsonl"


def add_seed_option(parser: pytest.Parser) -> None:
    """`--seed N` repeats what a recorded run tried."""
    parser.addoption("--seed", type=int, default=None, help="the seed of the soak tests; without it a new one is drawn")


class SoakJournal:
    """A plugin: draws the run's seed, and writes a line for each soak test that was run."""

    def __init__(self, seed: int | None, journal: Path = JOURNAL) -> None:
        self.seed = secrets.randbelow(2**32) if seed is None else seed
        self._journal = journal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" or "soak" not in report.keywords:
            return
        line = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "test": report.nodeid,
            "seed": self.seed,
            "seconds": round(report.duration, 1),
            "outcome": report.outcome,
            "python": platform.python_version(),
        }
        self._journal.parent.mkdir(exist_ok=True)
        with self._journal.open("ab") as journal:
            journal.write(msgspec.json.encode(line) + b"\n")
