"""Whom a segment holds, counted and walked alike."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from app.campaigns import previewing
from app.campaigns.model import Segment, SegmentKind
from app.campaigns.previewing import count_reach, preview_campaign
from app.campaigns.segment_store import Recipient
from app.campaigns.segments import Chooser, choose, require_segment
from app.database import Pool
from app.errors import InvalidError
from app.identifiers import new_id
from tests.app.campaigns.harness import HOME, NOON, Crowd, gather, make_content

_TYPE = "social-security-card"


@pytest.fixture
async def crowd(pool: Pool) -> Crowd:
    return await gather(pool, 6)


async def chosen(pool: Pool, crowd: Crowd, kind: SegmentKind, value: str = "") -> list[int]:
    """The places in the crowd of those who are in the segment."""
    found = await choose(pool, Chooser(Segment(kind, value), HOME), crowd.people, NOON)
    return [place for place, one in enumerate(crowd.people) if one.resident_id in found]


async def hold(pool: Pool, one: Recipient, *, ended: bool = False, until: date | None = None, of: str = _TYPE) -> None:
    await pool.execute(
        "INSERT INTO licences (holder_id, licence_id, licence_no, type_id, source, identifier_index, standing,"
        " valid_until, sealed_content, digest, changed_at, fetched_at, ended_at)"
        " VALUES ($1, $2, $3, $4, 'test', $5, 'valid', $6, '', '', $7, $7, $8)",
        one.resident_id,
        new_id(),
        uuid4().int >> 66,
        of,
        uuid4().bytes,
        until,
        NOON,
        NOON if ended else None,
    )


async def act_for(pool: Pool, one: Recipient, company_id: UUID, *, ended: bool = False) -> None:
    await pool.execute(
        "INSERT INTO bindings (resident_id, binding_id, kind, part, subject_no, principal_id, bound_at, ended_at)"
        " VALUES ($1, $2, 'enterprise', 'shows', $3, $4, $5, $6)",
        one.resident_id,
        new_id(),
        uuid4().int >> 66,
        company_id,
        NOON - timedelta(days=1),
        NOON if ended else None,
    )


async def found_company(pool: Pool, start: str, *, state: str = "active") -> UUID:
    company_id = new_id()
    await pool.execute(
        "INSERT INTO enterprises (company_id, unified_social_credit_code, name, state, claimed_at, checked_at,"
        " check_due_at) VALUES ($1, $2, 'A company', $3, $4, $4, $5)",
        company_id,
        f"{start}310000MA1FL0000X",
        state,
        NOON,
        NOON + timedelta(days=900),
    )
    return company_id


async def agree(pool: Pool, one: Recipient, version: int = 2) -> None:
    await pool.execute(
        "INSERT INTO consents (resident_id, consent_id, kind, version, granted_at) VALUES ($1, $2, 'location', $3, $4)",
        one.resident_id,
        new_id(),
        version,
        NOON - timedelta(days=10),
    )


async def cross(pool: Pool, one: Recipient, *provinces: str) -> None:
    for days, province in enumerate(provinces):
        await pool.execute(
            "INSERT INTO crossings (subject_no, crossing_id, from_province, to_province, crossed_at, seen_by,"
            " recorded_at) VALUES ($1, $2, '31', $3, $4, 'fix', $4)",
            one.subject_no,
            new_id(),
            province,
            NOON - timedelta(days=9 - days),
        )


async def test_everybody(pool: Pool, crowd: Crowd) -> None:
    assert await chosen(pool, crowd, SegmentKind.ALL) == [0, 1, 2, 3, 4, 5]
    assert await choose(pool, Chooser(Segment(), HOME), [], NOON) == set()


async def test_by_a_licence_that_is_good_today(pool: Pool, crowd: Crowd) -> None:
    first, second, ended, past, other, _ = crowd.people
    await hold(pool, first)
    await hold(pool, first)
    await hold(pool, second, until=date(2026, 7, 1))
    await hold(pool, ended, ended=True)
    await hold(pool, past, until=date(2026, 6, 30))
    await hold(pool, other, of="driving-licence")
    assert await chosen(pool, crowd, SegmentKind.LICENCE, _TYPE) == [0, 1]


async def test_by_the_kind_of_company_that_they_act_for(pool: Pool, crowd: Crowd) -> None:
    company, trader, gone = [await found_company(pool, start) for start in ("91", "92", "91")]
    await pool.execute("UPDATE enterprises SET state = 'revoked' WHERE company_id = $1", gone)
    first, second, left, of_trader, of_gone, _ = crowd.people
    await act_for(pool, first, company)
    await act_for(pool, second, company)
    await act_for(pool, second, trader)
    await act_for(pool, left, company, ended=True)
    await act_for(pool, of_trader, trader)
    await act_for(pool, of_gone, gone)
    assert await chosen(pool, crowd, SegmentKind.ENTERPRISE, "company") == [0, 1]
    assert await chosen(pool, crowd, SegmentKind.ENTERPRISE, "sole-trader") == [1, 3]
    assert await chosen(pool, crowd, SegmentKind.ENTERPRISE, "cooperative") == []


async def test_by_where_the_last_crossing_led(pool: Pool, crowd: Crowd) -> None:
    """Who is not known to be elsewhere is at home; so is who never agreed that this be used for notices."""
    there, back, further, early, *_ = crowd.people
    for one in (there, back, further):
        await agree(pool, one)
    await agree(pool, early, version=1)
    await cross(pool, early, "33")
    await cross(pool, there, "33")
    await cross(pool, back, "33", "31")
    await cross(pool, further, "33", "34")
    assert await chosen(pool, crowd, SegmentKind.PROVINCE, "33") == [0]
    assert await chosen(pool, crowd, SegmentKind.PROVINCE, "34") == [2]
    assert await chosen(pool, crowd, SegmentKind.PROVINCE, HOME) == [1, 3, 4, 5]


@pytest.mark.parametrize("value", ["no-such-kind", "business-licence"])
async def test_a_kind_of_licence_is_one_that_residents_hold(pool: Pool, value: str) -> None:
    await require_segment(pool, Segment(SegmentKind.LICENCE, _TYPE))
    with pytest.raises(InvalidError):
        await require_segment(pool, Segment(SegmentKind.LICENCE, value))


async def test_a_small_deployment_is_counted_one_by_one(pool: Pool, crowd: Crowd) -> None:
    value = f"kind-{uuid4().hex[:8]}"
    for one in crowd.people[:4]:
        await hold(pool, one, of=value)
    reach = await count_reach(pool, Chooser(Segment(SegmentKind.LICENCE, value), HOME), NOON)
    assert (reach.count, reach.low, reach.high, reach.is_exact, reach.at) == (4, 4, 4, True, NOON)
    everybody = await count_reach(pool, Chooser(Segment(), HOME), NOON)
    assert everybody.count >= 6


async def test_a_large_one_is_estimated_and_says_so(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the blocks; the bounds have the truth in them, but for one try in twenty or so."""
    monkeypatch.setattr(previewing, "_ENOUGH", 100)
    monkeypatch.setattr(previewing, "_PERCENTS", (50.0,))
    crowd, value = await gather(pool, 2000), f"kind-{uuid4().hex[:8]}"
    for one in crowd.people[::20]:
        await hold(pool, one, of=value)
    chooser = Chooser(Segment(SegmentKind.LICENCE, value), HOME)
    tries = [await count_reach(pool, chooser, NOON) for _ in range(20)]
    assert not any(one.is_exact for one in tries)
    assert sum(one.low <= 100 <= one.high for one in tries) >= 14


async def test_a_preview_shows_what_a_locked_screen_shows(pool: Pool) -> None:
    content = make_content()
    preview = await preview_campaign(pool, content, HOME, NOON)
    assert (preview.chinese.title, preview.chinese.body) == (content.title.zh, content.body.zh)
    assert preview.english.card == "Show your social se…"
    assert preview.reach.count > 0
