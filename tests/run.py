"""What `make test` runs: style, imports and types side by side, then every test.

python -m tests.run            everything but the soak
python -m tests.run --check    style, imports and types alone
python -m tests.run --soak     the long counts, each entered into bench/soak.jsonl with its seed and duration; and every
                               rule that Hypothesis tries, by a thousand examples
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
_BIN = Path(sys.executable).parent
_PYRIGHT = ROOT / "tests" / "npm" / "node_modules" / "pyright" / "index.js"

CHECKS: Mapping[str, Sequence[str | Path]] = {
    "mypy": [_BIN / "mypy"],
    "pyright": [_BIN / "node", _PYRIGHT],
    "ruff check": [_BIN / "ruff", "check", "--quiet"],
    "ruff format": [_BIN / "ruff", "format", "--check", "--quiet"],
    "import rules": [_BIN / "lint-imports"],
}
"""The longest first, as two run at a time."""

_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Where nothing compiled is kept, each worker and each server that a test starts compiles everything anew."""

TESTS: Sequence[str | Path] = [_BIN / "pytest", "-q", "-n", "3"]
"""One worker more than the two processors that this is reckoned for: many tests wait for servers that start or end."""
SOAK: Sequence[str | Path] = [
    _BIN / "pytest",
    "-v",
    "-m",
    "soak or hypothesis",
    "--timeout",
    "3600",
    "--hypothesis-profile",
    "soak",
]


class Outcome(NamedTuple):
    """How a check ended, and what it said."""

    name: str
    seconds: float
    passed: bool
    output: str


def main() -> int:
    """Exits with 0 where all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.run", description=__doc__)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--check", action="store_true", help="style, imports and types alone")
    only.add_argument("--soak", action="store_true", help="the long counts alone")
    chosen = parser.parse_args()
    if chosen.soak:
        return _run_pytest(SOAK)
    if not run_checks(CHECKS):
        return 1
    return 0 if chosen.check else _run_pytest(TESTS)


def run_checks(checks: Mapping[str, Sequence[str | Path]]) -> bool:
    """Runs all, tells of each as it ends, and shows every failure before it answers."""
    passed = True
    with ThreadPoolExecutor(max_workers=2) as executor:
        for outcome in executor.map(_check, *zip(*checks.items(), strict=True)):
            _say(f"{'ok    ' if outcome.passed else 'FAILED'}  {outcome.name:<14}{outcome.seconds:6.1f} s")
            if not outcome.passed:
                _say(outcome.output.rstrip())
                passed = False
    return passed


def _check(name: str, command: Sequence[str | Path]) -> Outcome:
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=_ENVIRONMENT, check=False, capture_output=True, text=True)
    return Outcome(name, time.monotonic() - began, done.returncode == 0, done.stdout + done.stderr)


def _run_pytest(command: Sequence[str | Path]) -> int:
    """Pytest has the last word: its closing line, with its seconds, ends the output."""
    _say(f"tests   {' '.join(map(str, command[1:]))}")
    return subprocess.run(command, cwd=ROOT, env=_ENVIRONMENT, check=False).returncode


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
