"""A campaign on a locked screen: its own words, in the reader's language, and none once it is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from app.campaigns import store
from app.campaigns.model import CampaignState
from app.campaigns.reading import TOPIC
from app.campaigns.speaking import CampaignSpeaker
from app.database import Pool, transaction
from app.inbox.pushing import PushWordings
from push.notices import Notice
from push.wordings import Spoken
from tests.app.campaigns.harness import NOON, launch, make_content
from tests.push.harness import make_notice


async def speak(pool: Pool, at: datetime, *notices: Notice) -> Mapping[UUID, Spoken]:
    wordings = PushWordings({TOPIC: CampaignSpeaker(pool, lambda: at)}, arrival_life=timedelta(hours=1))
    return await wordings.speak(notices, {notices[0].recipient: "en"})


def tell(campaign_id: UUID, **data: str) -> Notice:
    return make_notice("apns", NOON, topic=TOPIC, data={"campaign_id": str(campaign_id), **data})


async def test_each_reader_has_it_in_their_language(pool: Pool) -> None:
    campaign_id = await launch(pool, make_content())
    english, chinese = tell(campaign_id, test="true"), tell(campaign_id)
    gone = tell(uuid4())
    said = await speak(pool, NOON, english, chinese, gone)
    assert said[english.notice_id].title == "[Test] Show your social security card on the phone"
    assert said[chinese.notice_id].body == "打开「我的证照」即可查看。"
    assert said[chinese.notice_id].link == "/resident#/wallet"
    assert said[chinese.notice_id].fields == {"phrase": "服务资讯"}
    assert gone.notice_id not in said


async def test_what_is_over_is_not_shown_anew(pool: Pool) -> None:
    campaign_id = await launch(pool, make_content())
    told = tell(campaign_id)
    assert await speak(pool, NOON + timedelta(days=2), told) == {}
    async with transaction(pool) as db:
        await store.set_state(db, campaign_id, CampaignState.CANCELLED, NOON)
    assert await speak(pool, NOON, told) == {}
