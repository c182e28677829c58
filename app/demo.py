"""Demo data of a development server: invented people, two venues, and a file that says who they are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from stdnum.iso7064 import mod_11_2

from app.database import Pool, open_pool
from app.enterprises.credit_codes import make_credit_code, read_credit_code
from app.enterprises.seeding import SeededCompany, seed_company
from app.errors import NotFoundError, SettingsError, UnauthenticatedError
from app.identifiers import new_id
from app.licences.model import HolderKind
from app.licences.seeding import seed_wallet
from app.people.model import Role
from app.people.seeding import SeededPerson, seed_person
from app.provinces import PROVINCES
from app.sealing import Vault
from app.secrets import read_secrets
from app.settings import Settings
from app.staff.factors import forget_factors
from app.venues.model import IssuedScanner, Venue
from app.venues.scanners import make_credential, read_scanner_id
from app.venues.seeding import seed_venue

_FILE = "demo.json"


class InventedVenue(msgspec.Struct, frozen=True):
    """A venue of the demo, with a scanner that stays the same from one start to the next."""

    called: str
    """In demo.json."""
    seed: str
    """Of its id, which is the same at each start."""
    kind: str
    purpose: str
    address: str
    credential_file: str


_VENUES = (
    InventedVenue("scanner", "venue", "医院", "hospital-registration", "随行路1号", "demo-scanner.txt"),
    InventedVenue("hotel", "venue:hotel", "酒店", "hotel-check-in", "随行路8号", "demo-hotel.txt"),
)
"""One that scans codes, and one that asks for licences besides."""
_PEOPLE: list[tuple[str, str, bool, Role | None]] = [
    ("王小明", "19900307", True, None),
    ("李静怡", "19880622", True, None),
    ("欧阳兰", "19510415", True, None),
    ("陈新", "20010911", False, None),
    ("周文", "19791203", True, Role.MANAGER),
    ("孙丽", "19840517", True, Role.OPERATOR),
    ("何敏", "19900824", True, Role.WINDOW),
]


def invent_people(province: str) -> list[SeededPerson]:
    """Phones and ID numbers are made up, and pass their checks; installations are the same at each start."""
    made: list[SeededPerson] = []
    for number, (name, birthday, verified, role) in enumerate(_PEOPLE, start=1):
        phone = f"+86138{province}{number:06}"
        body = f"{province}0101{birthday}{900 + number}"
        made.append(
            SeededPerson(
                name=name,
                phone=phone,
                id_number=body + mod_11_2.calc_check_digit(body),
                installation_id=uuid5(NAMESPACE_URL, f"suixing:demo:{phone}"),
                verified=verified,
                role=role,
            )
        )
    return made


async def fill_demo(settings: Settings, url: str, now: datetime) -> dict[str, Any]:
    """Puts the demo people and their venues in, and answers what demo.json will say."""
    if settings.is_production:
        raise SettingsError("SUIXING_ENVIRONMENT is production: demo data does not belong there.")
    vault = Vault(read_secrets(settings.keys_folder))
    pool = await open_pool(settings, url, size=2)
    try:
        people = invent_people(settings.province)
        ids = {person.phone: await seed_person(pool, vault, person, now) for person in people}
        await forget_factors(pool, ids.values())
        officers = {person.role: person for person in people if person.role is not None}
        manager_id = ids[officers[Role.MANAGER].phone]
        await _seed_companies(pool, vault, settings.province, ids, now)
        for holder_id in (ids[person.phone] for person in people if person.verified):
            await seed_wallet(pool, vault, holder_id, HolderKind.RESIDENT, now)
        venues = {one.called: await _seed_venue(settings, pool, one, manager_id, now) for one in _VENUES}
    finally:
        await pool.close()
    return {
        "url": settings.url,
        "province": settings.province,
        "residents": [
            {
                "name": person.name,
                "phone": person.phone,
                "resident_id": str(ids[person.phone]),
                "installation_id": str(person.installation_id),
                "verified": person.verified,
            }
            for person in people
            if person.role is None
        ],
        **venues,
        "companies": [_describe(one) for one in invent_companies(settings.province)],
        **{role.value: _officer(person) for role, person in officers.items()},
    }


class InventedCompany(msgspec.Struct, frozen=True):
    """A company that is plainly invented; its code passes every check."""

    name: str
    unified_social_credit_code: str
    representative: SeededPerson
    delegate: SeededPerson | None
    """Who acts for it in the demo; a company without one is there to be claimed."""


def invent_companies(province: str) -> list[InventedCompany]:
    """One with a representative and a delegate, and one that its representative has not claimed yet."""
    first, second, *_ = invent_people(province)
    return [
        InventedCompany(
            f"{PROVINCES[province].zh}随行示范贸易有限公司（虚构）",
            make_credit_code("MA000001", division=f"{province}0101").text,
            representative=second,
            delegate=first,
        ),
        InventedCompany(
            f"{PROVINCES[province].zh}随行示范咨询有限公司（虚构）",
            make_credit_code("MA000002", division=f"{province}0101").text,
            representative=first,
            delegate=None,
        ),
    ]


async def _seed_companies(pool: Pool, vault: Vault, province: str, ids: Mapping[str, UUID], now: datetime) -> None:
    for one in invent_companies(province):
        if one.delegate is not None:
            company = SeededCompany(
                one.name,
                read_credit_code(one.unified_social_credit_code),
                representative_id=ids[one.representative.phone],
                delegate_id=ids[one.delegate.phone],
                delegate_name=one.delegate.name,
                delegate_phone=one.delegate.phone,
            )
            await seed_company(pool, vault, company, now)
            await seed_wallet(pool, vault, company.code.company_id, HolderKind.COMPANY, now)


def _describe(one: InventedCompany) -> dict[str, Any]:
    return {
        "name": one.name,
        "unified_social_credit_code": one.unified_social_credit_code,
        "representative": one.representative.name,
        "delegate": one.delegate.name if one.delegate else None,
    }


def _officer(person: SeededPerson) -> dict[str, str]:
    return {"name": person.name, "phone": person.phone, "installation_id": str(person.installation_id)}


async def _seed_venue(
    settings: Settings, pool: Pool, invented: InventedVenue, manager_id: UUID, now: datetime
) -> dict[str, str]:
    """Puts it in, and answers what demo.json says of it."""
    name = f"{PROVINCES[settings.province].zh}随行示范{invented.kind}"
    venue_id = uuid5(NAMESPACE_URL, f"suixing:demo:{settings.province}:{invented.seed}")
    adcode = f"{settings.province}0101"
    venue = Venue(venue_id, name, invented.purpose, adcode, invented.address, manager_id, None)
    kept_in = settings.data / invented.credential_file
    scanner = _kept_scanner(kept_in, now) or _new_scanner(kept_in, now)
    await seed_venue(pool, venue, scanner, lifetime=settings.scanner_lifetime, now=now)
    return {
        "venue_id": str(venue_id),
        "venue_name": name,
        "purpose": venue.purpose,
        "credential": scanner.credential,
    }


def _kept_scanner(path: Path, now: datetime) -> IssuedScanner | None:
    """The scanner of the start before, so that a page that knows its credential goes on working."""
    try:
        credential = path.read_text(encoding="ascii").strip()
        return IssuedScanner(read_scanner_id(credential), credential, now)
    except (OSError, UnauthenticatedError):
        return None


def _new_scanner(path: Path, now: datetime) -> IssuedScanner:
    scanner_id = new_id()
    scanner = IssuedScanner(scanner_id, make_credential(scanner_id), now)
    _write(path, scanner.credential.encode())
    return scanner


def write_demo(settings: Settings, demo: dict[str, Any]) -> None:
    """Says who the demo people are, once the server can be asked: mode 0600, renamed into place."""
    _write(settings.data / _FILE, msgspec.json.format(msgspec.json.encode(demo)))


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(content + b"\n")
    draft.replace(path)


def read_demo(settings: Settings) -> dict[str, Any]:
    """What demo.json says, for the pages' list of people to log in as."""
    try:
        content: dict[str, Any] = msgspec.json.decode((settings.data / _FILE).read_bytes())
    except (OSError, msgspec.MsgspecError):
        raise NotFoundError from None
    return {"items": content.pop("residents"), **content}
