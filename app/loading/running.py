"""Loading: read and prepared in threads while the batch before is entered.

    read ─► check and seal, in a thread ─► enter ─► report of refusals ─► where it stands   } one transaction

Memory holds a few batches, however long the file is. A crash at any moment leaves whole batches: the journal's row has
the offset up to which lines are in, and how long the report was then; what the report has beyond is cut off.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence, Sized
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Generic, NamedTuple, Protocol, TypeVar

from app.database import Connection, Pool, transaction
from app.errors import SettingsError
from app.loading import store
from app.loading.files import (
    ELSEWHERE,
    Batch,
    Refusal,
    measure,
    open_report,
    read_batches,
    write_refusals,
)
from app.loading.store import Standing

R = TypeVar("R", bound=Sized)
"""Some records, in whatever shape their kind of file enters them by; as many as its len."""

Progress = Callable[[int, int], None]
"""Told up to which byte the file is in, and how many it has."""


class Prepared(NamedTuple, Generic[R]):
    """What became of some lines before any database was asked."""

    rows: R
    refusals: list[Refusal]


class Loader(Protocol[R]):
    """What is particular to a kind of file."""

    longest_line: int
    ahead: int
    """How many batches are prepared while one is entered."""

    def prepare(self, lines: Sequence[tuple[int, bytes]], now: datetime) -> Prepared[R]:
        """Reads, checks and seals; in a thread."""
        ...

    async def enter(self, db: Connection, rows: R, now: datetime) -> list[Refusal]:
        """Puts the rows in, within a transaction; answers with those that it refused."""
        ...


async def load_file(
    pool: Pool,
    path: Path,
    open_loader: Callable[[bytes], Awaitable[Loader[R]]],
    *,
    now: Callable[[], datetime],
    tell: Progress,
    batch: int,
    scope: bytes = b"",
) -> Standing:
    """Loads the file, or what is left of it; answers how many lines were entered and refused in all.

    `open_loader` is given what the import is known by.
    """
    size, file_hash = await asyncio.to_thread(measure, path, scope)
    standing = await store.begin(pool, file_hash, now())
    if standing.finished:
        return standing
    loader = await open_loader(file_hash)
    with path.open("rb") as file, open_report(path, standing) as report:
        file.seek(standing.byte_offset)
        batches = read_batches(file, standing, batch, loader.longest_line)
        async with aclosing(_prepare_ahead(loader, batches, now)) as coming:
            async for ready in coming:
                standing = await _enter(pool, file_hash, loader, *ready, standing=standing, report=report, now=now())
                tell(standing.byte_offset, size)
        async with transaction(pool) as db:
            await _advance(db, file_hash, standing.byte_offset, standing, now())
    return standing


async def _prepare_ahead(
    loader: Loader[R], batches: Iterator[Batch], now: Callable[[], datetime]
) -> AsyncGenerator[tuple[Batch, Prepared[R]]]:
    """In the file's order, each once the one before is entered; no more are held than are prepared ahead."""
    waiting: deque[tuple[Batch, asyncio.Task[Prepared[R]]]] = deque()
    try:
        while True:
            while len(waiting) <= loader.ahead and (batch := await asyncio.to_thread(next, batches, None)) is not None:
                task = asyncio.create_task(asyncio.to_thread(loader.prepare, batch.lines, now()))
                waiting.append((batch, task))
            if not waiting:
                return
            batch, task = waiting.popleft()
            yield batch, await task
    finally:
        await asyncio.gather(*(task for _, task in waiting), return_exceptions=True)


async def _enter(
    pool: Pool,
    file_hash: bytes,
    loader: Loader[R],
    batch: Batch,
    prepared: Prepared[R],
    *,
    standing: Standing,
    report: BinaryIO,
    now: datetime,
) -> Standing:
    async with transaction(pool) as db:
        taken = await loader.enter(db, prepared.rows, now)
        refusals = sorted([*prepared.refusals, *taken])
        # On disk before the commit: what the journal says of the report's length is there.
        length = await asyncio.to_thread(write_refusals, report, refusals)
        following = Standing(
            byte_offset=batch.byte_offset,
            line_no=batch.line_no,
            report_bytes=length,
            entered=standing.entered + len(prepared.rows) - len(taken),
            refused=standing.refused + len(refusals),
            finished=False,
        )
        await _advance(db, file_hash, standing.byte_offset, following, None)
    return following


async def _advance(
    db: Connection, file_hash: bytes, since: int, standing: Standing, finished_at: datetime | None
) -> None:
    if not await store.advance(db, file_hash, since=since, standing=standing, finished_at=finished_at):
        raise SettingsError(ELSEWHERE)
