"""Figures: each message counted once, as it ends or is opened, and no test among them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.campaigns.counting import LAG, ChannelFigures, count_campaigns, read_figures
from app.database import Pool, open_pool
from app.identifiers import new_id
from app.settings import Settings
from tests.app.campaigns.harness import NOON, keep, make_content

_SECOND = timedelta(seconds=1)
_OUTCOMES = {
    "inbox": ["delivered"] * 3,
    "apns": ["delivered", "refused", "withheld", "expired", "given-up", "unknown"],
    "wechat": ["withheld"],
}


async def settle(pool: Pool, campaign_id: UUID, channel: str, outcome: str, at: datetime, **data: str) -> None:
    notice_id = new_id()
    await pool.execute(
        "INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at,"
        " expires_at, settled_at, outcome) VALUES ($1, $2, $2, $3, 'campaign', $4, $5, $6, $6, $6, $6, $7)",
        notice_id.int >> 66,
        notice_id,
        channel,
        f"test:{notice_id}",
        {"campaign_id": str(campaign_id), **data},
        at,
        outcome,
    )


async def open_message(pool: Pool, campaign_id: UUID, at: datetime | None, **data: str) -> None:
    await pool.execute(
        "INSERT INTO messages (recipient, message_id, topic, data, created_at, delivered_at, read_at)"
        " VALUES ($1, $1, 'campaign', $2, $3, $3, $4)",
        new_id(),
        {"campaign_id": str(campaign_id), **data},
        NOON,
        at,
    )


async def test_what_became_of_it_is_counted_once(settings: Settings, fresh_database: str) -> None:
    pool = await open_pool(settings, fresh_database, size=1)
    async with pool:
        campaign_id = (await keep(pool, make_content())).campaign_id
        assert await count_campaigns(pool, NOON) == 0  # from here on
        for channel, outcomes in _OUTCOMES.items():
            for outcome in outcomes:
                await settle(pool, campaign_id, channel, outcome, NOON + _SECOND)
        await settle(pool, campaign_id, "inbox", "delivered", NOON + _SECOND, test="true")
        await settle(pool, new_id(), "inbox", "delivered", NOON + _SECOND)  # of none that is known
        for read_at in (NOON + _SECOND, NOON + 2 * _SECOND, None):
            await open_message(pool, campaign_id, read_at)
        await open_message(pool, campaign_id, NOON + _SECOND, test="true")
        assert await count_campaigns(pool, NOON + _SECOND) == 0  # what is written down late is still to come
        later = NOON + timedelta(hours=1)
        assert await count_campaigns(pool, later) == 13
        assert await count_campaigns(pool, later + _SECOND) == 0
        figures = (await read_figures(pool, [campaign_id]))[campaign_id]
    assert (figures.opened, figures.at) == (2, later + _SECOND - LAG)
    assert list(figures.channels) == [
        ChannelFigures("apns", sent=3, accepted=1, refused=1, expired=2, withheld=1, unknown=1),
        ChannelFigures("inbox", sent=3, accepted=3, refused=0, expired=0, withheld=0, unknown=0),
        ChannelFigures("wechat", sent=0, accepted=0, refused=0, expired=0, withheld=1, unknown=0),
    ]


async def test_a_campaign_that_nobody_was_told_of_has_empty_figures(pool: Pool) -> None:
    campaign_id = (await keep(pool, make_content())).campaign_id
    figures = (await read_figures(pool, [campaign_id]))[campaign_id]
    assert (figures.opened, list(figures.channels)) == (0, [])
