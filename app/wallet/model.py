"""Looks at licences, and what comes of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class LookForm(StrEnum):
    """How somebody came to see a licence: `accesses.form` has it."""

    LICENCE = "licence"
    """It was presented in hand, as a code."""
    CONSENT = "consent"
    """It was asked for, and its holder agreed on their phone."""
    WINDOW = "window"
    """A window's staff looked it up for whoever stood there."""


class Look(msgspec.Struct, frozen=True):
    """What was recorded of a look."""

    access_id: UUID
    recorded_at: datetime
    fields: list[str]
    licence_id: UUID
    resident_id: UUID
    principal_id: UUID | None
    """The company whose licence it is."""
    binding_id: UUID | None
    is_repeated: bool
    """The same request came again: this is its first answer."""
