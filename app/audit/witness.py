"""A witness outside PostgreSQL: each head is a line of a file that only grows, on disk before the worker goes on.

Whoever can write to the database alone can cut off its newest heads and go on from an older one; not so here.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog

from app.audit import store
from app.audit.heads import heads_since, is_signed
from app.audit.model import Head
from app.audit.signing import Verifier
from app.database import Pool

log = structlog.get_logger()

_TAIL = 64 * 1024


class _Line(msgspec.Struct, frozen=True):
    """A head as a line has it: bytes in hexadecimal, times in microseconds since 1970."""

    batch_no: int
    until_us: int
    created_us: int
    leaf_count: int
    root: str
    previous_head: str
    head: str
    kid: str
    signature: str


class Witnessed(NamedTuple):
    """One line: its number, and its head unless it is damaged."""

    line_no: int
    head: Head | None


def _encode(head: Head) -> bytes:
    hexed = {
        name: value.hex() if isinstance(value, bytes) else value for name, value in msgspec.structs.asdict(head).items()
    }
    return msgspec.json.encode(hexed) + b"\n"


def _decode(line: bytes) -> Head | None:
    try:
        read = msgspec.json.decode(line, type=_Line)
        return Head(
            read.batch_no, read.until_us, read.created_us, read.leaf_count, bytes.fromhex(read.root),
            bytes.fromhex(read.previous_head), bytes.fromhex(read.head), bytes.fromhex(read.kid),
            bytes.fromhex(read.signature),
        )  # fmt: skip
    except (msgspec.MsgspecError, ValueError):
        return None


class WitnessFile:
    """The file; it may be made append-only for good (chattr +a), since nothing here ever needs more."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def size(self) -> int | None:
        """How long it is, or None where there is none."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return None

    def last(self) -> Head | None:
        """The newest head in it."""
        size = self.size()
        if not size:
            return None
        with self.path.open("rb") as file:
            file.seek(max(0, size - _TAIL))
            lines = file.read().splitlines()
        return next((head for line in reversed(lines) if (head := _decode(line))), None)

    def append(self, heads: Sequence[Head]) -> None:
        """Returns when they are on disk. Two workers on one machine take turns."""
        is_new = self.size() is None
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"  # a crash amid a write
            text = (b"\n" if is_torn else b"") + b"".join(map(_encode, heads))
            while text:
                text = text[os.write(descriptor, text) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            self._keep_name()

    def _keep_name(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def read(self, size: int) -> Iterator[Witnessed]:
        """Its lines, as far as it went when it was `size` long.

        A line that a crash cut short is passed over where the same head follows it whole, or nothing follows it.
        """
        with self.path.open("rb") as file:
            torn: tuple[int, bytes] | None = None
            whole, read = True, 0
            for line_no, line in enumerate(file, 1):
                if read >= size:
                    break
                if torn and not line.startswith(torn[1]):
                    yield Witnessed(torn[0], None)
                torn = None
                head = _decode(line)
                if head is None:
                    torn = (line_no, line.rstrip(b"\n"))
                else:
                    yield Witnessed(line_no, head)
                whole, read = line.endswith(b"\n"), read + len(line)
            if torn and whole:
                yield Witnessed(torn[0], None)


async def witness_heads(pool: Pool, witness: WitnessFile, verifier: Verifier, made: Sequence[Head]) -> None:
    """Adds the new heads, and those of other workers and of before a crash that the file has not seen yet.

    A head that the file has seen and the database has no more is told at once, without waiting for an auditor.
    """
    last = await asyncio.to_thread(witness.last)
    if last is None:
        await _append(witness, verifier, made)
        return
    held = await store.find_heads(pool, [last.batch_no])
    if held.get(last.batch_no) != last.head:
        log.error("audit.heads-cut-off", batch_no=last.batch_no, head=last.head.hex())
        await _append(witness, verifier, [head for head in made if head.batch_no <= last.batch_no])
    seen = last.batch_no
    while page := await heads_since(pool, seen):
        await _append(witness, verifier, page)
        seen = page[-1].batch_no


async def _append(witness: WitnessFile, verifier: Verifier, heads: Sequence[Head]) -> None:
    """A head that this deployment did not sign is the verifier's to find; the file holds nothing but real ones."""
    if signed := [head for head in heads if is_signed(head, verifier)]:
        await asyncio.to_thread(witness.append, signed)
