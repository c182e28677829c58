"""The first load of residents from a file of JSON lines: sealed on the way in, and taken up again where it was cut off.

    read ─► check and seal, in a thread ─► COPY ─► enter ─► report of refusals ─► where it stands   } one transaction

Memory holds two batches, however long the file is. A crash at any moment leaves whole batches: the journal's row has
the offset up to which lines are in, and how long the report was then; what the report has beyond is cut off.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from app.database import Connection, Pool, transaction
from app.errors import SettingsError
from app.people import import_store as store
from app.people.import_lines import LONGEST_LINE, Prepared, Refusal, prepare_lines
from app.people.import_store import Standing
from app.sealing import Vault

BATCH = 2000
_SUFFIX = ".refused.ndjson"
_ELSEWHERE = "Another process is importing this file: let it finish, or end it and start again."
_TAKEN = {"phone-taken": "/phone", "identity-taken": "/id_number"}

Progress = Callable[[int, int], None]
"""Told up to which byte the file is in, and how many it has."""


class _Batch(NamedTuple):
    lines: list[tuple[int, bytes]]
    byte_offset: int
    line_no: int


async def import_residents(
    pool: Pool, vault: Vault, path: Path, *, now: Callable[[], datetime], tell: Progress, batch: int = BATCH
) -> Standing:
    """Imports the file, or what is left of it; answers how many lines were entered and refused in all."""
    size, file_hash = await asyncio.to_thread(_measure, path)
    standing = await store.begin(pool, file_hash, now())
    if standing.finished:
        return standing
    with path.open("rb") as file, _open_report(path, standing) as report:
        file.seek(standing.byte_offset)
        batches = _read(file, standing, batch)
        coming = asyncio.create_task(asyncio.to_thread(_prepare_next, vault, file_hash, batches, now()))
        try:
            while (ready := await coming) is not None:
                coming = asyncio.create_task(asyncio.to_thread(_prepare_next, vault, file_hash, batches, now()))
                standing = await _enter(pool, file_hash, *ready, standing=standing, report=report, now=now())
                tell(standing.byte_offset, size)
        finally:
            await asyncio.gather(coming, return_exceptions=True)
        async with transaction(pool) as db:
            await _advance(db, file_hash, standing.byte_offset, standing, now())
    return standing


def name_report(path: Path) -> Path:
    """Where the refused lines of a file are told."""
    return path.with_name(f"{path.name}{_SUFFIX}")


def _measure(path: Path) -> tuple[int, bytes]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
        return file.tell(), digest


def _open_report(path: Path, standing: Standing) -> BinaryIO:
    """The report as long as it was at the last whole batch."""
    report = name_report(path)
    descriptor = os.open(report, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise SettingsError(_ELSEWHERE) from None
    if os.fstat(descriptor).st_size < standing.report_bytes:
        os.close(descriptor)
        raise SettingsError(f"{report} is shorter than this import left it: put it back beside the file.")
    os.ftruncate(descriptor, standing.report_bytes)
    os.lseek(descriptor, 0, os.SEEK_END)
    return os.fdopen(descriptor, "wb")


def _read(file: BinaryIO, standing: Standing, size: int) -> Iterator[_Batch]:
    """Batches from where the file stands; of a line without end, no more than its beginning is held."""
    line_no, offset = standing.line_no, standing.byte_offset
    lines: list[tuple[int, bytes]] = []
    while text := file.readline(LONGEST_LINE + 2):
        offset += len(text)
        rest = text
        while not rest.endswith(b"\n") and (rest := file.readline(LONGEST_LINE)):
            offset += len(rest)
        line_no += 1
        if text.strip():
            lines.append((line_no, text.rstrip(b"\r\n")))
        if len(lines) == size:
            yield _Batch(lines, offset, line_no)
            lines = []
    if lines or offset > standing.byte_offset:
        yield _Batch(lines, offset, line_no)


def _prepare_next(
    vault: Vault, file_hash: bytes, batches: Iterator[_Batch], now: datetime
) -> tuple[_Batch, Prepared] | None:
    batch = next(batches, None)
    return batch and (batch, prepare_lines(vault, file_hash, batch.lines, now))


async def _enter(
    pool: Pool,
    file_hash: bytes,
    batch: _Batch,
    prepared: Prepared,
    *,
    standing: Standing,
    report: BinaryIO,
    now: datetime,
) -> Standing:
    async with transaction(pool) as db:
        await store.copy_lines(db, prepared.rows)
        taken = [
            Refusal(row["line_no"], row["slug"], _TAKEN[row["slug"]])
            for row in await store.enter_lines(db, file_hash, now)
        ]
        refusals = sorted([*prepared.refusals, *taken])
        # On disk before the commit: what the journal says of the report's length is there.
        length = await asyncio.to_thread(_write, report, refusals)
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


def _write(report: BinaryIO, refusals: Sequence[Refusal]) -> int:
    said = ({"line": one.line_no, "slug": one.slug, "pointer": one.pointer} for one in refusals)
    report.writelines(msgspec.json.encode(one) + b"\n" for one in said)
    report.flush()
    os.fsync(report.fileno())
    return report.tell()


async def _advance(
    db: Connection, file_hash: bytes, since: int, standing: Standing, finished_at: datetime | None
) -> None:
    if not await store.advance(db, file_hash, since=since, standing=standing, finished_at=finished_at):
        raise SettingsError(_ELSEWHERE)
