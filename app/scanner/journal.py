"""What a gate has let in: entries decided alone, signed and chained (docs/journal.md), on the disk before it opens."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

import msgspec
from uuid_utils import uuid7

from codes import KeyUse, VerifiedCode, base64url
from codes.device_keys import DeviceKey

_FIRST = base64url.encode(bytes(32))


class Entry(msgspec.Struct, frozen=True):
    """What the province takes of a scan; `outcome` is "accepted", or the slug of the refusal."""

    id: str
    sequence: int
    previous: str
    code: str
    scanned_at: str
    outcome: str
    signature: str


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the file: an entry, a claim that is good for no second time until it ends, or an entry's answer."""

    entry: Entry | None = None
    claim: str = ""
    until: float = 0
    answered: str = ""


class Journal:
    """A file that only grows. A line is there once it was written; what a power cut left of the next is dropped."""

    def __init__(self, path: Path, scanner_id: str, key: DeviceKey) -> None:
        self._scanner_id, self._key = scanner_id, key
        self._sequence, self._previous = 0, _FIRST
        self._lock = Lock()
        self._claims, self._waiting = dict[str, float](), dict[str, Entry]()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # two gates would give one number twice
        content = path.read_bytes()
        self._size = content.rfind(b"\n") + 1
        os.ftruncate(self._file, self._size)
        for line in content[: self._size].splitlines():
            self._take(msgspec.json.decode(line, type=_Line))

    def go_on_behind(self, sequence: int, digest: str) -> None:
        """The province knows later entries than this file, which was lost then: no number is given twice."""
        if sequence > self._sequence:
            self._sequence, self._previous = sequence, digest

    def has_seen(self, code: VerifiedCode, now: datetime) -> bool:
        return self._claims.get(_claim_of(code), 0) > now.timestamp()

    def remember(self, code: VerifiedCode) -> None:
        """The province accepted it: it is good for no second time here either, when nobody can be asked."""
        self._write(_Line(claim=_claim_of(code), until=code.expires_at.timestamp()))

    def note(self, text: str, code: VerifiedCode, outcome: str, now: datetime) -> Entry:
        """Raises OSError where it cannot be kept, and then the gate stays shut."""
        bare = Entry(str(uuid7()), self._sequence + 1, self._previous, text, write_time(now), outcome, "")
        signature = self._key.sign(write_signed(self._scanner_id, bare))
        entry = msgspec.structs.replace(bare, signature=signature)
        spends = outcome == "accepted" and code.use is not KeyUse.PAPER  # a paper is shown again and again
        claim, until = (_claim_of(code), code.expires_at.timestamp()) if spends else ("", 0)
        self._write(_Line(entry, claim, until))
        return entry

    def list_waiting(self) -> list[Entry]:
        """What the province has not answered yet, the oldest first."""
        return list(self._waiting.values())

    def mark_answered(self, entries: Sequence[Entry]) -> None:
        self._write(*(_Line(answered=entry.id) for entry in entries))

    def _write(self, *lines: _Line) -> None:
        content = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        with self._lock:  # scans are noted by one thread, and sent by another
            try:
                written = os.write(self._file, content)
                os.fsync(self._file)
            except OSError:
                written = 0
            if written < len(content):
                os.ftruncate(self._file, self._size)
                raise OSError("the journal cannot be written")
            self._size += written
            for line in lines:
                self._take(line)

    def _take(self, line: _Line) -> None:
        if line.claim:
            self._claims[line.claim] = line.until
        if line.entry:
            self._waiting[line.entry.id] = line.entry
            digest = hashlib.sha256(write_signed(self._scanner_id, line.entry)).digest()
            self._sequence, self._previous = line.entry.sequence, base64url.encode(digest)
        self._waiting.pop(line.answered, None)


def write_time(moment: datetime) -> str:
    """In UTC, with milliseconds."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def write_signed(scanner_id: str, entry: Entry) -> bytes:
    """What an entry signs, and the next one hashes."""
    parts = ("suixing/journal/1", scanner_id, str(entry.sequence), entry.previous, entry.id, entry.scanned_at)
    return "\n".join((*parts, entry.outcome, entry.code)).encode()


def _claim_of(code: VerifiedCode) -> str:
    return f"{code.issuer}:{code.cti.hex()}"
