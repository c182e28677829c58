"""Invented kinds of licences, and what a registry would tell of one."""

from __future__ import annotations

import base64
import io
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
from PIL import Image

from app.errors import InvalidError
from app.licences.identifiers import make_identifier
from app.licences.model import Bilingual, FieldKind, HolderKind, LicenceField, LicenceType, Look, Mask
from app.licences.type_rules import check_type

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TYPE_CODE = "11100000000013338W011"
ISSUER = "11430000006122244L"


def field(name: str, source: str, **more: Any) -> LicenceField:
    return LicenceField(name, Bilingual("字段", name), source, **more)


def invent_kind(**changes: Any) -> LicenceType:
    """A kind with a field of each sort, under an id that no other test has."""
    kind = LicenceType(
        id=f"kind-{uuid4().hex}",
        name=Bilingual("证照", "Licence"),
        holder=HolderKind.RESIDENT,
        code=TYPE_CODE,
        code_certain=True,
        fields=[
            field("name", "CZZT", required=True, mask=Mask.NAME),
            field("number", "ZZBH", required=True),
            field("began_on", "KZ_KSRQ", kind=FieldKind.DATE),
            field("scope", "KZ_FW", kind=FieldKind.LINES),
            field("photo", "KZ_ZP", kind=FieldKind.IMAGE, mask=Mask.HIDDEN),
        ],
        name_field="name",
        number_field="number",
        look=Look("#204060", "document"),
    )
    return msgspec.structs.replace(kind, **changes)


def tell(**changes: str | None) -> dict[str, str]:
    """What a registry tells; None leaves an element out."""
    told: dict[str, str | None] = {
        "ZZMC": "证照",
        "ZZLXDM": TYPE_CODE,
        "ZZBH": "A-1",
        "ZZBS": make_identifier(TYPE_CODE, ISSUER, "20260001"),
        "ZZBFJG": "某某局",
        "ZZBFJGDM": ISSUER,
        "ZZBFRQ": "2026-06-01",
        "CZZT": "王小明",
        "CZZTDM": "11010519491231002X",
        "ZZYXQQSRQ": "2026-06-01",
        "ZZYXQJZRQ": "2036-05-31",
        **changes,
    }
    return {element: text for element, text in told.items() if text is not None}


def draw(kind: str = "PNG", *, width: int = 40, height: int = 50) -> str:
    """A picture in base64."""
    held = io.BytesIO()
    Image.new("RGB", (width, height), "#88aacc").save(held, kind)
    return base64.b64encode(held.getvalue()).decode()


def find_fault(kind: LicenceType, book: dict[str, LicenceType], scopes: set[str]) -> str | None:
    """Where an operator who put the kind would be told that it is wrong; None where it is right."""
    try:
        check_type(kind, book, scopes)
    except InvalidError as error:
        return error.pointer
    return None
