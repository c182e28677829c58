"""How far a long command is: a line that moves on a terminal, and nothing where the output is a file."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Told of stages, each with a count that grows."""

    def tell(self, stage: str, done: int, total: int | None = None) -> None: ...


class _Silent:
    def tell(self, stage: str, done: int, total: int | None = None) -> None: ...


@contextmanager
def showing_progress(*, in_bytes: bool = False) -> Generator[Progress]:
    """On standard error, so that what a command prints can be piped; of a file in megabytes, with how fast it goes."""
    if not sys.stderr.isatty():
        yield _Silent()
        return
    from rich.console import Console  # noqa: PLC0415  needed on a terminal alone
    from rich.progress import (  # noqa: PLC0415  likewise
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as Bars  # noqa: PLC0415

    amounts = (DownloadColumn(), TransferSpeedColumn()) if in_bytes else (MofNCompleteColumn(),)
    columns = (TextColumn("{task.description}"), BarColumn(), *amounts, TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        class Shown:
            def tell(self, stage: str, done: int, total: int | None = None) -> None:
                if stage not in tasks:
                    tasks[stage] = bars.add_task(stage, total=total)
                bars.update(tasks[stage], completed=done, total=total)

        yield Shown()
