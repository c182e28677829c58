"""What is common to the commands that import a file: a line that says how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.commands.progress import showing_progress

if TYPE_CHECKING:  # `--help` should not wait for imports
    from app.loading.running import Progress
    from app.loading.store import Standing


@contextmanager
def telling_how_far(file: Path) -> Generator[Progress]:
    """Shows how much of the file is in, on a terminal."""
    with showing_progress(in_bytes=True) as progress:
        yield lambda done, size: progress.tell(file.name, done, size)


def tell_outcome(file: Path, what: str, standing: Standing) -> None:
    """How many lines were entered and refused in all, the reasons, and where the refused lines are told."""
    from app.loading.files import count_refusals, name_report  # noqa: PLC0415  `--help` should not wait for imports

    if standing.finished:
        click.echo("this file is in already; nothing was done")
    click.echo(f"{standing.entered} {what} entered, {standing.refused} lines refused")
    report = name_report(file)
    if standing.refused and report.exists():
        for slug, count in count_refusals(file).items():
            click.echo(f"  {slug} {count}")
        click.echo(f"refused lines: {report}")
