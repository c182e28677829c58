"""What is known of papers, certificates and the lists that can end them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from codes import Kind, StatusReference


class IssuedAs(StrEnum):
    """By whom a paper was asked for."""

    SELF = "self"
    RELATIVE = "relative"
    WINDOW = "window"


class RevokedFor(StrEnum):
    """Why a paper is good no more, before its end."""

    LOST = "lost"
    REPLACED = "replaced"
    """A newer one was printed."""
    LOCKED = "locked"
    """An account that it hangs on was locked."""
    WITHDRAWN = "withdrawn"
    """What it rested on is over: a relation, an account, the key that signed it."""


class Paper(msgspec.Struct, frozen=True):
    """A paper code as stored; what it reads is nowhere."""

    subject_no: int
    paper_id: UUID
    issued_at: datetime
    expires_at: datetime
    issued_by: UUID
    issued_as: IssuedAs
    revoked_at: datetime | None = None
    revoked_for: RevokedFor | None = None


class IssuedPaper(msgspec.Struct, frozen=True):
    """A paper code to be printed now: its text is given once and kept nowhere."""

    paper_id: UUID
    text: str
    kind: Kind
    masked_name: str | None
    issued_at: datetime
    expires_at: datetime
    renew_at: datetime
    """From when on to print the next one."""


class Certificates(msgspec.Struct, frozen=True):
    """A batch for one phone, one for each of its keys, in their order."""

    certificates: list[bytes]
    expires_at: datetime


class SubjectStanding(msgspec.Struct, frozen=True):
    """Whom a subject concerns, and from when on and until when something may be issued for it."""

    resident_id: UUID
    """Whose name a scan may answer."""
    kind: Kind
    principal_id: UUID | None
    codes_valid_from: datetime
    papers_valid_from: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    suspended_at: datetime | None

    @property
    def concerned(self) -> list[UUID]:
        """Who is told of what happens to its papers: of care, the relative and the carer."""
        told = {self.resident_id}
        if self.kind is Kind.CARE and self.principal_id is not None:
            told.add(self.principal_id)
        return sorted(told)

    def is_alive(self, now: datetime) -> bool:
        over = self.ended_at is not None or self.suspended_at is not None
        return not over and (self.ends_at is None or now < self.ends_at)


class PaperOfMine(msgspec.Struct, frozen=True):
    """A paper as those see it whom it concerns."""

    paper: Paper
    relative_id: UUID | None
    """The care relation that it is shown under; None of one's own."""
    is_mine: bool
    """Whether it shows the resident themself, be it carried by who cares for them."""


class Places(msgspec.Struct, frozen=True):
    """Places of one list, for what is issued together."""

    list_no: int
    indexes: list[int]

    def references(self) -> list[StatusReference]:
        return [StatusReference(self.list_no, index) for index in self.indexes]


class ListStanding(msgspec.Struct, frozen=True):
    """A list that still says something, and its newest publication."""

    list_no: int
    use: Literal["paper", "certificate", "licence"]
    size: int
    last_expires_at: datetime
    issued_at: datetime | None
    expires_at: datetime | None
    covers_until: datetime | None
