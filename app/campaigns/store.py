"""What campaigns have in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from app.campaigns.model import (
    Campaign,
    CampaignContent,
    CampaignState,
    CampaignText,
    Said,
    Segment,
    SegmentKind,
    Walk,
    Window,
)
from app.database import Connection, Executor

_MINUTES = 60

INSERT_CAMPAIGN = """
INSERT INTO campaigns (campaign_id, title_zh, title_en, body_zh, body_en, link, segment_kind, segment_value, rate,
                       window_from, window_until, starts_at, expires_at, digest, digest_version, state, drafted_by,
                       drafted_at, after_id, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
"""


async def insert_campaign(db: Connection, campaign: Campaign) -> None:
    content, walk = campaign.content, campaign.walk
    await db.execute(
        INSERT_CAMPAIGN, campaign.campaign_id, content.title.zh, content.title.en, content.body.zh, content.body.en,
        content.link, content.segment.kind.value, content.segment.value, content.rate,
        _minutes(content.window.begins), _minutes(content.window.ends), content.starts_at, content.expires_at,
        campaign.digest, campaign.digest_version, campaign.state.value, campaign.drafted_by, campaign.drafted_at,
        walk.after, walk.due_at,
    )  # fmt: skip


_SELECT_CAMPAIGNS = """
SELECT campaign_id, title_zh, title_en, body_zh, body_en, link, segment_kind, segment_value, rate, window_from,
       window_until, starts_at, expires_at, digest, digest_version, state, drafted_by, drafted_at, approve_by,
       approved_at, ended_at, after_id, due_at, examined, expected, queued
FROM campaigns
"""
GET_CAMPAIGN = f"{_SELECT_CAMPAIGNS} WHERE campaign_id = $1"


async def get_campaign(db: Executor, campaign_id: UUID) -> Campaign | None:
    row = await db.fetchrow(GET_CAMPAIGN, campaign_id)
    return _read(row) if row else None


HOLD_CAMPAIGN = f"{GET_CAMPAIGN} FOR UPDATE"


async def hold_campaign(db: Connection, campaign_id: UUID) -> Campaign | None:
    """The same, and nobody else changes it until the transaction ends; a worker's page is waited for."""
    row = await db.fetchrow(HOLD_CAMPAIGN, campaign_id)
    return _read(row) if row else None


TAKE_CAMPAIGN = f"""{GET_CAMPAIGN}
  AND state = 'running' AND due_at <= $2 AND digest_version <= $3 FOR UPDATE SKIP LOCKED
"""


async def take_campaign(db: Connection, campaign_id: UUID, now: datetime, newest: int) -> Campaign | None:
    """One that runs and whose next page is due, held; None where it is not, or another worker is at it."""
    row = await db.fetchrow(TAKE_CAMPAIGN, campaign_id, now, newest)
    return _read(row) if row else None


LOAD_CAMPAIGNS = f"{_SELECT_CAMPAIGNS} WHERE campaign_id = ANY($1::uuid[])"


async def load_campaigns(db: Executor, campaign_ids: Sequence[UUID]) -> list[Campaign]:
    return [_read(row) for row in await db.fetch(LOAD_CAMPAIGNS, list(campaign_ids))]


LIST_CAMPAIGNS = f"""{_SELECT_CAMPAIGNS}
WHERE $1::uuid IS NULL OR campaign_id < $1 ORDER BY campaign_id DESC LIMIT $2
"""


async def list_campaigns(db: Executor, *, before: UUID | None, limit: int) -> list[Campaign]:
    return [_read(row) for row in await db.fetch(LIST_CAMPAIGNS, before, limit)]


LIST_DUE = """
SELECT campaign_id FROM campaigns WHERE state = 'running' AND due_at <= $1 AND digest_version <= $2
ORDER BY due_at LIMIT $3
"""


async def list_due(db: Executor, now: datetime, newest: int, limit: int) -> list[UUID]:
    """Campaigns that run and have a page due, of digests that the caller can work out: those up to the newest."""
    return [row["campaign_id"] for row in await db.fetch(LIST_DUE, now, newest, limit)]


PROPOSE_CAMPAIGN = "UPDATE campaigns SET state = 'proposed', approve_by = $2 WHERE campaign_id = $1"


async def mark_proposed(db: Connection, campaign_id: UUID, approve_by: datetime) -> None:
    await db.execute(PROPOSE_CAMPAIGN, campaign_id, approve_by)


APPROVE_CAMPAIGN = "UPDATE campaigns SET state = 'running', approved_at = $2, due_at = $3 WHERE campaign_id = $1"


async def mark_approved(db: Connection, campaign_id: UUID, now: datetime, due_at: datetime) -> None:
    await db.execute(APPROVE_CAMPAIGN, campaign_id, now, due_at)


SET_STATE = """
UPDATE campaigns SET state = $2, due_at = greatest(due_at, $3),
                     ended_at = CASE WHEN $2 IN ('rejected', 'finished', 'expired', 'cancelled') THEN $3 END
WHERE campaign_id = $1
"""


async def set_state(db: Connection, campaign_id: UUID, state: CampaignState, now: datetime) -> None:
    """Another state; what was missed while a campaign stood still is not made up for."""
    await db.execute(SET_STATE, campaign_id, state.value, now)


MOVE_WALK = """
UPDATE campaigns SET after_id = $2, due_at = $3, examined = $4, expected = $5, queued = $6 WHERE campaign_id = $1
"""


async def move_walk(db: Connection, campaign_id: UUID, walk: Walk) -> None:
    """How far it has come, in the transaction that has the page's notices."""
    await db.execute(MOVE_WALK, campaign_id, walk.after, walk.due_at, walk.examined, walk.expected, walk.queued)


LIST_TEXTS = """
SELECT campaign_id, title_zh, title_en, body_zh, body_en, link, state, expires_at FROM campaigns
WHERE campaign_id = ANY($1::uuid[])
"""


async def list_texts(db: Executor, campaign_ids: Sequence[UUID]) -> dict[UUID, CampaignText]:
    rows = await db.fetch(LIST_TEXTS, list(campaign_ids))
    return {
        row["campaign_id"]: CampaignText(
            Said(row["title_zh"], row["title_en"]),
            Said(row["body_zh"], row["body_en"]),
            row["link"],
            row["state"] == CampaignState.CANCELLED.value,
            row["expires_at"],
        )
        for row in rows
    }


def _read(row: Any) -> Campaign:
    content = CampaignContent(
        title=Said(row["title_zh"], row["title_en"]),
        body=Said(row["body_zh"], row["body_en"]),
        link=row["link"],
        segment=Segment(SegmentKind(row["segment_kind"]), row["segment_value"]),
        rate=row["rate"],
        window=Window(_time(row["window_from"]), _time(row["window_until"])),
        starts_at=row["starts_at"].astimezone(UTC),
        expires_at=row["expires_at"].astimezone(UTC),
    )
    return Campaign(
        campaign_id=row["campaign_id"],
        content=content,
        digest=row["digest"],
        digest_version=row["digest_version"],
        state=CampaignState(row["state"]),
        drafted_by=row["drafted_by"],
        drafted_at=row["drafted_at"],
        approve_by=row["approve_by"],
        approved_at=row["approved_at"],
        ended_at=row["ended_at"],
        walk=Walk(row["after_id"], row["due_at"], row["examined"], row["expected"], row["queued"]),
    )


def _minutes(at: time) -> int:
    return at.hour * _MINUTES + at.minute


def _time(minutes: int) -> time:
    return time(*divmod(minutes, _MINUTES))
