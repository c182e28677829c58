"""Where somebody is reached ends with what made it theirs: a session of the installation, a login, a consent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from app.database import Connection
from app.people import logins_store, store
from push.addresses import PushChannel
from push.reaching import clear_allowances, remove_addresses

_CHANNELS: dict[str, PushChannel] = {"wechat": "wechat", "alipay": "alipay"}
"""By the kind of a login; a phone's number is no channel of messages."""


async def note_endings(db: Connection, resident_id: UUID, session_ids: Sequence[UUID], now: datetime) -> None:
    """Has every process refuse these sessions, which have just ended; their installations are told nothing more."""
    await store.insert_endings(db, session_ids, now)
    if session_ids:
        left = await logins_store.list_left_installations(db, resident_id, session_ids, now)
        if left:
            await remove_addresses(db, resident_id, now=now, address_ids=left)


async def note_end_of_all(db: Connection, resident_id: UUID, session_ids: Sequence[UUID], now: datetime) -> None:
    """The same where these were all sessions there are: nothing is told outside of the inbox until somebody is back."""
    await store.insert_endings(db, session_ids, now)
    await remove_addresses(db, resident_id, now=now)


async def leave_platform(db: Connection, resident_id: UUID, channel: PushChannel, now: datetime) -> None:
    """Nothing more is sent on a platform, and what was agreed to there counts no more."""
    await remove_addresses(db, resident_id, now=now, channel=channel)
    await clear_allowances(db, resident_id, channel, now=now)


async def leave_account(db: Connection, resident_id: UUID, kind: str, app_ids: Collection[str], now: datetime) -> None:
    """An account at a platform is the resident's login no more: nothing is sent to it, whatever it agreed to."""
    channel = _CHANNELS.get(kind)
    if channel is None or not app_ids:
        return
    await remove_addresses(db, resident_id, now=now, channel=channel, app_ids=sorted(app_ids))
    for app_id in sorted(app_ids):
        await clear_allowances(db, resident_id, channel, now=now, app_id=app_id)
