"""Kinds of licences, and licences that somebody holds."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import msgspec

SLUG, LONGEST_SLUG = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$(?!\n)", 64
Slug = Annotated[str, msgspec.Meta(pattern=SLUG, max_length=LONGEST_SLUG)]
FieldName = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$(?!\n)", max_length=64)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class HolderKind(StrEnum):
    """Who may hold a licence."""

    RESIDENT = "resident"
    COMPANY = "company"


class Standing(StrEnum):
    """What a licence is good for, as GB/T 36903 has its states."""

    VALID = "valid"
    REISSUED = "reissued"
    """A newer one took its place (01)."""
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    """By its holder, or since what it was for has ended (注销, 03)."""
    REVOKED = "revoked"
    """It ought never to have been issued (撤销, 04)."""
    WITHDRAWN = "withdrawn"
    """As a penalty (吊销, 05)."""
    UNCONFIRMED = "unconfirmed"
    """No registry here can say any more how it stands: no word of the standard, and none of a registry's."""
    OTHER = "other"


class Sensitivity(StrEnum):
    """How closely a field is kept."""

    PLAIN = "plain"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"
    """Sensitive personal information by article 28 of the Personal Information Protection Law."""


class Mask(StrEnum):
    """What of a field is shown where it is not to be read in full."""

    NONE = "none"
    NAME = "name"
    ID_NUMBER = "id-number"
    TAIL = "tail"
    """The last four characters."""
    HIDDEN = "hidden"


class Bilingual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same words in both languages."""

    zh: Words
    en: Words


class FieldKind(StrEnum):
    """What a field's text is: `date` is YYYY-MM-DD, `image` a JPEG or PNG in base64, `lines` several lines."""

    TEXT = "text"
    DATE = "date"
    IMAGE = "image"
    LINES = "lines"


class LicenceField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field of a kind of licence; its place in the list is its place on the card."""

    id: FieldName
    label: Bilingual
    source: Words
    """What registries call it: by GB/T 36903 (`CZZT`), or a name of the kind's own, which begins with `KZ_`."""
    kind: FieldKind = FieldKind.TEXT
    sensitivity: Sensitivity = Sensitivity.PLAIN
    mask: Mask = Mask.NONE
    required: bool = False
    on_card: bool = False
    """On the face of the card, beside name and number."""


class Look(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a card looks."""

    colour: Annotated[str, msgspec.Meta(pattern=r"^#[0-9a-f]{6}$(?!\n)")]
    emblem: Slug
    """An emblem that pages have a drawing of; one that they do not know is drawn as `document`."""
    layout: Literal["portrait", "plain", "certificate"] = "plain"
    """`portrait` has a place for the holder's picture."""


class LicenceType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of licence, as licence_types has it."""

    id: Slug
    name: Bilingual
    holder: HolderKind
    code: str | None
    """Of GB/T 36902 (证照类型代码): the defining authority's credit code and three digits. None: not known."""
    code_certain: bool
    """Whether the code was read in a public source of the authority's; where not, nothing may rest on it."""
    fields: Annotated[list[LicenceField], msgspec.Meta(min_length=1, max_length=60)]
    name_field: FieldName
    number_field: FieldName
    look: Look
    validity: Literal["dated", "unlimited", "either"] = "either"
    """`dated`: it always has a last day, and without one is not believed to be good. `unlimited`: its document has
    none; where a registry tells one, that counts.
    """
    issuers: list[str] = []
    """Which issuers are trusted for it: credit codes, or beginnings of them. Empty: whatever a registry here has."""
    parts: list[Slug] = []
    """Of a composite (一业一证): the kinds that it stands for, and is good only while they are."""
    scope: Slug | None = None
    """Of a company's: the scope that a delegate needs to see and show it, besides `all`; None: any delegate may."""

    def field(self, name: str) -> LicenceField | None:
        return next((field for field in self.fields if field.id == name), None)


class Content(msgspec.Struct, frozen=True):
    """What a licence says; stored sealed under its holder's key."""

    identifier: str
    """By GB/T 36904."""
    number: str
    issuer_name: str
    issuer_code: str
    issued_on: date | None
    fields: dict[str, str]

    def __repr__(self) -> str:
        """Without anything of it, wherever this may be printed."""
        return "Content()"


class HeldLicence(msgspec.Struct, frozen=True):
    """A licence in a wallet, as stored."""

    holder_id: UUID
    licence_id: UUID
    licence_no: int
    type_id: str
    source: str
    standing: Standing
    valid_from: date | None
    valid_until: date | None
    sealed_content: bytes
    content_stamp: bytes
    changed_at: datetime
    fetched_at: datetime

    @classmethod
    def of(cls, row: Any) -> Self:
        values: dict[str, Any] = {**row, "standing": Standing(row["standing"])}
        return cls(**values)


class Licence(msgspec.Struct, frozen=True):
    """A licence in a wallet, opened."""

    licence_id: UUID
    licence_no: int
    type: LicenceType
    source: str
    standing: Standing
    """At the time that it was opened for: `expired` past its last day; a composite is as good as its parts."""
    valid_from: date | None
    valid_until: date | None
    content: Content
    content_stamp: bytes
    """Of what it says, as long as it says so: whoever makes something of it that lives on keeps this beside it."""
    changed_at: datetime
    fetched_at: datetime
