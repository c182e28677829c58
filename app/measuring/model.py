"""What the desk is told of a deployment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from push.troubles import Trouble

KeyState = Literal["coming", "signing", "past", "ended", "withdrawn"]


class WorkerSeen(msgspec.Struct, frozen=True):
    """A worker, and when it last said that it lives; one that was told to stop has `stopped_at`."""

    worker_id: UUID
    started_at: datetime
    seen_at: datetime
    stopped_at: datetime | None
    version: str


class ChannelStanding(msgspec.Struct, frozen=True):
    """One channel of the outbox: what waits, how long its oldest is overdue, and what was lost since midnight."""

    channel: str
    waiting: int
    oldest_seconds: float
    lost_today: int


class KeyStanding(msgspec.Struct, frozen=True):
    """A key of the ring: signs from then until then, and is accepted until `ends_at`."""

    kid: str
    use: str
    state: KeyState
    created_at: datetime
    signs_from: datetime
    signs_until: datetime
    ends_at: datetime


class StatusListStanding(msgspec.Struct, frozen=True):
    """A status list in use, and its newest publication; one that was opened just now has none yet."""

    list_no: int
    use: str
    opened_at: datetime
    issued_at: datetime | None
    expires_at: datetime | None


class AuditStanding(msgspec.Struct, frozen=True):
    """The newest head of the chained access log, and how many accesses wait for the next."""

    newest_at: datetime | None
    batch_no: int
    waiting: int


FINDINGS = ("double-use", "revoked")
"""What a journal may bring to light of a code."""


class RegistryAsked(msgspec.Struct, frozen=True):
    """How often a registry of licences was asked of late, and how often that failed."""

    source: str
    asked: int
    failed: int


class WalletStanding(msgspec.Struct, frozen=True):
    """How soon wallets show what registries change."""

    waiting: int = 0
    oldest_seconds: float = 0.0
    """How long the wallet that waits longest has been due."""
    delays: dict[str, int] = {}
    """Changes shown within the last hour, by the upper bound in seconds of how long that took."""
    registries: list[RegistryAsked] = []
    unconfirmed: dict[str, int] = {}
    """Licences that ceased to be good within a day since their registry is asked no more, by what it was called."""


class Records(msgspec.Struct, frozen=True):
    """What PostgreSQL knows of all this."""

    schema_version: str
    workers: list[WorkerSeen]
    channels: list[ChannelStanding]
    delivered: dict[tuple[str, str], int]
    """What workers made of notices ever, by channel and outcome."""
    audit: AuditStanding
    status_lists: list[StatusListStanding]
    venues_waiting: int
    disputes_open: int
    proposals_waiting: int
    findings: dict[str, int]
    """What scanners' journals brought to light within the last hour, by kind."""
    wallets: WalletStanding = WalletStanding()
    troubles: list[Trouble] = []
    """Lines to providers that serve nobody."""


class Standing(msgspec.Struct, frozen=True):
    """How everything stands; without `records`, PostgreSQL does not answer."""

    at: datetime
    records: Records | None
    keys: list[KeyStanding]
    trust_sequence: int
    trust_expires_at: datetime
    missing_keys: list[str]
    """Kids that the trust list names and this server's folder lacks: it cannot open codes of theirs."""
    valkey: bool
    endings_age: timedelta
    """How long ago this server learnt which sessions have ended."""
    wallets_within: timedelta = timedelta(minutes=1)
    """So soon after a registry's notice a wallet shows what has changed (SUIXING_LICENCE_NOTICE_SECONDS)."""
