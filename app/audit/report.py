"""What a verification found, kept small however much is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from uuid import UUID

from app.audit.model import Finding, FindingKind, Head

MOST_OF_A_KIND = 100
"""Findings of one kind that are kept to be shown; all are counted."""

Progress = Callable[[str, int], None]
"""Told what is being read, and how many of it so far."""


def say_time(head: Head) -> str:
    """When it was made, in words; a forged one may say what no calendar has."""
    try:
        return f"{head.created_at:%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:
        return "an impossible time"


class Report:
    """Filled by the checks, one after another."""

    def __init__(self, progress: Progress | None = None) -> None:
        self.findings: list[Finding] = []
        self.totals: Counter[FindingKind] = Counter()
        self.notes: list[str] = []
        self.notes_left_out = 0
        self.newest: Head | None = None
        self.batches = 0
        self.accesses = 0
        self.erased = 0
        self.acts = 0
        self.waiting = 0
        self._progress = progress

    @property
    def is_sound(self) -> bool:
        """Whether everything is as it was committed."""
        return not self.totals

    def add(self, kind: FindingKind, detail: str, *, batch_no: int | None = None, entry_id: UUID | None = None) -> None:
        self.totals[kind] += 1
        if self.totals[kind] <= MOST_OF_A_KIND:
            self.findings.append(Finding(kind, detail, batch_no, entry_id))

    def note(self, note: str) -> None:
        """Something to know of, that is no tampering."""
        self.notes_left_out += len(self.notes) >= MOST_OF_A_KIND
        if not self.notes_left_out:
            self.notes.append(note)

    def tell(self, stage: str, done: int) -> None:
        if self._progress:
            self._progress(stage, done)

    def lines(self) -> list[str]:
        """For a person or a script: each finding, what was left out, and one line in sum."""
        left_out = [
            f"{kind}: {total - MOST_OF_A_KIND} more" for kind, total in self.totals.items() if total > MOST_OF_A_KIND
        ]
        notes = [*self.notes, *([f"{self.notes_left_out} more notes"] if self.notes_left_out else [])]
        return [*map(str, self.findings), *left_out, *notes, self._sum_up()]

    def _sum_up(self) -> str:
        read = (
            f"{self.batches} batches, {self.accesses} accesses ({self.erased} erased), "
            f"{self.waiting} waiting for their batch"
        )
        read += f", {self.acts} acts of staff" if self.acts else ""
        head = f"; newest head {self.newest.batch_no} {self.newest.head.hex()}" if self.newest else "; no head yet"
        verdict = "sound" if self.is_sound else f"NOT SOUND, {self.totals.total()} findings"
        return f"access log {verdict}: {read}{head}"
