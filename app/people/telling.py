"""Telling a resident something, in the transaction that brings it about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from app.database import Connection
from app.identifiers import new_id
from app.people.challenging import seal_text
from app.sealing import Vault
from push.notices import Notice
from push.outbox import enqueue
from push.sms import SmsText

_NOTICE_LIFE = timedelta(days=30)
_TEXT_LIFE = timedelta(hours=24)


async def tell(
    db: Connection, subject_no: int, resident_id: UUID, topic: str, data: Mapping[str, object], now: datetime
) -> None:
    """Puts a message into the resident's inbox; `data` are ids and times, the words are chosen when it is read."""
    notice_id = new_id()
    notice = Notice(
        routing_key=subject_no,
        notice_id=notice_id,
        recipient=resident_id,
        channel="inbox",
        topic=topic,
        dedupe_key=f"{topic}:{notice_id}",
        data=dict(data),
        sealed=None,
        created_at=now,
        due_at=now,
        expires_at=now + _NOTICE_LIFE,
    )
    await enqueue(db, notice)


async def warn_by_text(
    db: Connection, vault: Vault, subject_no: int, resident_id: UUID, phone: str, topic: str, now: datetime
) -> None:
    """Texts that something happened to the account, without saying what: the app does, to an installation it knows."""
    notice_id = new_id()
    notice = Notice(
        routing_key=subject_no,
        notice_id=notice_id,
        recipient=resident_id,
        channel="sms",
        topic=topic,
        dedupe_key=f"text:{topic}:{notice_id}",
        data={},
        sealed=seal_text(vault, SmsText(phone)),
        created_at=now,
        due_at=now,
        expires_at=now + _TEXT_LIFE,
    )
    await enqueue(db, notice)
