"""What is known of people who stand at a window."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import msgspec


class Presence(msgspec.Struct, frozen=True):
    """A resident who stands at a window now, before the member of staff who asks."""

    presence_id: UUID
    resident_id: UUID
    subject_no: int
    staff_id: UUID
    opened_at: datetime
    expires_at: datetime


class PresentPerson(msgspec.Struct, frozen=True):
    """Name and ID number of somebody present who is unknown here; stored sealed, for minutes."""

    name: str
    id_number: str

    def __repr__(self) -> str:
        """Without either, wherever this may be printed."""
        return "PresentPerson()"


class StoredPresence(msgspec.Struct, frozen=True):
    """A presence as stored."""

    presence_id: UUID
    resident_id: UUID | None
    sealed_person: bytes | None
    opened_at: datetime
    expires_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> Self:
        return cls(**row)


class OpenedPresence(msgspec.Struct, frozen=True):
    """What a window is told of somebody who stands there."""

    id: UUID
    expires_at: datetime
    registered: bool
    """Whether the person is known here; who is not can be registered."""
    masked_name: str
    locked: bool
    has_login: bool
    """Whether they can come in by a phone or a mini-program of their own."""
