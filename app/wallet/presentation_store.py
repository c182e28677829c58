"""Questions for licences, and their answers, in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.database import UPKEEP_SECONDS, Connection, Executor, Record
from app.purging import purge_pages, write_purge
from app.wallet.presentation_model import AskedState, Presentation

INSERT_PRESENTATION = """
INSERT INTO presentations (presentation_id, venue_id, scanner_id, verifier_id, purpose, queries, nonce, audience,
                           created_at, expires_at, state, resident_id, wallet_state, response_uri, response_state,
                           delivered_at, answered_at, staff_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (presentation_id) DO NOTHING RETURNING 1
"""


async def insert_presentation(db: Executor, asked: Presentation) -> bool:
    """False where the same request came before."""
    values = msgspec.structs.asdict(asked) | {"queries": msgspec.to_builtins(asked.queries)}
    return await db.fetchval(INSERT_PRESENTATION, *values.values()) is not None


GET_PRESENTATION = """
SELECT presentation_id, venue_id, scanner_id, verifier_id, purpose, queries, nonce, audience, created_at, expires_at,
       state, resident_id, wallet_state, response_uri, response_state, delivered_at, answered_at, staff_id
FROM presentations WHERE presentation_id = $1
"""


async def get_presentation(db: Executor, presentation_id: UUID) -> Presentation | None:
    row = await db.fetchrow(GET_PRESENTATION, presentation_id)
    return Presentation.of(row) if row else None


LIST_PRESENTATIONS = """
SELECT presentation_id, venue_id, scanner_id, verifier_id, purpose, queries, nonce, audience, created_at, expires_at,
       state, resident_id, wallet_state, response_uri, response_state, delivered_at, answered_at, staff_id
FROM presentations WHERE presentation_id = ANY($1::uuid[])
"""


async def list_presentations(db: Executor, presentation_ids: Sequence[UUID]) -> list[Presentation]:
    return [Presentation.of(row) for row in await db.fetch(LIST_PRESENTATIONS, list(presentation_ids))]


CLAIM_OPEN = """
UPDATE presentations SET resident_id = $2
WHERE presentation_id = $1 AND resident_id IS NULL AND state = 'pending' AND expires_at > $3 RETURNING 1
"""


async def claim_open(db: Connection, presentation_id: UUID, resident_id: UUID, now: datetime) -> bool:
    """Makes an open question this resident's; False where somebody was first, or it is over."""
    return await db.fetchval(CLAIM_OPEN, presentation_id, resident_id, now) is not None


# The one statement by which a question leaves 'pending': of several at once, one finds the row as it was.
CLAIM_ANSWER = """
UPDATE presentations SET state = $2, answered_at = $3
WHERE presentation_id = $1 AND state = 'pending' AND expires_at > $3 AND resident_id IS NOT DISTINCT FROM $4
RETURNING 1
"""


async def claim_answer(
    db: Executor, presentation_id: UUID, state: AskedState, *, resident_id: UUID | None, now: datetime
) -> bool:
    """False where it was answered, taken back or ran out before, or is not this resident's; None: nobody's yet."""
    return await db.fetchval(CLAIM_ANSWER, presentation_id, state.value, now, resident_id) is not None


WITHDRAW = """
UPDATE presentations SET state = 'withdrawn', answered_at = $2
WHERE presentation_id = $1 AND state = 'pending' AND expires_at > $2 RETURNING 1
"""


async def claim_withdrawal(db: Executor, presentation_id: UUID, now: datetime) -> bool:
    return await db.fetchval(WITHDRAW, presentation_id, now) is not None


KEEP_RESULT = """
UPDATE presentations SET wrapped_key = $2, sealed_result = $3, result_until = $4, access_ids = $5
WHERE presentation_id = $1
"""


async def keep_result(
    db: Connection,
    presentation_id: UUID,
    *,
    wrapped_key: bytes,
    sealed_result: bytes,
    until: datetime,
    access_ids: Sequence[UUID],
) -> None:
    """What was told, for as long as it is to be fetched; which looks it was, for as long as the question is kept."""
    await db.execute(KEEP_RESULT, presentation_id, wrapped_key, sealed_result, until, list(access_ids))


LIST_LOOKS = "SELECT access_ids FROM presentations WHERE presentation_id = $1 AND scanner_id = $2"


async def list_looks(db: Executor, presentation_id: UUID, scanner_id: UUID) -> list[UUID] | None:
    """The looks that a scanner's question came to; None where it is not this scanner's."""
    found: list[UUID] | None = await db.fetchval(LIST_LOOKS, presentation_id, scanner_id)
    return found


# Fetched, it stays for a moment only: the answer may have been lost on its way.
FETCH_RESULT = """
UPDATE presentations SET result_until = least(result_until, $3)
WHERE presentation_id = $1 AND result_until > $2 RETURNING wrapped_key, sealed_result
"""


async def fetch_result(db: Executor, presentation_id: UUID, now: datetime, until: datetime) -> Record | None:
    """What was told, sealed; None once it is gone."""
    return await db.fetchrow(FETCH_RESULT, presentation_id, now, until)


GET_RESULT = "SELECT wrapped_key, sealed_result FROM presentations WHERE presentation_id = $1 AND result_until > $2"


async def get_result(db: Executor, presentation_id: UUID, now: datetime) -> Record | None:
    """The same, and leaves it as long as it was to stay."""
    return await db.fetchrow(GET_RESULT, presentation_id, now)


CLAIM_DELIVERY = """
UPDATE presentations SET delivering_until = $3
WHERE presentation_id = $1 AND delivered_at IS NULL AND (delivering_until IS NULL OR delivering_until <= $2) RETURNING 1
"""


async def claim_delivery(db: Executor, presentation_id: UUID, now: datetime, until: datetime) -> bool:
    """False where it was delivered, or somebody is sending it."""
    return await db.fetchval(CLAIM_DELIVERY, presentation_id, now, until) is not None


RELEASE_DELIVERY = "UPDATE presentations SET delivering_until = NULL WHERE presentation_id = $1"


async def release_delivery(db: Executor, presentation_id: UUID) -> None:
    """It was not taken, and may be sent again at once."""
    await db.execute(RELEASE_DELIVERY, presentation_id)


MARK_DELIVERED = """
UPDATE presentations SET delivered_at = $2, wrapped_key = NULL, sealed_result = NULL, result_until = NULL
WHERE presentation_id = $1 AND delivered_at IS NULL RETURNING 1
"""


async def mark_delivered(db: Executor, presentation_id: UUID, now: datetime) -> bool:
    """What went to a verifier elsewhere need not lie here any more."""
    return await db.fetchval(MARK_DELIVERED, presentation_id, now) is not None


EMPTY_RESULTS = """
UPDATE presentations SET wrapped_key = NULL, sealed_result = NULL, result_until = NULL WHERE result_until <= $1
"""
PURGE_PRESENTATIONS = write_purge("presentations", "presentation_id", "created_at < $1", by="created_at")
PURGE_INBOX = write_purge("presentation_inbox", "resident_id, presentation_id", "asked_at < $1", by="asked_at")


async def empty_results(db: Executor, now: datetime) -> None:
    await db.execute(EMPTY_RESULTS, now, timeout=UPKEEP_SECONDS)


async def purge(db: Executor, before: datetime) -> None:
    for statement in (PURGE_PRESENTATIONS, PURGE_INBOX):
        await purge_pages(db, statement, before)


ADD_TO_INBOX = """
INSERT INTO presentation_inbox (resident_id, presentation_id, asked_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


async def add_to_inbox(db: Connection, resident_id: UUID, presentation_id: UUID, now: datetime) -> None:
    await db.execute(ADD_TO_INBOX, resident_id, presentation_id, now)


LIST_INBOX = """
SELECT presentation_id FROM presentation_inbox
WHERE resident_id = $1 AND (asked_at, presentation_id) < ($2, $3) ORDER BY asked_at DESC, presentation_id DESC LIMIT $4
"""


async def list_inbox(db: Executor, resident_id: UUID, before: tuple[datetime, UUID], limit: int) -> list[UUID]:
    """Whatever a resident was asked, newest first."""
    return [row["presentation_id"] for row in await db.fetch(LIST_INBOX, resident_id, *before, limit)]


GET_ASKED_AT = "SELECT asked_at FROM presentation_inbox WHERE resident_id = $1 AND presentation_id = $2"


async def get_asked_at(db: Executor, resident_id: UUID, presentation_id: UUID) -> datetime | None:
    asked_at: datetime | None = await db.fetchval(GET_ASKED_AT, resident_id, presentation_id)
    return asked_at


LIST_OF_RESIDENT = "SELECT presentation_id FROM presentation_inbox WHERE resident_id = $1"
DELETE_PRESENTATIONS = "DELETE FROM presentations WHERE presentation_id = ANY($1::uuid[])"
DELETE_INBOX = "DELETE FROM presentation_inbox WHERE resident_id = $1"


async def list_of_resident(db: Executor, resident_id: UUID) -> list[UUID]:
    return [row["presentation_id"] for row in await db.fetch(LIST_OF_RESIDENT, resident_id)]


async def delete_presentations(db: Connection, presentation_ids: Sequence[UUID]) -> None:
    await db.execute(DELETE_PRESENTATIONS, list(presentation_ids))


async def delete_inbox(db: Connection, resident_id: UUID) -> None:
    await db.execute(DELETE_INBOX, resident_id)


# By its id alone, as a scanner knows it: asking after a scan is rarer than scanning, and an index has the id.
GET_SCANNED = """
SELECT coalesce(a.scanned_at, a.recorded_at) AS scanned_at, s.subject_no, s.resident_id
FROM accesses AS a JOIN subjects AS s ON s.subject_no = a.subject_no
WHERE a.access_id = $1 AND a.venue_id = $2 AND a.licence_type IS NULL
  AND NOT EXISTS (SELECT FROM access_marks AS m
                  WHERE m.subject_no = a.subject_no AND m.access_id = a.access_id AND m.mark = 'annulled')
"""


async def get_scanned(db: Executor, access_id: UUID, venue_id: UUID) -> Record | None:
    """Whose code a venue has scanned, and when, be it that a journal told of it later: scanned_at, subject_no,
    resident_id.
    """
    return await db.fetchrow(GET_SCANNED, access_id, venue_id)
