"""What the desk's overview and plots answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from app.measuring.model import KeyState
from app.measuring.series import Unit


class AlarmOut(msgspec.Struct, frozen=True):
    """Something to see to; docs/metrics.md says how, by its slug."""

    slug: str
    severity: Literal["critical", "warning"]
    words: str
    subject: str | None


class DatabaseOut(msgspec.Struct, frozen=True):
    """PostgreSQL."""

    answering: bool
    migrations: str | None
    """The newest migration applied."""


class ValkeyOut(msgspec.Struct, frozen=True):
    """Valkey."""

    answering: bool


class WorkerOut(msgspec.Struct, frozen=True):
    """A worker heard of within a day."""

    id: UUID
    started_at: datetime
    seen_at: datetime
    seen_seconds: float
    stopped_at: datetime | None
    version: str


class ChannelOut(msgspec.Struct, frozen=True):
    """A channel of the outbox; `lost_today` were given up, refused or expired since midnight."""

    channel: str
    waiting: int
    oldest_seconds: float
    lost_today: int


class KeyAgeOut(msgspec.Struct, frozen=True):
    """A key of the ring, by its public name."""

    kid: str
    use: str
    state: KeyState
    created_at: datetime
    signs_from: datetime
    signs_until: datetime
    ends_at: datetime
    age_days: float
    days_left: float


class TrustOut(msgspec.Struct, frozen=True):
    """The trust list that this server holds."""

    sequence: int
    expires_at: datetime
    seconds_left: float


class AuditOut(msgspec.Struct, frozen=True):
    """The chained access log."""

    batch_no: int
    newest_at: datetime | None
    age_seconds: float | None
    waiting: int


class OverviewOut(msgspec.Struct, frozen=True):
    """Everything at a glance. What only PostgreSQL knows is null while it is away."""

    at: datetime
    alarms: list[AlarmOut]
    database: DatabaseOut
    valkey: ValkeyOut
    workers: list[WorkerOut]
    outbox: list[ChannelOut]
    keys: list[KeyAgeOut]
    trust_list: TrustOut
    audit: AuditOut | None
    venues_waiting: int | None
    disputes_open: int | None
    proposals_waiting: int | None


class LineOut(msgspec.Struct, frozen=True):
    """A line: a value a step, all lines over the same steps, the last of which is under way."""

    name: str
    unit: Unit
    starts_at: datetime
    step_seconds: int
    values: list[float | None]


class PlotsOut(msgspec.Struct, frozen=True):
    """All lines; they are few, so there is one page."""

    items: list[LineOut]
    next_cursor: str | None = None


class DeliveryCountOut(msgspec.Struct, frozen=True):
    """How many messages of a topic came to one end on one day."""

    day: date
    """Beijing's."""
    topic: str
    topic_title: str
    """What the topic's messages are titled, in the reader's language."""
    channel: Literal["apns", "fcm", "wechat", "alipay", "inbox"]
    state: Literal["sent", "accepted", "refused", "expired", "withheld", "opened"]
    """As listMessages has it; `sent` is that it may have arrived. Messages are opened in the inbox."""
    total: int
    """In tens: fewer than twenty are left out, since they might be somebody."""


class DeliveryCountsOut(msgspec.Struct, frozen=True):
    """The latest day first; all are in one page."""

    items: list[DeliveryCountOut]
    next_cursor: str | None = None
