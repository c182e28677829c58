"""What a registry says of a licence, made into what is kept: by its kind, and with its pictures."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime

from app.licences.images import is_picture
from app.licences.keeping import Told
from app.licences.metadata import MetadataError, MetadataFault, MetadataReader, read_standing
from app.licences.model import LicenceType
from app.licences.registry import LicenceTold


def read_told(kind: LicenceType, source: str, told: LicenceTold, pictures: Mapping[str, str]) -> Told:
    """`pictures` are the kind's image fields in base64, by their names at the registry; raises MetadataError."""
    return make_told(MetadataReader(kind), source, name_fields(told) | dict(pictures), told.bgsj)


def make_told(reader: MetadataReader, source: str, named: Mapping[str, str], changed_at: datetime) -> Told:
    """Of texts by the names of GB/T 36903, and the kind's own; raises MetadataError."""
    read = reader.read(named)
    return Told(
        type_id=reader.kind.id,
        source=source,
        standing=read_standing(named.get("ZZZTDM", "")),
        valid_from=read.valid_from,
        valid_until=read.valid_until,
        content=read.content,
        changed_at=changed_at,
    )


def name_fields(told: LicenceTold) -> dict[str, str]:
    """All that a kind's field may have for its source."""
    return {
        "ZZMC": told.zzmc,
        "ZZLXDM": told.zzlxdm,
        "ZZBH": told.zzbh,
        "ZZBS": told.zzbs,
        "ZZBFJG": told.zzbfjg,
        "ZZBFJGDM": told.zzbfjgdm,
        "ZZBFRQ": told.zzbfrq,
        "ZZZTDM": told.standing_code,
        "CZZT": told.czzt,
        "CZZTDM": told.czztdm,
        "ZZYXQQSRQ": told.zzyxqqsrq,
        "ZZYXQJZRQ": told.zzyxqjzrq,
        **told.kz,
    }


def read_moment(named: Mapping[str, str]) -> datetime:
    """BGSJ, with its zone; raises MetadataError."""
    try:
        moment = datetime.fromisoformat(named.get("BGSJ", ""))
    except ValueError:
        raise MetadataError("BGSJ", MetadataFault.NOT_A_DATE) from None
    if moment.tzinfo is None:
        raise MetadataError("BGSJ", MetadataFault.NOT_A_DATE)
    return moment


def read_picture(content: bytes, sha256: str, name: str) -> str:
    """In base64; raises MetadataError where it is none that a card has, or not what was announced."""
    text = base64.b64encode(content).decode()
    if hashlib.sha256(content).hexdigest() != sha256 or not is_picture(text):
        raise MetadataError(name, MetadataFault.NOT_AN_IMAGE)
    return text


def is_same_picture(held: str, sha256: str) -> bool:
    """Whether what is held in base64 is what a registry announces: then it is not taken again."""
    try:
        return hashlib.sha256(base64.b64decode(held, validate=True)).hexdigest() == sha256
    except ValueError:
        return False
