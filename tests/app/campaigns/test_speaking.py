"""What a push of a campaign says, in its recipient's language, and that none is shown of what is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from structlog.testing import capture_logs

from app.campaigns import store
from app.campaigns.digesting import NEWEST
from app.campaigns.model import CampaignState, Said
from app.campaigns.speaking import CampaignSpeaker
from app.database import Pool, transaction
from app.identifiers import new_id
from push.notices import Notice
from tests.app.campaigns.harness import NOON, keep, make_content


def notice_of(campaign_id: UUID, **data: str) -> Notice:
    return Notice(
        routing_key=1,
        recipient=new_id(),
        channel="apns",
        topic="campaign",
        dedupe_key=f"push:{new_id()}",
        data={"campaign_id": str(campaign_id), **data},
        created_at=NOON,
        due_at=NOON,
        expires_at=NOON + timedelta(hours=1),
    )


async def speak(pool: Pool, notice: Notice, now: datetime = NOON, *, english: bool = False) -> tuple[str, str] | None:
    said = await CampaignSpeaker(pool, lambda: now).speak([notice], {notice.recipient: "en" if english else "zh-CN"})
    found = said.get(notice.notice_id)
    return (found.title, found.link) if found else None


async def test_it_says_the_campaigns_own_words(pool: Pool) -> None:
    content = make_content()
    notice = notice_of((await keep(pool, content)).campaign_id)
    assert await speak(pool, notice) == (content.title.zh, content.link)
    assert await speak(pool, notice, english=True) == (content.title.en, content.link)
    assert await speak(pool, notice_of(UUID(notice.data["campaign_id"]), test="true")) == (
        f"【测试】{content.title.zh}",
        content.link,
    )


@pytest.mark.parametrize("state", [CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.FINISHED])
async def test_what_waited_for_the_morning_is_shown(pool: Pool, state: CampaignState) -> None:
    campaign_id = (await keep(pool, make_content())).campaign_id
    async with transaction(pool) as db:
        await store.set_state(db, campaign_id, state, NOON)
    assert await speak(pool, notice_of(campaign_id))


@pytest.mark.parametrize("data", [{}, {"campaign_id": "odd"}, {"campaign_id": 1}])
async def test_one_that_names_no_campaign_keeps_no_other_from_its_words(pool: Pool, data: dict[str, Any]) -> None:
    fine = notice_of((await keep(pool, make_content())).campaign_id)
    odd = msgspec.structs.replace(notice_of(new_id()), data=data)
    said = await CampaignSpeaker(pool, lambda: NOON).speak([odd, fine], {})
    assert list(said) == [fine.notice_id]


async def test_nothing_is_shown_of_what_is_over(pool: Pool) -> None:
    campaign_id = (await keep(pool, make_content())).campaign_id
    assert await speak(pool, notice_of(campaign_id), NOON + timedelta(days=2)) is None
    async with transaction(pool) as db:
        await store.set_state(db, campaign_id, CampaignState.CANCELLED, NOON)
    assert await speak(pool, notice_of(campaign_id)) is None
    assert await speak(pool, notice_of(new_id())) is None


async def test_a_batch_has_each_its_own_words(pool: Pool) -> None:
    """Of two campaigns, in two languages, a test among them: what is put into words once is nobody else's."""
    contents = [make_content(), make_content(title=Said("另一则", "Another"))]
    ids = [(await keep(pool, content)).campaign_id for content in contents]
    notices = [notice_of(one, **data) for one in ids for data in ({}, {}, {"test": "true"})]
    english = {notices[1].recipient, notices[5].recipient}
    said = await CampaignSpeaker(pool, lambda: NOON).speak(notices, dict.fromkeys(english, "en"))
    first, second = (content.title for content in contents)
    titles = [first.zh, first.en, f"【测试】{first.zh}", second.zh, second.zh, f"[Test] {second.en}"]
    assert [said[notice.notice_id].title for notice in notices] == titles


async def test_words_that_nobody_approved_are_not_shown(pool: Pool) -> None:
    """A row that was changed by hand after the last page went out: what waits for the morning is left out."""
    altered, fine = [notice_of((await keep(pool, make_content())).campaign_id) for _ in range(2)]
    await pool.execute(
        "UPDATE campaigns SET body_en = 'Send us your password' WHERE campaign_id = $1",
        UUID(altered.data["campaign_id"]),
    )
    with capture_logs() as logs:
        said = await CampaignSpeaker(pool, lambda: NOON).speak([altered, fine], {})
    assert list(said) == [fine.notice_id]
    assert [(one["event"], one["campaign_id"]) for one in logs] == [
        ("campaign.not-as-approved", altered.data["campaign_id"])
    ]


async def test_what_a_newer_worker_queued_is_shown_though_its_digest_is_of_an_unknown_list(pool: Pool) -> None:
    notice = notice_of((await keep(pool, make_content())).campaign_id)
    await pool.execute(
        "UPDATE campaigns SET digest_version = $2 WHERE campaign_id = $1",
        UUID(notice.data["campaign_id"]),
        NEWEST + 1,
    )
    assert await speak(pool, notice)
