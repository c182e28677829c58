"""What the desk's routes of campaigns take and answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Annotated
from uuid import UUID

import msgspec

from app.campaigns.counting import ChannelFigures, Figures
from app.campaigns.model import (
    Campaign,
    CampaignContent,
    CampaignState,
    Reach,
    Said,
    Segment,
    SegmentKind,
    Window,
)
from app.campaigns.previewing import Preview, Screen
from app.campaigns.rules import LEAST, LONGEST_BODY, LONGEST_LINK, LONGEST_TITLE, MOST_A_SECOND, say_count

_USUAL_RATE = 200
_HOUR = r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)"

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TITLE)]
Body = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_BODY)]
Hour = Annotated[str, msgspec.Meta(pattern=_HOUR, description="HH:MM by Beijing's time")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class TitleIn(msgspec.Struct, frozen=True):
    """The title in both languages."""

    zh: Title
    en: Title


class BodyIn(msgspec.Struct, frozen=True):
    """The text in both languages; no address stands in it."""

    zh: Body
    en: Body


class SegmentIn(msgspec.Struct, frozen=True):
    """Whom it is for. `value` is two digits of a province, a kind of enterprise (company, sole-trader, cooperative,
    public-body, social-organisation, rural-collective), a kind of licence by its id; of `all` it is empty.
    """

    kind: SegmentKind = SegmentKind.ALL
    value: Annotated[str, msgspec.Meta(max_length=64)] = ""


class WindowIn(msgspec.Struct, frozen=True):
    """The hours of each day in which it goes out: within 08:00 to 21:00."""

    begins: Hour = "09:00"
    ends: Hour = "20:00"


class CampaignIn(msgspec.Struct, frozen=True):
    """A campaign as somebody writes it."""

    title: TitleIn
    body: BodyIn
    expires_at: Moment
    segment: SegmentIn = SegmentIn()
    link: Annotated[str, msgspec.Meta(max_length=LONGEST_LINK, description="a path of this deployment, or empty")] = ""
    rate: Annotated[int, msgspec.Meta(ge=1, le=MOST_A_SECOND, description="messages a second")] = _USUAL_RATE
    window: WindowIn = WindowIn()
    starts_at: Moment | None = None
    """Not before then; null: as soon as it is approved."""

    def to_content(self, now: datetime) -> CampaignContent:
        return CampaignContent(
            title=Said(self.title.zh, self.title.en),
            body=Said(self.body.zh, self.body.en),
            link=self.link,
            segment=Segment(self.segment.kind, self.segment.value),
            rate=self.rate,
            window=Window(time.fromisoformat(self.window.begins), time.fromisoformat(self.window.ends)),
            starts_at=max(self.starts_at or now, now),
            expires_at=self.expires_at,
        )


class ProgressOut(msgspec.Struct, frozen=True):
    """How far it has come through the residents, and how many of them were told, in tens."""

    share: float
    """From 0 to 1."""
    told: int | None
    """Null: fewer than `least`."""
    next_at: datetime


class ChannelFiguresOut(msgspec.Struct, frozen=True):
    """What became of it on one channel, in tens; null where it is fewer than `least`, 0 where it is none."""

    channel: str
    sent: int | None
    accepted: int | None
    refused: int | None
    expired: int | None
    withheld: int | None
    unknown: int | None


class FiguresOut(msgspec.Struct, frozen=True):
    """A campaign in numbers, as they stood at `at`; of fewer than `least` persons nothing is counted out."""

    least: int
    opened: int | None
    channels: list[ChannelFiguresOut]
    at: datetime | None


class CampaignOut(msgspec.Struct, frozen=True):
    """A campaign and what has become of it."""

    id: UUID
    title: TitleIn
    body: BodyIn
    link: str
    segment: SegmentIn
    rate: int
    window: WindowIn
    starts_at: datetime
    expires_at: datetime
    digest: str
    """Of all of the above (SHA-256): the second person's yes is to this."""
    state: CampaignState
    drafted_by: UUID
    drafted_at: datetime
    approve_by: datetime | None
    approved_at: datetime | None
    ended_at: datetime | None
    progress: ProgressOut
    figures: FiguresOut


class CampaignsOut(msgspec.Struct, frozen=True):
    """A page of campaigns, newest first."""

    items: list[CampaignOut]
    next_cursor: str | None


class ScreenOut(msgspec.Struct, frozen=True):
    """What a phone shows before it is unlocked, cut as on the way there; `card` is the title in a mini-program."""

    title: str
    body: str
    card: str


class PreviewOut(msgspec.Struct, frozen=True):
    """How many it would reach, counted (`is_exact`) or estimated between `low` and `high`, and how it looks."""

    reach: int | None
    """Null: fewer than `least`."""
    low: int | None
    high: int | None
    is_exact: bool
    least: int
    at: datetime
    zh: ScreenOut
    en: ScreenOut


def show_campaign(campaign: Campaign, figures: Mapping[UUID, Figures], now: datetime) -> CampaignOut:
    """A campaign with its figures, in round numbers."""
    content = campaign.content
    return CampaignOut(
        id=campaign.campaign_id,
        title=TitleIn(content.title.zh, content.title.en),
        body=BodyIn(content.body.zh, content.body.en),
        link=content.link,
        segment=SegmentIn(content.segment.kind, content.segment.value),
        rate=content.rate,
        window=WindowIn(f"{content.window.begins:%H:%M}", f"{content.window.ends:%H:%M}"),
        starts_at=content.starts_at,
        expires_at=content.expires_at,
        digest=campaign.digest.hex(),
        state=campaign.state_at(now),
        drafted_by=campaign.drafted_by,
        drafted_at=campaign.drafted_at,
        approve_by=campaign.approve_by,
        approved_at=campaign.approved_at,
        ended_at=campaign.ended_at,
        progress=_show_progress(campaign),
        figures=_show_figures(campaign, figures[campaign.campaign_id]),
    )


def _show_progress(campaign: Campaign) -> ProgressOut:
    """The share is a little less than whole until it has ended: how many there are to come was an estimate.

    It grows in steps, and `next_at` is a whole minute: a walk that is slow stops at each person whom it tells, and
    where among all residents that was says who they are.
    """
    walk = campaign.walk
    steps = 100 if campaign.content.segment.kind is SegmentKind.ALL else 20
    if campaign.state is CampaignState.FINISHED:
        share = 1.0
    else:
        share = min(steps - 1, walk.examined * steps // (walk.expected or 1)) / steps
    next_at = walk.due_at.replace(second=0, microsecond=0)
    return ProgressOut(share, say_count(walk.queued), next_at)


def _show_figures(campaign: Campaign, figures: Figures) -> FiguresOut:
    """Of a handful not even that there were some: on which channels they are reached is theirs alone."""
    if say_count(campaign.walk.queued) is None:
        return FiguresOut(LEAST, None, [], figures.at)
    return FiguresOut(LEAST, say_count(figures.opened), [_show_channel(one) for one in figures.channels], figures.at)


def _show_channel(one: ChannelFigures) -> ChannelFiguresOut:
    counts = (one.sent, one.accepted, one.refused, one.expired, one.withheld, one.unknown)
    return ChannelFiguresOut(one.channel, *map(say_count, counts))


def show_preview(preview: Preview) -> PreviewOut:
    """A preview in round numbers."""
    reach: Reach = preview.reach
    return PreviewOut(
        reach=say_count(reach.count),
        low=say_count(reach.low),
        high=say_count(reach.high),
        is_exact=reach.is_exact,
        least=LEAST,
        at=reach.at,
        zh=_show_screen(preview.chinese),
        en=_show_screen(preview.english),
    )


def _show_screen(screen: Screen) -> ScreenOut:
    return ScreenOut(screen.title, screen.body, screen.card)
