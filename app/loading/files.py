"""The file that is loaded, in batches of whole lines, and the report of those that were refused."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from app.errors import SettingsError
from app.loading.store import Standing

_SUFFIX = ".refused.ndjson"
_MOST_BYTES = 8 * 2**20
"""Of a batch, where lines are long."""
ELSEWHERE = "Another process is importing this file: let it finish, or end it and start again."


class Refusal(NamedTuple):
    """Why a line was not taken; never what it says."""

    line_no: int
    slug: str
    pointer: str | None


class _Refused(msgspec.Struct):
    """Of a refused line, what it is counted by."""

    slug: str


class Batch(NamedTuple):
    """Some lines with their numbers, and where the file stands after them."""

    lines: list[tuple[int, bytes]]
    byte_offset: int
    line_no: int


def name_report(path: Path) -> Path:
    """Where the refused lines of a file are told."""
    return path.with_name(f"{path.name}{_SUFFIX}")


def measure(path: Path, scope: bytes = b"") -> tuple[int, bytes]:
    """How many bytes it has, and what its import is known by: its content, and as what it is read."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
        return file.tell(), hashlib.sha256(digest + scope).digest() if scope else digest


def open_report(path: Path, standing: Standing) -> BinaryIO:
    """The report as long as it was at the last whole batch."""
    report = name_report(path)
    descriptor = os.open(report, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise SettingsError(ELSEWHERE) from None
    if os.fstat(descriptor).st_size < standing.report_bytes:
        os.close(descriptor)
        raise SettingsError(f"{report} is shorter than this import left it: put it back beside the file.")
    os.ftruncate(descriptor, standing.report_bytes)
    os.lseek(descriptor, 0, os.SEEK_END)
    return os.fdopen(descriptor, "wb")


def write_refusals(report: BinaryIO, refusals: Sequence[Refusal]) -> int:
    """On disk once this returns; answers how long the report is."""
    said = ({"line": one.line_no, "slug": one.slug, "pointer": one.pointer} for one in refusals)
    report.writelines(msgspec.json.encode(one) + b"\n" for one in said)
    report.flush()
    os.fsync(report.fileno())
    return report.tell()


def count_refusals(path: Path) -> dict[str, int]:
    """How many lines of a file were refused for each reason, the most frequent first; line by line, however many.

    What somebody else has written into the report is passed over: the import stands as it is.
    """
    counts: Counter[str] = Counter()
    with name_report(path).open("rb") as report:
        for line in report:
            with suppress(msgspec.DecodeError):
                counts[msgspec.json.decode(line, type=_Refused).slug] += 1
    return dict(counts.most_common())


def read_batches(file: BinaryIO, standing: Standing, size: int, longest_line: int) -> Iterator[Batch]:
    """Batches from where the file stands; of a line without end, no more than its beginning is held."""
    line_no, offset = standing.line_no, standing.byte_offset
    lines: list[tuple[int, bytes]] = []
    held = 0
    while text := file.readline(longest_line + 2):
        offset += len(text)
        rest = text
        while not rest.endswith(b"\n") and (rest := file.readline(longest_line)):
            offset += len(rest)
        line_no += 1
        if text.strip():
            lines.append((line_no, text.rstrip(b"\r\n")))
            held += len(text)
        if len(lines) == size or held >= _MOST_BYTES:
            yield Batch(lines, offset, line_no)
            lines, held = [], 0
    if lines or offset > standing.byte_offset:
        yield Batch(lines, offset, line_no)
