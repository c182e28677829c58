"""A venue's question for licences, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

import msgspec


class AskedState(StrEnum):
    """What has become of a question; it leaves `pending` once, and never comes back."""

    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"
    EXPIRED = "expired"
    """Nobody answered in time."""
    WITHDRAWN = "withdrawn"
    """The venue took it back."""


class Query(msgspec.Struct, frozen=True):
    """One licence that is asked for: its kind and fields, and for how long the venue may keep them."""

    id: str
    licence_type: str
    fields: list[str]
    kept_days: int

    def pick(self, said: Mapping[str, str]) -> dict[str, str]:
        """What a licence says of what is asked; what it does not have is not told."""
        return {name: said[name] for name in self.fields if said.get(name)}


class Presented(msgspec.Struct, frozen=True):
    """What is told in answer to a query, and the SD-JWT with key binding that proves it."""

    query: Query
    fields: dict[str, str]
    text: str

    def __repr__(self) -> str:
        """Without the fields, wherever this may be printed."""
        return f"Presented({self.query.licence_type})"


class Presentation(msgspec.Struct, frozen=True):
    """A question as stored; what was answered is apart, and not for long."""

    presentation_id: UUID
    venue_id: UUID
    scanner_id: UUID | None
    verifier_id: UUID | None
    """Who asks where no scanner does: somebody elsewhere, by OpenID4VP."""
    purpose: str
    queries: list[Query]
    nonce: str
    audience: str
    created_at: datetime
    expires_at: datetime
    state: AskedState = AskedState.PENDING
    """As stored: what is pending may have expired meanwhile."""
    resident_id: UUID | None = None
    wallet_state: str | None = None
    response_uri: str | None = None
    response_state: str | None = None
    delivered_at: datetime | None = None
    answered_at: datetime | None = None
    staff_id: UUID | None = None
    """Who asked: whoever was signed in on the scanner then, or the member of staff at the window."""

    @classmethod
    def of(cls, row: Any) -> Self:
        values: dict[str, Any] = {**row, "state": AskedState(row["state"])}
        values["queries"] = msgspec.convert(row["queries"], list[Query])
        return cls(**values)

    def state_at(self, now: datetime) -> AskedState:
        is_over = self.state is AskedState.PENDING and self.expires_at <= now
        return AskedState.EXPIRED if is_over else self.state

    def query(self, query_id: str) -> Query | None:
        return next((query for query in self.queries if query.id == query_id), None)


class Given(msgspec.Struct, frozen=True):
    """What a venue was told of one licence."""

    query_id: str
    licence_type: str
    fields: dict[str, str]
    standing: str
    credential: str
    """An SD-JWT VC with key binding, made for this one question."""
    access_id: UUID
    receipt: str
    kept_until: datetime | None
    """How long the venue may keep it; None: it may look, and keep nothing."""

    def __repr__(self) -> str:
        """Without the fields, wherever this may be printed."""
        return f"Given({self.access_id})"


class Answered(msgspec.Struct, frozen=True):
    """A question as whoever asked sees it; `items` are there while the result is."""

    presentation: Presentation
    state: AskedState
    items: list[Given]
