"""What the stand-in registries of licences know: plainly invented licences of the demo's people and companies."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, time
from functools import cache

import msgspec
from PIL import Image, ImageDraw

from app.demo import InventedCompany, invent_companies, invent_people
from app.development.licence_samples import COMPANY_SAMPLES, HOLDINGS, OTHERS, PERSON_SAMPLES, Sample
from app.enterprises.credit_codes import make_credit_code
from app.identity.numbers import BEIJING
from app.licences.identifiers import make_identifier
from app.licences.model import Bilingual, FieldKind, HolderKind, LicenceType
from app.licences.registries import RegistryEntry
from app.licences.registry import HOLDER_CODES, LicenceTold
from app.licences.types import read_shipped
from app.people.seeding import SeededPerson
from app.provinces import PROVINCES

REGISTRIES_PATH = "/v1/development/licence-registries"
REQUESTER = "development"
KEY = "development-only-registry"
_AUTHORITY = make_credit_code("00000009", division="100000", authority="1").text
"""Who defines the kinds whose code is not known, in this invention alone."""
_NAMES = {
    "population": Bilingual(zh="人口与社会事务证照库（虚构）", en="Population and social affairs (invented)"),
    "traffic": Bilingual(zh="交通管理证照库（虚构）", en="Traffic (invented)"),
    "market": Bilingual(zh="市场主体证照库（虚构）", en="Market entities (invented)"),
}
_TRAFFIC = {"driving-licence", "vehicle-licence", "road-transport-practitioner"}
_PALETTE = ((214, 222, 232), (222, 232, 214), (236, 224, 210), (226, 214, 232))
_PORTRAIT = (120, 160)


class BookEntry(msgspec.Struct, frozen=True):
    """A licence as a registry has it, and its pictures by the names that they have there."""

    licence: LicenceTold
    pictures: dict[str, bytes] = {}


def registry_of(kind: LicenceType) -> str:
    """Which of the stand-ins has licences of a kind."""
    if kind.holder is HolderKind.COMPANY:
        return "market"
    return "traffic" if kind.id in _TRAFFIC else "population"


def type_code(kind: LicenceType) -> str:
    """The kind's own code, or one of this invention's."""
    number = sorted(read_shipped()).index(kind.id) + 1
    return kind.code or f"{_AUTHORITY}{number:03}"


def invent_registries(url: str) -> list[RegistryEntry]:
    """The registries of a development server: each at its own path of the server at `url`."""
    kinds = read_shipped().values()
    return [
        RegistryEntry(
            id=registry_id,
            name=name,
            holder=HolderKind.COMPANY if registry_id == "market" else HolderKind.RESIDENT,
            types={kind.id: type_code(kind) for kind in kinds if registry_of(kind) == registry_id},
            requester=REQUESTER,
            key=KEY,
            url=f"{url}{REGISTRIES_PATH}/{registry_id}",
        )
        for registry_id, name in _NAMES.items()
    ]


@cache
def invent_book(province: str) -> Mapping[str, list[BookEntry]]:
    """Every licence of the invention, by its holder's code."""
    book: dict[str, list[BookEntry]] = {}
    for number, person in enumerate(invent_people(province)):
        samples = HOLDINGS[number] if number < len(HOLDINGS) else OTHERS
        holder = _Holder(
            province, person.name, person.id_number, f"{number + 1:06}", _describe(province, number, person)
        )
        book[person.id_number] = [
            _enter(holder, place, one, draw_portrait(number)) for place, one in enumerate(samples)
        ]
    for company, samples in zip(invent_companies(province), COMPANY_SAMPLES, strict=True):
        code = company.unified_social_credit_code
        holder = _Holder(province, company.name, code, code[8:16], _describe_company(province, company))
        book[code] = [_enter(holder, place, one, b"") for place, one in enumerate(samples)]
    return book


class _Holder(msgspec.Struct, frozen=True):
    province: str
    name: str
    code: str
    serial: str
    said: Mapping[str, str]


def _describe(province: str, number: int, person: SeededPerson) -> Mapping[str, str]:
    born, sequence = person.id_number[6:14], person.id_number[14:17]
    return {
        "KZ_XB": "男" if int(sequence) % 2 else "女",
        "KZ_CSRQ": f"{born[:4]}-{born[4:6]}-{born[6:]}",
        "KZ_ZZ": f"{PROVINCES[province].zh}示范区随行路{10 + number}号（虚构）",
        "KZ_HZXM": person.name,
    }


def _describe_company(province: str, company: InventedCompany) -> Mapping[str, str]:
    place = f"{PROVINCES[province].zh}示范区随行路100号（虚构）"
    return {"KZ_FDDBR": company.representative.name, "KZ_ZS": place, "KZ_DZ": place, "KZ_JYCS": place}


def _enter(holder: _Holder, place: int, sample: Sample, portrait: bytes) -> BookEntry:
    """As a registry of the invention has it: its own fields are those that the kind has a place for."""
    kind = read_shipped()[sample.type_id]
    issuer = make_credit_code("00000019", division=f"{holder.province}0000", authority="1").text
    values = {**PERSON_SAMPLES, **holder.said, **sample.fields}
    serial = f"{holder.serial}{place:02}"
    licence = LicenceTold(
        zzmc=kind.name.zh,
        zzlxdm=type_code(kind),
        zzbh=sample.number.format(serial=serial) or holder.code,
        zzbs=make_identifier(type_code(kind), issuer, serial, sample.version),
        zzbfjg=sample.issuer,
        zzbfjgdm=issuer,
        czzt=holder.name,
        czztdm=holder.code,
        czztdmlx=HOLDER_CODES[kind.holder],
        standing_code=sample.standing,
        bgsj=datetime.combine(sample.changed_on or sample.issued_on, time(9), tzinfo=BEIJING),
        zzbfrq=sample.issued_on.isoformat(),
        zzyxqqsrq=sample.issued_on.isoformat(),
        zzyxqjzrq=sample.valid_until.isoformat() if sample.valid_until else "长期",
        kz={f.source: values[f.source] for f in kind.fields if f.source in values},
    )
    names = [field.source for field in kind.fields if field.kind is FieldKind.IMAGE]
    return BookEntry(licence, dict.fromkeys(names, portrait))


@cache
def draw_portrait(number: int) -> bytes:
    """A plain silhouette on a ground of its own colour, as PNG of a few hundred bytes."""
    width, height = _PORTRAIT
    image = Image.new("RGB", _PORTRAIT, _PALETTE[number % len(_PALETTE)])
    draw = ImageDraw.Draw(image)
    tone = 96 + number * 11 % 48
    draw.ellipse((width * 0.3, height * 0.18, width * 0.7, height * 0.54), fill=(tone, tone, tone + 16))
    draw.ellipse((width * 0.12, height * 0.6, width * 0.88, height * 1.3), fill=(tone, tone, tone + 16))
    file = io.BytesIO()
    image.quantize(16).save(file, "PNG", optimize=True)
    return file.getvalue()
