"""What is known of care: who shows whose code, and who was asked to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

import msgspec

from app.people.model import Binding, BindingPart


class Kinship(StrEnum):
    """What the relative, whose code it is, is to the one who shows it; as the two say it."""

    PARENT = "parent"
    CHILD = "child"
    SPOUSE = "spouse"
    GRANDPARENT = "grandparent"
    OTHER = "other"


class AgreedBy(StrEnum):
    """How the relative's consent was given."""

    INVITATION = "invitation"
    """In their own app."""
    GUARDIAN = "guardian"
    """For a child under 14, by a guardian who was confirmed."""
    WINDOW = "window"
    """In person, both standing there."""


class Invitee(msgspec.Struct, frozen=True):
    """Who was invited, as the inviter typed it; stored sealed."""

    name: str
    phone: str

    def __repr__(self) -> str:
        """Without either, wherever this may be printed."""
        return "Invitee()"


class StoredInvitation(msgspec.Struct, frozen=True):
    """An invitation as stored."""

    resident_id: UUID
    """Who invites."""
    invitation_id: UUID
    invitee_indexes: list[bytes]
    invitee_part: BindingPart
    kinship: Kinship
    sealed_invitee: bytes
    invited_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None

    @classmethod
    def of(cls, row: Any) -> Self:
        kinds = {"invitee_part": BindingPart(row["invitee_part"]), "kinship": Kinship(row["kinship"])}
        values: dict[str, Any] = {**row, **kinds}
        return cls(**values)

    def is_open(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at


class Invitation(msgspec.Struct, frozen=True):
    """An invitation as one of the two sees it, before they decide."""

    id: UUID
    mine: bool
    """Whether the caller invited; otherwise it is theirs to accept or decline."""
    part: BindingPart
    """What the caller will do: show the other's code, or be shown by them."""
    kinship: Kinship
    masked_name: str | None
    """Of the other."""
    masked_phone: str | None
    """That was invited; to the inviter alone."""
    invited_at: datetime
    expires_at: datetime


class StoredRelation(msgspec.Struct, frozen=True):
    """What one of the two agreed to, as stored."""

    binding_id: UUID
    kinship: Kinship
    agreed_by: AgreedBy
    agreed_at: datetime
    renewal_agreed_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> Self:
        kinds = {"kinship": Kinship(row["kinship"]), "agreed_by": AgreedBy(row["agreed_by"])}
        values: dict[str, Any] = {**row, **kinds}
        return cls(**values)


class Care(msgspec.Struct, frozen=True):
    """A living care relation, from one side."""

    binding: Binding
    relation: StoredRelation


class Relative(msgspec.Struct, frozen=True):
    """A living care relation as one of the two sees it."""

    id: UUID
    """What issueCode and the like take as `relative_id`."""
    part: BindingPart
    """`shows`: the caller shows the other's code; `is-shown`: the other shows the caller's."""
    kinship: Kinship
    masked_name: str | None
    """Of the other."""
    agreed_by: AgreedBy
    since: datetime
    ends_at: datetime | None
    resting: bool
    """Whether the code is refused for now, since one of the two locked their account."""
    renewal_agreed: bool
    """Whether the caller has agreed to go on, and the other has not yet."""
    renewal_asked: bool
    """Whether the other has agreed to go on, and the caller has not yet."""
