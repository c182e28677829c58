"""What a registry says of a licence, made into what is kept: by the names of GB/T 36903, and held to its kind."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime

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
_LONGEST_WORD = 200


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
    return make_told(kind, source, name_fields(told) | dict(pictures))


def make_told(kind: LicenceType, source: str, named: Mapping[str, str]) -> Told:
    """Of texts by the names of GB/T 36903, and the kind's own; raises UnfitError."""
    identifier, issuer_code = named.get("ZZBS", ""), named.get("ZZBFJGDM", "")
    require_identifier(identifier)
    if kind.issuers and not issuer_code.startswith(tuple(kind.issuers)):
        raise UnfitError("ZZBFJGDM")
    content = Content(
        identifier=identifier,
        number=_require(named, "ZZBH"),
        issuer_name=_require(named, "ZZBFJG"),
        issuer_code=issuer_code,
        issued_on=_read_day(named, "ZZBFRQ"),
        fields=take_fields(kind, named),
    )
    return Told(
        type_id=kind.id,
        source=source,
        standing=read_standing(_require(named, "ZZZTDM")),
        valid_from=_read_day(named, "ZZYXQQSRQ"),
        valid_until=_read_day(named, "ZZYXQJZRQ"),
        content=content,
        changed_at=_read_moment(named, "BGSJ"),
    )


def _require(named: Mapping[str, str], name: str) -> str:
    text = named.get(name, "")
    if not 0 < len(text) <= _LONGEST_WORD:
        raise UnfitError(name)
    return text


def _read_day(named: Mapping[str, str], name: str) -> date | None:
    text = named.get(name, "")
    if not text:
        return None
    try:
        return _require_day(text)
    except ValueError:
        raise UnfitError(name) from None


def _require_day(text: str) -> date:
    if _DAY.fullmatch(text) is None:
        raise ValueError
    return date.fromisoformat(text)


def _read_moment(named: Mapping[str, str], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(named.get(name, ""))
    except ValueError:
        raise UnfitError(name) from None
    if moment.tzinfo is None:
        raise UnfitError(name)
    return moment


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
        "ZZZTDM": told.standing_code,
        "BGSJ": told.bgsj.isoformat(),
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


def read_pasted_picture(text: str, name: str) -> None:
    """Raises UnfitError where a file has something else than a picture in base64."""
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        raise UnfitError(name) from None
    if len(content) > LARGEST_FILE or not content.startswith(_PICTURES):
        raise UnfitError(name)


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
            _require_day(text)
        except ValueError:
            raise UnfitError(field.source) from None


def _write_day(day: date | None) -> str:
    return day.isoformat() if day else ""
