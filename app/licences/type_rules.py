"""What a kind of licence must be, what a purpose may ask of it, and what changing it would break."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import msgspec

from app.enterprises.rules import EVERYTHING
from app.errors import InvalidError
from app.licences.metadata import ELEMENTS
from app.licences.model import FieldKind, HolderKind, LicenceField, LicenceType, Mask, Sensitivity
from codes.sd_jwt import PROTOCOL_CLAIMS

LEAST_CONTRAST = 4.5
"""Of a card's colour to the white text on it (WCAG 2.1, 1.4.3)."""
LONGEST_KEPT_DAYS = 3650
"""Ten years: as long as the law has anybody keep what identifies a customer."""

_MOST_ISSUERS = 500
_MOST_PARTS = 30
_EXTENSION = re.compile(r"KZ_[A-Z0-9]{1,30}")
_TYPE_CODE = re.compile(r"[0-9A-HJ-NP-RTUWXY]{18}[0-9]{3}")
_ISSUER = re.compile(r"[0-9A-HJ-NP-RTUWXY]{1,18}")


class Asked(msgspec.Struct, frozen=True):
    """What a purpose may ask of a kind of licence."""

    purpose: str
    type_id: str
    fields: list[str]
    kept_days: int
    """How long the venue may keep what it is told; 0: it may look, not keep."""


def check_type(kind: LicenceType, book: Mapping[str, LicenceType], scopes: Collection[str]) -> None:
    """Raises InvalidError, with a pointer into the definition, for a kind that cannot be held, read or shown."""
    _check_code(kind)
    _check_fields(kind)
    for name, pointer in ((kind.name_field, "/name_field"), (kind.number_field, "/number_field")):
        field = kind.field(name)
        if field is None or not field.required or field.kind is not FieldKind.TEXT:
            raise InvalidError(pointer, "It names a field of the kind that is text and required.")
    if contrast_with_white(kind.look.colour) < LEAST_CONTRAST:
        raise InvalidError("/look/colour", "White text is not readable on it: take a darker one (4.5 to 1).")
    if kind.look.layout == "portrait" and not any(field.kind is FieldKind.IMAGE for field in kind.fields):
        raise InvalidError("/look/layout", "A portrait needs a field that is an image.")
    _check_scope(kind, scopes)
    _check_parts(kind, book)


def check_asked(asked: Asked, book: Mapping[str, LicenceType], purposes: Collection[str]) -> None:
    """Raises InvalidError for what no purpose could ask."""
    if asked.purpose not in purposes:
        raise InvalidError("/purpose", "Choose what listPurposes has.")
    kind = book.get(asked.type_id)
    if kind is None:
        raise InvalidError("/type_id", "Choose what listLicenceTypes has.")
    if len(set(asked.fields)) != len(asked.fields):
        raise InvalidError("/fields", "Each field once.")
    if not asked.fields or not all(kind.field(name) for name in asked.fields):
        raise InvalidError("/fields", "Choose among the fields that the kind has.")
    if not 0 <= asked.kept_days <= LONGEST_KEPT_DAYS:
        raise InvalidError("/kept_days", f"From 0 to {LONGEST_KEPT_DAYS} days.")


def find_breaks(
    before: LicenceType | None, after: LicenceType | None, asked: Sequence[Asked], book: Mapping[str, LicenceType]
) -> list[str]:
    """What putting `after` in the place of `before` breaks, each in a sentence; `after` is None for a withdrawal."""
    if before is None:
        return []
    gone = {
        one.purpose: [name for name in one.fields if after is None or after.field(name) is None]
        for one in asked
        if one.type_id == before.id
    }
    breaks = [
        f"purpose {purpose} asks for {', '.join(names)}, and would no longer get it"
        for purpose, names in gone.items()
        if names
    ]
    if after is None:
        whole = [kind.id for kind in book.values() if before.id in kind.parts]
        return [*breaks, *(f"{name} has it as a part, and would never be good again" for name in whole)]
    if after.holder is not before.holder:
        breaks.append(f"licences held by a {before.holder} would stay in wallets that this kind is not for")
    for field in before.fields:
        breaks += _list_differences(field, after.field(field.id))
    return breaks + _list_refusals(before, after)


def contrast_with_white(colour: str) -> float:
    """The contrast ratio of WCAG 2.1 between a colour (`#rrggbb`) and white."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  sRGB


def _check_code(kind: LicenceType) -> None:
    if kind.code is not None and _TYPE_CODE.fullmatch(kind.code) is None:
        raise InvalidError("/code", "A credit code and three digits.")
    if kind.code is None and kind.code_certain:
        raise InvalidError("/code_certain", "There is no code to be certain of.")
    if len(kind.issuers) > _MOST_ISSUERS:
        raise InvalidError("/issuers", f"At most {_MOST_ISSUERS}: the beginning of a code stands for many.")
    for at, issuer in enumerate(kind.issuers):
        if _ISSUER.fullmatch(issuer) is None:
            raise InvalidError(f"/issuers/{at}", "A credit code, or the beginning of one.")


def _check_fields(kind: LicenceType) -> None:
    names: set[str] = set()
    sources: set[str] = set()
    for at, field in enumerate(kind.fields):
        if field.id in names:
            raise InvalidError(f"/fields/{at}/id", "Another field has this id.")
        if field.id in PROTOCOL_CLAIMS:
            raise InvalidError(f"/fields/{at}/id", "Credentials have a claim of this name already.")
        if field.source in sources:
            raise InvalidError(f"/fields/{at}/source", "Another field is read from it.")
        if field.source not in ELEMENTS and _EXTENSION.fullmatch(field.source) is None:
            raise InvalidError(
                f"/fields/{at}/source", "An element of GB/T 36903, or KZ_ and letters of the kind's own."
            )
        if (field.sensitivity is Sensitivity.SENSITIVE or field.kind is FieldKind.IMAGE) and field.mask is Mask.NONE:
            raise InvalidError(f"/fields/{at}/mask", "What is sensitive has a mask, and so has a picture.")
        names.add(field.id)
        sources.add(field.source)


def _check_scope(kind: LicenceType, scopes: Collection[str]) -> None:
    if kind.scope is None:
        return
    if kind.holder is not HolderKind.COMPANY or kind.scope not in scopes or kind.scope == EVERYTHING:
        raise InvalidError("/scope", "A scope of delegations, for what companies hold; `all` has every kind anyway.")


def _check_parts(kind: LicenceType, book: Mapping[str, LicenceType]) -> None:
    """A composite's parts are there, held by the same, each once, and no composites themselves."""
    if len(set(kind.parts)) != len(kind.parts) or len(kind.parts) > _MOST_PARTS:
        raise InvalidError("/parts", f"Each part once, and at most {_MOST_PARTS}.")
    for at, name in enumerate(kind.parts):
        part = book.get(name)
        if part is None or part.id == kind.id or part.holder is not kind.holder or part.parts:
            raise InvalidError(f"/parts/{at}", "Another kind of the same holder's, which has no parts itself.")
    if kind.parts and any(kind.id in other.parts for other in book.values()):
        raise InvalidError("/parts", "It is a part itself.")


def _list_differences(before: LicenceField, after: LicenceField | None) -> list[str]:
    """A field that is gone counts where somebody asks for it; one that is read or written otherwise always does."""
    if after is None:
        return []
    differences: list[str] = []
    if after.source != before.source:
        differences.append(f"{before.id} would be read from {after.source}, and registries tell it as {before.source}")
    if after.kind is not before.kind:
        differences.append(f"{before.id} would be of kind {after.kind}, and licences held have it as {before.kind}")
    return differences


def _list_refusals(before: LicenceType, after: LicenceType) -> list[str]:
    """What registries tell, and was believed, and would be refused from now on."""
    refused: list[str] = []
    if after.code_certain and (after.code, True) != (before.code, before.code_certain):
        refused.append(f"licences whose identifier does not name {after.code} would be refused")
    covers = tuple(after.issuers)
    if covers and not (before.issuers and all(issuer.startswith(covers) for issuer in before.issuers)):
        refused.append("licences of issuers that were trusted would be refused")
    if (before.validity, after.validity) in {("either", "dated"), ("unlimited", "dated")}:
        refused.append("valid licences without a last day would be refused")
    was_required = {field.id for field in before.fields if field.required}
    new = [field.id for field in after.fields if field.required and field.id not in was_required]
    return [*refused, *(f"licences without {name} would be refused" for name in new)]
