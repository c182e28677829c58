"""What of a licence is shown where it is not to be read in full."""

from __future__ import annotations

import re

from app.identity.numbers import mask_id_number
from app.licences.model import FieldKind, LicenceField, Mask
from app.people.rules import mask_name

_TAIL = 4
_WHOLE_NUMBER = 15
"""A shorter number shows its tail alone: beginning and end would be most of it."""
_STARS = "****"
"""As many whatever is behind them: a length tells something too."""
_BETWEEN_NAMES = re.compile(r"([、，,;；/]\s*)")
"""Owners in common stand in one field: each of them is masked."""


def mask_field(field: LicenceField, text: str) -> str:
    """A field's text as its kind of licence has it masked; nothing stays nothing, and no picture is shown."""
    if not text or field.kind is FieldKind.IMAGE:
        return _STARS if text else ""
    match field.mask:
        case Mask.NONE:
            return text
        case Mask.NAME:
            return _mask_names(text)
        case Mask.ID_NUMBER:
            return mask_id_number(text) if len(text) >= _WHOLE_NUMBER else _show_tail(text)
        case Mask.TAIL:
            return _show_tail(text)
        case Mask.HIDDEN:
            return _STARS


def mask_wholly(field: LicenceField, text: str) -> str:
    """The same for whoever may not know the field at all: what its kind masks nowhere is hidden too."""
    return _STARS if text and field.mask is Mask.NONE else mask_field(field, text)


def _mask_names(text: str) -> str:
    parts = _BETWEEN_NAMES.split(text)  # every second one is what stood between two names
    return "".join(part if at % 2 else mask_name(part) for at, part in enumerate(parts))


def _show_tail(text: str) -> str:
    """Of a short text nothing: its end would be most of it."""
    return _STARS + (text[-_TAIL:] if len(text) > 2 * _TAIL else "")
