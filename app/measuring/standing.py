"""How everything stands now, read in one go for the desk, for metrics and for alarms."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.database import FAULTS, Executor, Pool
from app.measuring import store
from app.measuring.changes import ASKED, DELAYS, FAILED, UNCONFIRMED, read_registries
from app.measuring.model import (
    AuditStanding,
    ChannelStanding,
    KeyStanding,
    KeyState,
    Records,
    Standing,
    StatusListStanding,
    WalletStanding,
    WorkerSeen,
)
from app.measuring.series import LOST
from app.measuring.troubles import read_troubles
from app.recognition.publishing import HeldTrustList
from codes import KeyRing, KeyUse
from push.outbox import count_notices

_LISTED = timedelta(days=1)
"""How long a worker that is gone is still shown."""
_FOUND = timedelta(hours=1)
"""How far back findings are counted."""
_ASKED_LATELY = timedelta(minutes=10)
"""How far back registries of licences are judged."""
_UNCONFIRMED_LATELY = timedelta(days=1)
_PROVINCE_OFFSET = timedelta(hours=8)
"""The day begins at midnight in China, all of which keeps one time."""
LIST_SIGNER = "list-signer"


async def read_standing(
    pool: Pool,
    ring: KeyRing,
    trust: HeldTrustList,
    *,
    valkey: bool,
    endings_age: timedelta,
    now: datetime,
    wallets_within: timedelta = timedelta(minutes=1),
) -> Standing:
    """What is known, also while PostgreSQL is away."""
    try:
        records = await _read_records(pool, now)
    except FAULTS:
        records = None
    return Standing(
        at=now,
        records=records,
        keys=list_keys(ring, now),
        trust_sequence=trust.current.sequence,
        trust_expires_at=trust.current.expires_at,
        missing_keys=sorted(kid.hex() for kid in trust.missing_kids(now)),
        valkey=valkey,
        endings_age=endings_age,
        wallets_within=wallets_within,
    )


async def read_status_lists(db: Executor, now: datetime) -> list[StatusListStanding]:
    """The status lists that scanners must hold, each as it was published last."""
    return [StatusListStanding(**row) for row in await store.list_status_lists(db, now)]


async def _read_records(pool: Pool, now: datetime) -> Records:
    """All by one connection: whoever waits for a second while holding a first may wait for ever."""
    async with pool.acquire() as db:
        return Records(
            schema_version=await store.read_schema_version(db),
            workers=[WorkerSeen(**row) for row in await store.list_workers(db, now - _LISTED)],
            channels=await _read_channels(db, now),
            delivered=await store.list_deliveries(db),
            audit=await _read_audit(db),
            status_lists=await read_status_lists(db, now),
            venues_waiting=await store.count_venues_waiting(db),
            disputes_open=await store.count_disputes_open(db),
            proposals_waiting=await store.count_proposals_waiting(db, now),
            findings=await store.count_findings(db, now - _FOUND),
            wallets=await _read_wallets(db, now),
            troubles=await read_troubles(db, now),
        )


async def _read_wallets(db: Executor, now: datetime) -> WalletStanding:
    due = await store.count_due_wallets(db, now)
    delays = await store.sum_since(db, DELAYS, now - _FOUND)
    asked, failed = [await store.sum_since(db, name, now - _ASKED_LATELY) for name in (ASKED, FAILED)]
    unconfirmed = await store.sum_since(db, UNCONFIRMED, now - _UNCONFIRMED_LATELY)
    return WalletStanding(
        waiting=due["waiting"],
        oldest_seconds=(now - due["since"]).total_seconds() if due["since"] else 0.0,
        delays={name.removeprefix(DELAYS): int(count) for name, count in delays.items()},
        registries=read_registries(asked, failed),
        unconfirmed={name.removeprefix(UNCONFIRMED): int(count) for name, count in unconfirmed.items()},
    )


async def _read_channels(db: Executor, now: datetime) -> list[ChannelStanding]:
    counts = await count_notices(db, now=now, settled_since=now)
    lost = await store.sum_since(db, f"{LOST}.", midnight_before(now))
    channels = sorted(counts.waiting.keys() | {name.removeprefix(f"{LOST}.") for name in lost})
    return [
        ChannelStanding(
            channel=channel,
            waiting=counts.waiting[channel].pending if channel in counts.waiting else 0,
            oldest_seconds=counts.waiting[channel].oldest_due_seconds if channel in counts.waiting else 0.0,
            lost_today=int(lost.get(f"{LOST}.{channel}", 0)),
        )
        for channel in channels
    ]


def midnight_before(now: datetime) -> datetime:
    """When the province's day began."""
    local = now + _PROVINCE_OFFSET
    return local.replace(hour=0, minute=0, second=0, microsecond=0) - _PROVINCE_OFFSET


async def _read_audit(db: Executor) -> AuditStanding:
    head = await store.get_newest_head(db)
    if head is None:
        return AuditStanding(None, 0, 0)
    return AuditStanding(head["created_at"], head["batch_no"], await store.count_uncommitted(db, head["until_at"]))


def list_keys(ring: KeyRing, now: datetime) -> list[KeyStanding]:
    """The signing keys of each use, newest first, and the list-signers' certificates."""
    found: list[KeyStanding] = []
    for use in KeyUse:
        successor: datetime | None = None
        for epoch in (one for one in ring.epochs if one.use is use):
            until = min(epoch.not_after, successor) if successor else epoch.not_after
            is_withdrawn = epoch.kid in ring.withdrawn_kids
            state = "withdrawn" if is_withdrawn else _state_of(epoch.signs_from, until, epoch.not_after, now)
            kid = epoch.kid.hex()
            found.append(KeyStanding(kid, use.value, state, epoch.created_at, epoch.signs_from, until, epoch.not_after))
            successor = successor if is_withdrawn else epoch.signs_from
    return found + _list_signers(ring, now)


def _list_signers(ring: KeyRing, now: datetime) -> list[KeyStanding]:
    found: list[KeyStanding] = []
    for signer in ring.signers:
        begins, ends = signer.certificate.not_valid_before_utc, signer.certificate.not_valid_after_utc
        kid = format(signer.certificate.serial_number, "x")[:16]
        found.append(KeyStanding(kid, LIST_SIGNER, _state_of(begins, ends, ends, now), begins, begins, ends, ends))
    return found


def _state_of(signs_from: datetime, signs_until: datetime, ends_at: datetime, now: datetime) -> KeyState:
    if now < signs_from:
        return "coming"
    if now < signs_until:
        return "signing"
    return "past" if now < ends_at else "ended"
