"""`python -m bench [--write] [NAME …]`: runs every module here that has `run`, or those named, and prints a table.

--write also puts the table into bench/README.md, with the machine, the versions and the date.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import Ratio

_FOLDER = Path(__file__).parent
_LIBRARIES = ("asyncpg", "cryptography", "granian", "litestar", "msgspec", "qrcode")
_HEADINGS = ("what", "ours", "peer", "unit", "ratio", "target", "", "note")


def main() -> int:
    """Exits with 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="modules of bench/; all of them, if none is named")
    parser.add_argument("--write", action="store_true", help="write bench/README.md")
    chosen = parser.parse_args()
    names = chosen.names or list_benchmarks()
    if chosen.write and chosen.names:
        parser.error("--write needs them all: the page is of one run")
    found = list(_run(names))
    lines = [*describe_machine(), "", *to_table(found)]
    print("\n".join(lines))
    if chosen.write:
        (_FOLDER / "README.md").write_text(to_page(lines), encoding="utf-8")
    return 0 if all(is_met(one) for one in found) else 1


def list_benchmarks() -> list[str]:
    """The modules here that have `run`, found without importing them."""
    paths = sorted(_FOLDER.glob("*.py"))
    return [path.stem for path in paths if "\ndef run() -> list[Ratio]:" in path.read_text("utf-8")]


def _run(names: Sequence[str]) -> Iterator[Ratio]:
    for name in names:
        print(f"bench: {name} …", file=sys.stderr, flush=True)
        yield from importlib.import_module(f"bench.{name}").run()


def is_met(one: Ratio) -> bool:
    return one.ratio <= one.target if one.better == "lower" else one.ratio >= one.target


def to_table(ratios: Sequence[Ratio]) -> list[str]:
    """A Markdown table whose columns stand in line."""
    rows = [_HEADINGS, *(_row(one) for one in ratios)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def _row(one: Ratio) -> tuple[str, ...]:
    sign = "≤" if one.better == "lower" else "≥"
    return (
        one.name,
        _figure(one.ours),
        _figure(one.peer),
        one.unit,
        f"{one.ratio:.2f}",
        f"{sign} {one.target:g}",
        "met" if is_met(one) else "missed",
        one.note,
    )


def _figure(value: float) -> str:
    """Three digits that matter, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def describe_machine() -> list[str]:
    """What the figures depend on."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _LIBRARIES)
    return [
        f"- {datetime.now(UTC):%Y-%m-%d}, {_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        f"- {platform.python_implementation()} {platform.python_version()} on {platform.system()}",
        f"- {versions}",
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def to_page(lines: Sequence[str]) -> str:
    """The whole of bench/README.md."""
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Each is a ratio of ours to a peer or a floor, measured in turns in one run: times differ from machine to",
            "machine, ratios much less, but other work on the machine (its load is given) takes from both unevenly.",
            "`make bench` prints them; `python -m bench --write` also writes this page.",
            "",
            *lines,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
