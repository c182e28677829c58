"""What a registry says of a licence, made into what is kept: by the names of GB/T 36903, and held to its kind."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import date

from app.licences.identifiers import IdentifierError, read_identifier
from app.licences.keeping import Told
from app.licences.model import Content, FieldKind, LicenceField, LicenceType, Standing
from app.licences.registry import LARGEST_FILE, LicenceTold

STANDINGS: Mapping[str, Standing] = {
    "10": Standing.VALID,
    "01": Standing.REISSUED,
    "02": Standing.EXPIRED,
    "03": Standing.CANCELLED,
    "04": Standing.REVOKED,
    "05": Standing.WITHDRAWN,
    "09": Standing.OTHER,
}
"""ZZZTDM, the states of GB/T 36903; one that is not among them is `other`, and so nothing to rely on."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_LONGEST_FIELD = 4000


class UnfitError(Exception):
    """What was told is no licence of its kind; `field` says by which name."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def read_standing(code: str) -> Standing:
    """Of a state that nobody knows here, the licence is not relied on."""
    return STANDINGS.get(code, Standing.OTHER)


def read_told(kind: LicenceType, source: str, told: LicenceTold, pictures: Mapping[str, str]) -> Told:
    """`pictures` are the kind's image fields in base64, by their names at the registry; raises UnfitError."""
    require_identifier(told.zzbs)
    if kind.issuers and not told.zzbfjgdm.startswith(tuple(kind.issuers)):
        raise UnfitError("ZZBFJGDM")
    named = name_fields(told) | dict(pictures)
    content = Content(
        identifier=told.zzbs,
        number=told.zzbh,
        issuer_name=told.zzbfjg,
        issuer_code=told.zzbfjgdm,
        issued_on=told.zzbfrq,
        fields=take_fields(kind, named),
    )
    return Told(
        type_id=kind.id,
        source=source,
        standing=read_standing(told.standing_code),
        valid_from=told.zzyxqqsrq,
        valid_until=told.zzyxqjzrq,
        content=content,
        changed_at=told.bgsj,
    )


def require_identifier(text: str) -> None:
    """Raises UnfitError for an identifier that GB/T 36904 does not let be."""
    try:
        read_identifier(text)
    except IdentifierError:
        raise UnfitError("ZZBS") from None


def name_fields(told: LicenceTold) -> dict[str, str]:
    """All that a kind's field may have for its source."""
    return {
        "ZZMC": told.zzmc,
        "ZZBH": told.zzbh,
        "ZZBS": told.zzbs,
        "ZZBFJG": told.zzbfjg,
        "ZZBFJGDM": told.zzbfjgdm,
        "ZZBFRQ": _write_day(told.zzbfrq),
        "CZZT": told.czzt,
        "CZZTDM": told.czztdm,
        "ZZYXQQSRQ": _write_day(told.zzyxqqsrq),
        "ZZYXQJZRQ": _write_day(told.zzyxqjzrq),
        **told.kz,
    }


def take_fields(kind: LicenceType, named: Mapping[str, str]) -> dict[str, str]:
    """The kind's fields out of what was told, those that are empty left out; raises UnfitError."""
    taken: dict[str, str] = {}
    for field in kind.fields:
        text = named.get(field.source, "")
        if text:
            _require_fit(field, text)
            taken[field.id] = text
        elif field.required and field.kind is not FieldKind.IMAGE:
            raise UnfitError(field.source)
    return taken


def read_picture(content: bytes, sha256: str) -> str:
    """In base64; raises UnfitError where it is too large, of another kind, or not what was announced."""
    if len(content) > LARGEST_FILE or not content.startswith(_PICTURES):
        raise UnfitError("FILES")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UnfitError("FILES")
    return base64.b64encode(content).decode()


def is_same_picture(held: str, sha256: str) -> bool:
    """Whether what is held in base64 is what a registry announces: then it is not taken again."""
    try:
        return hashlib.sha256(base64.b64decode(held, validate=True)).hexdigest() == sha256
    except ValueError:
        return False


def _require_fit(field: LicenceField, text: str) -> None:
    if field.kind is FieldKind.IMAGE:
        return
    if len(text) > _LONGEST_FIELD:
        raise UnfitError(field.source)
    if field.kind is FieldKind.DATE:
        try:
            is_day = _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
        except ValueError:
            is_day = False
        if not is_day:
            raise UnfitError(field.source)


def _write_day(day: date | None) -> str:
    return day.isoformat() if day else ""
