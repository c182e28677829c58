"""What a window asks of somebody's materials, and what it is told."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

import msgspec


class MaterialState(StrEnum):
    """All that a window learns of a material before its holder agrees."""

    HELD = "held"
    OBTAINABLE = "obtainable"
    """A registry serves it, and this wallet has not heard of it yet: ask again in a moment."""
    MISSING = "missing"


class AgreesBy(StrEnum):
    """How somebody agreed."""

    PHONE = "phone"
    WINDOW = "window"
    """Who has no phone, standing there: the presence's face check is the act."""


class RequestState(StrEnum):
    """What has become of a request."""

    ASKED = "asked"
    AGREED = "agreed"
    """On the phone; it can be handed over."""
    REFUSED = "refused"
    ENDED = "ended"
    """Nobody answered in time."""
    HANDED_OVER = "handed-over"
    NOTHING_HELD = "nothing-held"


class AskedMaterial(msgspec.Struct, frozen=True):
    """One material, and what was answered of it."""

    material: str
    state: MaterialState
    licence_type: str | None
    """By which it is held, or could be had."""
    fields: list[str]
    """Of one that is held: what it will be asked to tell."""
    kept_days: int


class MaterialRequest(msgspec.Struct, frozen=True):
    """A window's question for a matter, as stored."""

    resident_id: UUID
    request_id: UUID
    staff_id: UUID
    presence_id: UUID
    matter_id: str
    asked: list[AskedMaterial]
    asked_at: datetime
    expires_at: datetime
    presentation_id: UUID | None = None
    """The question on their phone; None of who has none, and where nothing is held."""
    handed_at: datetime | None = None
    agreed_by: AgreesBy | None = None

    @classmethod
    def of(cls, row: Any) -> Self:
        return msgspec.convert(dict(row), cls)

    def to_stored(self) -> Any:
        """What is asked, as a column has it."""
        return msgspec.to_builtins(self.asked)

    @property
    def held(self) -> list[AskedMaterial]:
        return [one for one in self.asked if one.state is MaterialState.HELD]


class ShownRequest(msgspec.Struct, frozen=True):
    """A request as its window sees it."""

    request: MaterialRequest
    state: RequestState
    agrees_by: AgreesBy | None
    """How its holder is to agree; None where there is nothing to agree to."""


class HandedMaterial(msgspec.Struct, frozen=True):
    """What a window was handed over."""

    material: str
    licence_type: str
    fields: dict[str, str]
    access_id: UUID
    receipt: str
    kept_until: datetime | None
    """None: the window may look, and keep nothing."""

    def __repr__(self) -> str:
        """Without the fields, wherever this may be printed."""
        return f"HandedMaterial({self.access_id})"
