"""What routes of kinds of licences take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import msgspec

from api.staff_wire import Reason
from app.licences.model import (
    Bilingual,
    FieldKind,
    FieldName,
    HolderKind,
    LicenceField,
    LicenceType,
    Look,
    Mask,
    Sensitivity,
)
from app.licences.type_rules import LONGEST_KEPT_DAYS, Asked


class LicenceFieldOut(msgspec.Struct, frozen=True):
    """One field of a kind; its place in the list is its place on the card."""

    id: str
    label: Bilingual
    kind: FieldKind
    sensitivity: Sensitivity
    mask: Mask
    on_card: bool

    @classmethod
    def of(cls, field: LicenceField) -> Self:
        return cls(field.id, field.label, field.kind, field.sensitivity, field.mask, field.on_card)


class LicenceTypeOut(msgspec.Struct, frozen=True):
    """A kind of licence as apps and pages show it."""

    id: str
    name: Bilingual
    holder: HolderKind
    code: str | None
    code_certain: bool
    fields: list[LicenceFieldOut]
    name_field: str
    number_field: str
    look: Look
    validity: Literal["dated", "unlimited", "either"]
    parts: list[str]
    """Of a composite: the kinds that it stands for."""
    scope: str | None
    """Of a company's: the scope that a delegate needs, besides `all`; null: any delegate may."""

    @classmethod
    def of(cls, kind: LicenceType) -> Self:
        return cls(
            id=kind.id,
            name=kind.name,
            holder=kind.holder,
            code=kind.code,
            code_certain=kind.code_certain,
            fields=[LicenceFieldOut.of(field) for field in kind.fields],
            name_field=kind.name_field,
            number_field=kind.number_field,
            look=kind.look,
            validity=kind.validity,
            parts=list(kind.parts),
            scope=kind.scope,
        )


class LicenceTypesOut(msgspec.Struct, frozen=True):
    """All kinds; they are few, so there is one page."""

    items: list[LicenceTypeOut]
    next_cursor: None = None


class TypeMetadataOut(msgspec.Struct, frozen=True):
    """Type metadata of SD-JWT VC (draft-ietf-oauth-sd-jwt-vc)."""

    vct: str
    name: str
    display: list[dict[str, Any]]
    claims: list[dict[str, Any]]


class LicenceTypeIn(msgspec.Struct, frozen=True):
    """A kind as it is to be, as getLicenceType answers one."""

    definition: LicenceType
    reason: Reason


class LicenceTypeCheckIn(msgspec.Struct, frozen=True):
    """A kind as somebody thinks of having it."""

    definition: LicenceType


class BreaksOut(msgspec.Struct, frozen=True):
    """What relies on the kind as it is, and would no longer work; each in a sentence."""

    breaks: list[str]


class AskedIn(msgspec.Struct, frozen=True):
    """What a purpose is to be let ask of a kind."""

    fields: Annotated[list[FieldName], msgspec.Meta(min_length=1, max_length=60)]
    kept_days: Annotated[
        int, msgspec.Meta(ge=0, le=LONGEST_KEPT_DAYS, description="how long the venue may keep it; 0: look, not keep")
    ]
    reason: Reason


class AskedOut(msgspec.Struct, frozen=True):
    """What a purpose may ask of a kind."""

    licence_type: str
    fields: list[str]
    kept_days: int

    @classmethod
    def of(cls, asked: Asked) -> Self:
        return cls(asked.type_id, asked.fields, asked.kept_days)


class AskedListOut(msgspec.Struct, frozen=True):
    """All that a purpose may ask; nothing of any other kind."""

    items: list[AskedOut]
    next_cursor: None = None
