from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.harness.soaking import SoakJournal


def make_report(nodeid: str, outcome: str, *, when: str = "call", soak: bool = True) -> pytest.TestReport:
    report = pytest.TestReport(
        nodeid=nodeid,
        location=("", 0, ""),
        keywords={"soak": 1} if soak else {},
        outcome=outcome,  # type: ignore[arg-type]
        longrepr=None,
        when=when,  # type: ignore[arg-type]
    )
    report.duration = 12.34
    return report


def test_each_soak_test_is_entered_with_its_seed(tmp_path: Path) -> None:
    journal = SoakJournal(4711, tmp_path / "bench" / "soak.jsonl")
    journal.pytest_runtest_logreport(make_report("races", "passed"))
    journal.pytest_runtest_logreport(make_report("races", "passed", when="teardown"))
    journal.pytest_runtest_logreport(make_report("quick", "passed", soak=False))
    journal.pytest_runtest_logreport(make_report("fuzz", "failed"))
    lines = [msgspec.json.decode(line) for line in (tmp_path / "bench" / "soak.jsonl").read_bytes().splitlines()]
    assert [(line["test"], line["seed"], line["seconds"], line["outcome"]) for line in lines] == [
        ("races", 4711, 12.3, "passed"),
        ("fuzz", 4711, 12.3, "failed"),
    ]


def test_without_a_seed_one_is_drawn(tmp_path: Path) -> None:
    assert len({SoakJournal(None, tmp_path).seed for _ in range(100)}) > 95
