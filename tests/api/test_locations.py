"""A position is turned into a province, a crossing is found once and told once, and nothing finer is kept."""

from __future__ import annotations

from tests.api.harness import Api, Session, slug_of
from tests.api.locations import JIAXING, agree, read, report


async def test_a_position_is_answered_with_province_and_city(api: Api, resident: Session) -> None:
    await agree(api, resident)
    assert await read(api, resident) == {"province": "31", "city": "310000", "roaming": False, "crossing": None}


async def test_the_first_position_ever_is_silent(api: Api, resident: Session) -> None:
    await agree(api, resident)
    assert await read(api, resident, JIAXING) == {
        "province": "33",
        "city": "330400",
        "roaming": True,
        "crossing": None,
    }


async def test_without_consent_nothing_is_taken(api: Api, resident: Session) -> None:
    assert slug_of(await report(api, resident)) == "location-consent-missing"
    assert slug_of(await report(api, resident, background=True)) == "location-consent-missing"
