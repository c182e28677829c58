"""The walk: everybody of a segment is told, and nobody twice, whatever becomes of the workers and whoever stops it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from app.campaigns import segments, store, walking
from app.campaigns.drafting import let_run, mark_proposed, mark_rejected
from app.campaigns.errors import CampaignStateError
from app.campaigns.model import CampaignState, Segment, SegmentKind
from app.campaigns.segment_store import Recipient
from app.campaigns.segments import Chooser
from app.campaigns.walking import walk_campaigns, walk_page
from app.database import Connection, Pool, transaction
from tests.app.campaigns.harness import HOME, LANES, NOON, gather, keep, launch, list_told, make_content, read

_SECOND = timedelta(seconds=1)
_PATIENT = 10**6
"""Other tests' notices wait in the same outbox."""


async def go(pool: Pool, campaign_id: UUID, *, turns: int = 100) -> list[int]:
    """Turns a second apart, until there is nothing more to do: what each queued."""
    queued = []
    for turn in range(turns):
        found = await walk_page(pool, campaign_id, HOME, NOON + turn * _SECOND, served=LANES, most_waiting=_PATIENT)
        queued.append(found or 0)
        if (await read(pool, campaign_id)).state is not CampaignState.RUNNING:
            break
    return queued


async def test_everybody_is_told_once_and_no_faster_than_the_rate(pool: Pool) -> None:
    crowd = await gather(pool, 25)
    campaign_id = await launch(pool, make_content(rate=8), after=crowd.before)
    queued = await go(pool, campaign_id)
    assert max(queued) <= 8
    told = await list_told(pool, campaign_id)
    assert len(told) == len(set(told))
    assert set(told) >= crowd.ids
    ended = await read(pool, campaign_id)
    assert (ended.state, ended.walk.queued, ended.walk.examined) == (CampaignState.FINISHED, len(told), len(told))
    assert (
        await walk_page(pool, campaign_id, HOME, NOON + timedelta(hours=1), served=LANES, most_waiting=_PATIENT) is None
    )


async def test_a_page_is_queued_and_passed_in_one_or_not_at_all(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the worker were killed between the page's notices and the note of how far it has come."""
    crowd = await gather(pool, 6)
    campaign_id = await launch(pool, make_content(rate=8), after=crowd.before)
    real = store.move_walk

    async def die(*_: object) -> None:
        raise asyncpg.ConnectionDoesNotExistError("killed")

    monkeypatch.setattr(store, "move_walk", die)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await walk_page(pool, campaign_id, HOME, NOON, served=LANES, most_waiting=_PATIENT)
    assert await list_told(pool, campaign_id) == []
    monkeypatch.setattr(store, "move_walk", real)
    await go(pool, campaign_id)
    told = await list_told(pool, campaign_id)
    assert len(told) == len(set(told))
    assert set(told) >= crowd.ids


async def test_workers_at_once_share_the_walk(pool: Pool) -> None:
    crowd = await gather(pool, 60)
    campaign_id = await launch(pool, make_content(rate=10), after=crowd.before)
    for turn in range(40):
        now = NOON + turn * _SECOND / 2
        pages = await asyncio.gather(
            *(walk_page(pool, campaign_id, HOME, now, served=LANES, most_waiting=_PATIENT) for _ in range(4))
        )
        assert sum(page or 0 for page in pages) <= 10
        if (await read(pool, campaign_id)).state is CampaignState.FINISHED:
            break
    told = await list_told(pool, campaign_id)
    assert len(told) == len(set(told))
    assert set(told) >= crowd.ids


async def test_who_was_told_already_is_not_told_again(pool: Pool) -> None:
    """A row that was set back, by a restore for instance: the notices' own keys hold."""
    crowd = await gather(pool, 5)
    campaign_id = await launch(pool, make_content(), after=crowd.before)
    await go(pool, campaign_id)
    first = await list_told(pool, campaign_id)
    await pool.execute(
        "UPDATE campaigns SET state = 'running', after_id = $2, queued = 0 WHERE campaign_id = $1",
        campaign_id,
        crowd.before,
    )
    await go(pool, campaign_id)
    assert sorted(await list_told(pool, campaign_id)) == sorted(first)


async def test_the_erased_and_the_merged_are_passed_by(pool: Pool) -> None:
    crowd = await gather(pool, 4)
    gone, merged, *others = crowd.people
    await pool.execute("UPDATE residents SET erased_at = $2 WHERE resident_id = $1", gone.resident_id, NOON)
    await pool.execute(
        "UPDATE residents SET merged_into = $2 WHERE resident_id = $1", merged.resident_id, others[0].resident_id
    )
    campaign_id = await launch(pool, make_content(), after=crowd.before)
    await go(pool, campaign_id)
    told = set(await list_told(pool, campaign_id))
    assert told & crowd.ids == {one.resident_id for one in others}


async def test_it_waits_for_its_hours_and_its_start(pool: Pool) -> None:
    crowd = await gather(pool, 2)
    campaign_id = await launch(pool, make_content(starts_at=NOON + _SECOND), after=crowd.before)
    assert await walk_page(pool, campaign_id, HOME, NOON, served=LANES, most_waiting=_PATIENT) is None
    night, morning = NOON + timedelta(hours=9), NOON + timedelta(hours=21)
    assert await walk_page(pool, campaign_id, HOME, night, served=LANES, most_waiting=_PATIENT) is None
    assert (await read(pool, campaign_id)).walk.due_at == morning
    assert await list_told(pool, campaign_id) == []
    assert await walk_page(pool, campaign_id, HOME, morning, served=LANES, most_waiting=_PATIENT)


async def test_it_ends_when_its_time_is_over(pool: Pool) -> None:
    crowd = await gather(pool, 2)
    campaign_id = await launch(pool, make_content(), after=crowd.before)
    assert (
        await walk_page(pool, campaign_id, HOME, NOON + timedelta(days=2), served=LANES, most_waiting=_PATIENT) is None
    )
    ended = await read(pool, campaign_id)
    assert (ended.state, ended.ended_at) == (CampaignState.EXPIRED, NOON + timedelta(days=2))
    assert await list_told(pool, campaign_id) == []


@pytest.mark.parametrize("state", [CampaignState.PAUSED, CampaignState.CANCELLED])
async def test_it_stops_at_once(pool: Pool, state: CampaignState) -> None:
    crowd = await gather(pool, 20)
    campaign_id = await launch(pool, make_content(rate=4), after=crowd.before)
    first = await walk_page(pool, campaign_id, HOME, NOON, served=LANES, most_waiting=_PATIENT)
    async with transaction(pool) as db:
        await store.set_state(db, campaign_id, state, NOON)
    assert await walk_page(pool, campaign_id, HOME, NOON + 9 * _SECOND, served=LANES, most_waiting=_PATIENT) is None
    assert len(await list_told(pool, campaign_id)) == first


async def test_it_waits_for_what_campaigns_have_queued(pool: Pool) -> None:
    """With enough waiting, a campaign waits a second, and queues nothing; what nobody serves counts for nothing."""
    crowd = await gather(pool, 4)
    campaign_id = await launch(pool, make_content(rate=2), after=crowd.before)
    assert await walk_page(pool, campaign_id, HOME, NOON, served=LANES, most_waiting=_PATIENT) == 1
    assert await walk_page(pool, campaign_id, HOME, NOON + _SECOND, served=LANES, most_waiting=1) is None
    assert (await read(pool, campaign_id)).walk.due_at == NOON + 2 * _SECOND
    assert await walk_page(pool, campaign_id, HOME, NOON + 2 * _SECOND, served=["unused"], most_waiting=1) == 1


async def test_nothing_goes_out_that_was_not_approved(pool: Pool) -> None:
    crowd = await gather(pool, 2)
    campaign_id = await launch(pool, make_content(), after=crowd.before)
    await pool.execute("UPDATE campaigns SET body_zh = 'another' WHERE campaign_id = $1", campaign_id)
    assert await walk_page(pool, campaign_id, HOME, NOON, served=LANES, most_waiting=_PATIENT) is None
    assert (await read(pool, campaign_id)).state is CampaignState.PAUSED
    assert await list_told(pool, campaign_id) == []


async def test_only_what_was_read_is_let_run(pool: Pool) -> None:
    campaign = await keep(pool, make_content())
    async with transaction(pool) as db:
        with pytest.raises(CampaignStateError):
            await let_run(db, campaign.campaign_id, campaign.digest, NOON)  # nobody proposed it
    async with transaction(pool) as db:
        await mark_proposed(db, campaign.campaign_id, life=timedelta(hours=24), now=NOON)
    for digest, now in ((b"another", NOON), (campaign.digest, NOON + timedelta(hours=24))):
        async with transaction(pool) as db:
            with pytest.raises(CampaignStateError):
                await let_run(db, campaign.campaign_id, digest, now)
    assert (await read(pool, campaign.campaign_id)).state_at(NOON + timedelta(hours=24)) is CampaignState.LAPSED
    async with transaction(pool) as db:
        await mark_rejected(db, campaign.campaign_id, NOON)
        with pytest.raises(CampaignStateError):
            await let_run(db, campaign.campaign_id, campaign.digest, NOON)


async def test_one_that_fails_keeps_no_other_from_its_turn(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = await gather(pool, 3)
    ill = Segment(SegmentKind.PROVINCE, "33")
    broken = await launch(pool, make_content(segment=ill), after=crowd.before)
    sound = await launch(pool, make_content(), after=crowd.before)
    real = segments.choose

    async def choose(db: Connection, chooser: Chooser, residents: list[Recipient], now: datetime) -> set[UUID]:
        if chooser.segment == ill:
            raise ValueError("broken")
        return await real(db, chooser, residents, now)

    monkeypatch.setattr(walking, "choose", choose)
    monkeypatch.setattr(walking, "MOST_WAITING", _PATIENT)
    await walk_campaigns(pool, HOME, NOON, served=LANES)
    assert (await list_told(pool, broken), set(await list_told(pool, sound)) >= crowd.ids) == ([], True)
