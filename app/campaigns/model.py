"""What is known of campaigns."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

import msgspec


class CampaignState(StrEnum):
    """What has become of a campaign."""

    DRAFTED = "drafted"
    PROPOSED = "proposed"
    """It waits for the second person."""
    LAPSED = "lapsed"
    """Nobody decided within the day."""
    REJECTED = "rejected"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    EXPIRED = "expired"
    """Its time was over before everybody had been told."""
    CANCELLED = "cancelled"


class SegmentKind(StrEnum):
    """By what recipients are chosen."""

    ALL = "all"
    PROVINCE = "province"
    """Where they are now, by the last crossing."""
    ENTERPRISE = "enterprise"
    """By the kind of the companies that they act for, as representative or delegate."""
    LICENCE = "licence"
    """By a kind of licence that they hold and that is good."""


class Segment(msgspec.Struct, frozen=True):
    """Whom a campaign is for: a kind, and the one value of it; `all` has none."""

    kind: SegmentKind = SegmentKind.ALL
    value: str = ""


class Said(msgspec.Struct, frozen=True):
    """The same words in both languages."""

    zh: str
    en: str


class Window(msgspec.Struct, frozen=True):
    """The hours of the day, by Beijing's time, in which it goes out."""

    begins: time
    ends: time


class CampaignContent(msgspec.Struct, frozen=True, kw_only=True):
    """All that the second person approves."""

    title: Said
    body: Said
    link: str
    """A path of this deployment, or empty."""
    segment: Segment
    rate: int
    """Messages a second."""
    window: Window
    starts_at: datetime
    expires_at: datetime


class Walk(msgspec.Struct, frozen=True):
    """How far a campaign has come through the residents."""

    after: UUID
    due_at: datetime
    examined: int = 0
    expected: int | None = None
    """About how many residents there were when it began."""
    queued: int = 0
    """How many of them were told."""


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign as stored."""

    campaign_id: UUID
    content: CampaignContent
    digest: bytes
    digest_version: int
    """By which list it was worked out (app.campaigns.digesting)."""
    state: CampaignState
    drafted_by: UUID
    drafted_at: datetime
    approve_by: datetime | None
    approved_at: datetime | None
    ended_at: datetime | None
    walk: Walk

    def state_at(self, now: datetime) -> CampaignState:
        """A proposal that nobody decided on is over by itself."""
        if self.state is CampaignState.PROPOSED and self.approve_by is not None and self.approve_by <= now:
            return CampaignState.LAPSED
        return self.state


class CampaignText(msgspec.Struct, frozen=True):
    """What a message of a campaign says."""

    title: Said
    body: Said
    link: str
    is_over: bool
    """Whether it was cancelled, so that nothing of it is to be shown anew."""
    expires_at: datetime

    def say(self, *, english: bool, is_test: bool = False) -> tuple[str, str]:
        """Title and body; a test is marked as one."""
        mark = ("[Test] " if english else "【测试】") if is_test else ""
        return (mark + self.title.en, self.body.en) if english else (mark + self.title.zh, self.body.zh)

    def may_be_pushed(self, now: datetime) -> bool:
        """Whether a push that waited, for the morning for instance, is still to be shown."""
        return not self.is_over and now < self.expires_at


def write_text(campaign: Campaign) -> CampaignText:
    """What its messages say."""
    content = campaign.content
    is_over = campaign.state is CampaignState.CANCELLED
    return CampaignText(content.title, content.body, content.link, is_over, content.expires_at)


class Reach(msgspec.Struct, frozen=True):
    """How many residents are in a segment: counted one by one, or estimated from a sample with its bounds."""

    count: int
    low: int
    high: int
    is_exact: bool
    at: datetime
