"""The witness: every head, written outside the database too, so that cutting off the chain's end shows."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec


class WitnessedHead(msgspec.Struct, frozen=True):
    """A head as the file has it; `head` in hexadecimal."""

    batch_no: int
    head: str


def append_head(path: Path, head: WitnessedHead) -> None:
    """Appends one line and waits until it is on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, msgspec.json.encode(head) + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_heads(path: Path) -> dict[int, str]:
    """The heads that the witness saw; a line that a power cut left half written is passed over."""
    found: dict[int, str] = {}
    if not path.exists():
        return found
    with path.open("rb") as lines:
        for line in lines:
            try:
                head = msgspec.json.decode(line, type=WitnessedHead)
            except msgspec.MsgspecError:
                continue
            found[head.batch_no] = head.head
    return found
