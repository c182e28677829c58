from __future__ import annotations

import sys

import pytest

from tests.run import CHECKS, run_checks


def say(word: str, code: int) -> list[str]:
    return [sys.executable, "-c", f"print('{word}'); raise SystemExit({code})"]


def test_every_failure_is_shown_before_it_ends(capfd: pytest.CaptureFixture[str]) -> None:
    checks = {"first": say("one is wrong", 1), "second": say("unseen", 0), "third": say("so is three", 2)}
    assert not run_checks(checks)
    told = capfd.readouterr().out.splitlines()
    assert [line.split()[:2] for line in told if line.endswith(" s")] == [
        ["FAILED", "first"],
        ["ok", "second"],
        ["FAILED", "third"],
    ]
    assert "one is wrong" in told
    assert "so is three" in told
    assert "unseen" not in told


def test_all_well_is_said_in_a_line_each(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_checks({"first": say("unseen", 0), "second": say("unseen", 0)})
    assert len(capfd.readouterr().out.splitlines()) == 2


def test_the_checks_are_those_promised() -> None:
    assert CHECKS.keys() == {"mypy", "pyright", "ruff check", "ruff format", "import rules"}
