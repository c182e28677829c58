"""Demo people are plainly invented, pass every check, and are the same at each start."""

from __future__ import annotations

import dataclasses
import stat
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from stdnum.cn import ric

from app.database import Pool
from app.demo import fill_demo, invent_companies, invent_people, read_demo, write_demo
from app.enterprises.credit_codes import read_credit_code
from app.errors import NotFoundError, SettingsError
from app.people.model import Role
from app.people.rules import normalise_phone
from app.provinces import PROVINCES
from app.sealing import Vault
from app.settings import Settings
from app.venues.known_scanners import KnownScanners
from tests.harness.clock import Clock


@pytest.mark.parametrize("province", PROVINCES)
def test_people_of_every_province_pass_every_check(province: str) -> None:
    people = invent_people(province)
    for person in people:
        assert normalise_phone(person.phone) == person.phone
        assert person.id_number.startswith(province)
        assert ric.calc_check_digit(person.id_number) == person.id_number[-1]
        assert ric.get_birth_date(person.id_number).year < 2010
    assert len({person.phone for person in people}) == len({person.installation_id for person in people}) == len(people)
    assert people == invent_people(province)


def test_there_is_somebody_of_each_kind() -> None:
    people = invent_people("31")
    residents = [person for person in people if person.role is None]
    assert sum(person.verified for person in residents) >= 2
    assert any(not person.verified for person in residents)
    assert {person.role for person in people} == {None, Role.MANAGER, Role.OPERATOR, Role.WINDOW}


@pytest.mark.parametrize("province", PROVINCES)
def test_companies_of_every_province_pass_every_check(province: str) -> None:
    companies = invent_companies(province)
    for company in companies:
        code = read_credit_code(company.unified_social_credit_code)
        assert code.division.startswith(province)
        assert "虚构" in company.name
    assert [company.delegate is not None for company in companies] == [True, False]


async def test_a_demo_company_has_a_delegate(demo: dict[str, Any], pool: Pool) -> None:
    acting = await pool.fetchval(
        "SELECT count(*) FROM bindings WHERE kind = 'enterprise' AND ended_at IS NULL AND resident_id = $1",
        UUID(demo["residents"][0]["resident_id"]),
    )
    assert acting == 1
    assert demo["companies"][0]["delegate"] == demo["residents"][0]["name"]


def test_provinces_share_nobody() -> None:
    here, there = invent_people("31"), invent_people("32")
    for field in ("phone", "id_number", "installation_id"):
        assert not {getattr(person, field) for person in here} & {getattr(person, field) for person in there}


@pytest.fixture
async def demo(settings: Settings, database_url: str, vault: Vault, clock: Clock) -> dict[str, Any]:
    assert vault
    return await fill_demo(settings, database_url, clock.now)


def test_the_file_has_what_scripts_are_promised(demo: dict[str, Any], settings: Settings) -> None:
    assert demo.keys() == {
        "url",
        "province",
        "residents",
        "scanner",
        "hotel",
        "companies",
        "manager",
        "operator",
        "window",
    }
    assert (demo["url"], demo["province"]) == (settings.url, "31")
    for resident in demo["residents"]:
        assert resident.keys() == {"name", "phone", "resident_id", "installation_id", "verified"}
    assert [resident["verified"] for resident in demo["residents"]].count(True) >= 2
    assert {"venue_id", "purpose", "credential"} <= demo["scanner"].keys() == demo["hotel"].keys()
    assert (demo["scanner"]["purpose"], demo["hotel"]["purpose"]) == ("hospital-registration", "hotel-check-in")
    assert {"phone", "installation_id"} <= demo["manager"].keys()
    for officer in (demo["operator"], demo["window"]):
        assert {"name", "phone", "installation_id"} == officer.keys()


async def test_filling_twice_is_filling_once(
    demo: dict[str, Any], settings: Settings, database_url: str, clock: Clock
) -> None:
    """A page that knows the scanner's credential goes on working after a restart."""
    assert await fill_demo(settings, database_url, clock.turn(60)) == demo


async def test_a_scanner_that_was_revoked_works_again(
    demo: dict[str, Any], settings: Settings, database_url: str, pool: Pool, clock: Clock
) -> None:
    await pool.execute("UPDATE scanners SET revoked_at = $1, expires_at = $1", clock.now)
    await fill_demo(settings, database_url, clock.turn(60))
    scanner = await KnownScanners(pool).require(demo["scanner"]["credential"], clock.now)
    assert scanner.approved
    assert str(scanner.venue_id) == demo["scanner"]["venue_id"]


def test_the_file_is_its_owners_alone_and_appears_whole(settings: Settings) -> None:
    demo = {"residents": [{"name": "王小明"}], "province": "31"}
    write_demo(settings, demo)
    path = settings.data / "demo.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in settings.data.glob(".demo.json*")] == []
    assert read_demo(settings) == {"items": [{"name": "王小明"}], "province": "31"}
    path.write_bytes(b"{")
    with pytest.raises(NotFoundError):
        read_demo(settings)
    path.unlink()
    with pytest.raises(NotFoundError):
        read_demo(settings)


async def test_production_has_no_demo(settings: Settings, database_url: str) -> None:
    production = dataclasses.replace(settings, environment="production")
    with pytest.raises(SettingsError, match="SUIXING_ENVIRONMENT"):
        await fill_demo(production, database_url, datetime.now(UTC))
