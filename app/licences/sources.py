"""Where a wallet's licences come from: asking for a sync, and saying how old is what it has of each registry."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from app.database import Connection, Executor, transaction
from app.licences import source_store
from app.licences.holding import Holder, LicenceDesk, require_key
from app.licences.model import Bilingual, HolderKind
from app.licences.registries import Registries

_FRESH = timedelta(seconds=30)
"""Whoever opens a wallet twice in a row sees what the registries said the first time."""
_ASKED_EVERY = timedelta(minutes=1)
"""A page reads its list whenever it is looked at: registries are not asked anew each time."""
_RESTED_AFTER = timedelta(days=8)
"""Since a registry was asked: a wallet that is followed has them asked each week, or oftener."""
_LOOKS, _LOOK_SECONDS = 40, 0.15
"""Six seconds: as long as a worker takes to come, and a registry to answer."""
_LATE_AFTER = timedelta(hours=48)
"""A source that is asked daily and was missed once is not worth a word yet."""


_LEFT_NAME = Bilingual(zh="已停止接入的来源", en="A source that is joined no more")
"""Its own name went with its settings."""


class SourceStanding(StrEnum):
    """How what is shown of a source is to be read."""

    CURRENT = "current"
    LATE = "late"
    """It was asked long ago, since nobody opened the wallet."""
    UNREACHABLE = "unreachable"
    """The last try failed: what is shown is as it was at `synced_at`."""
    NEVER = "never"
    """It was not heard yet."""
    LEFT = "left"
    """It was taken out of the settings: nobody is asked any more, and what is shown is as it was at `synced_at`."""


class SourceState(msgspec.Struct, frozen=True):
    """How a wallet stands with one registry."""

    source: str
    name: Bilingual
    state: SourceStanding
    synced_at: datetime | None


class Heard(msgspec.Struct, frozen=True):
    """When a source was asked for a wallet, and whether it answered."""

    tried_at: datetime | None
    synced_at: datetime | None
    failure: str | None


async def request_sync(desk: LicenceDesk, holder: Holder, now: datetime) -> None:
    """Notes that the wallet is opened, makes it where there is none, and has a worker bring it up to date at once.

    It waits for no registry. A source that failed is not hastened: it has its own growing waits.
    """
    async with transaction(desk.pool) as db:
        await require_key(db, desk.vault, holder.holder_id, holder.kind, now)
        await source_store.note_opening(db, holder.holder_id, now)  # first, as mark_due has it: it holds the wallet
        await source_store.hasten_sources(db, holder.holder_id, now, now - _FRESH)


async def note_use(desk: LicenceDesk, holder: Holder, now: datetime) -> None:
    """That a licence is shown, or asked for, counts as an opening of its wallet, and of one that rested waits some
    seconds for its registries. Else whoever remembers its id could show it as it was told years ago.

    A registry that is down, or a province without workers, keeps nobody waiting for longer, nor from their licences.
    """
    opened_at, tried_at = await source_store.get_followed(desk.pool, holder.holder_id)
    if is_asked_anew(opened_at, now):
        await request_sync(desk, holder, now)
    for _ in range(_LOOKS):
        if tried_at is None or tried_at > now - _RESTED_AFTER:
            return
        await asyncio.sleep(_LOOK_SECONDS)
        _, tried_at = await source_store.get_followed(desk.pool, holder.holder_id)


def is_asked_anew(opened_at: datetime | None, now: datetime) -> bool:
    """Whether registries are to be asked about a wallet that was opened then, and is again."""
    return opened_at is None or opened_at < now - _ASKED_EVERY


async def list_source_states(db: Executor, registries: Registries, holder: Holder, now: datetime) -> list[SourceState]:
    """Each registry that has licences of such holders, in the order of the settings' file, then those that had some."""
    rows = await source_store.list_states(db, holder.holder_id)
    known = {row["source"]: Heard(row["tried_at"], row["synced_at"], row["failure"]) for row in rows}
    return describe_sources(registries, holder.kind, known, now)


def describe_sources(
    registries: Registries, kind: HolderKind, known: Mapping[str, Heard], now: datetime
) -> list[SourceState]:
    """The same, of what was read of a wallet already."""
    served = registries.serving(kind)
    states = [
        SourceState(one.id, one.entry.name, judge_source(heard, now), heard.synced_at if heard else None)
        for one in served
        for heard in [known.get(one.id)]
    ]
    asked = {one.id for one in served}
    left = sorted(source for source, heard in known.items() if source not in asked and heard.synced_at is not None)
    return states + [SourceState(one, _LEFT_NAME, SourceStanding.LEFT, known[one].synced_at) for one in left]


def judge_source(heard: Heard | None, now: datetime) -> SourceStanding:
    """By what is known of a source; None: it was never asked."""
    if heard is None or heard.tried_at is None:
        return SourceStanding.NEVER
    if heard.failure is not None or heard.synced_at is None:
        return SourceStanding.UNREACHABLE
    return SourceStanding.LATE if heard.synced_at < now - _LATE_AFTER else SourceStanding.CURRENT


async def mark_due(
    db: Connection, holder_ids: Sequence[UUID], source: str, now: datetime, *, hastened: bool = False
) -> None:
    """Something was heard of a source: each of these who has a wallet has it asked again, a file's holders in their
    turn, those of whom a notice told (`hastened`) before.
    """
    if holder_ids:
        await source_store.mark_due(db, sorted(holder_ids), source, now, hastened=hastened)
