"""Who is in a segment: each statement asks of a page of residents, by their keys, which of them are.

So none takes longer where few are in it, and none asks more than the shards of its page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from app.database import Connection, Executor


class Recipient(NamedTuple):
    """A resident, and the number by which their notices are routed."""

    resident_id: UUID
    subject_no: int


LIST_RESIDENTS = """
SELECT resident_id, subject_no FROM residents
WHERE resident_id > $1 AND erased_at IS NULL AND merged_into IS NULL
ORDER BY resident_id LIMIT $2
"""


async def list_residents(db: Connection, after: UUID, limit: int) -> list[Recipient]:
    """A page of everybody, in the order of their ids, which is that of their registering."""
    return [Recipient(*row) for row in await db.fetch(LIST_RESIDENTS, after, limit)]


# A system sample takes whole blocks of the table, and costs what it takes. A row's block is the first half of its ctid.
SAMPLE_RESIDENTS = """
SELECT resident_id, subject_no, (ctid::text::point)[0]::bigint AS block FROM residents TABLESAMPLE SYSTEM ($1)
WHERE erased_at IS NULL AND merged_into IS NULL
"""


async def sample_residents(db: Executor, percent: float) -> list[tuple[Recipient, int]]:
    """Those in about so many of a hundred blocks, and in which each lies; all where it is a hundred."""
    rows = await db.fetch(SAMPLE_RESIDENTS, percent)
    return [(Recipient(row["resident_id"], row["subject_no"]), row["block"]) for row in rows]


COUNT_SAMPLE = """
SELECT count(*) AS residents FROM residents TABLESAMPLE SYSTEM ($1) WHERE erased_at IS NULL AND merged_into IS NULL
GROUP BY (ctid::text::point)[0]
"""


async def count_sample(db: Executor, percent: float) -> list[int]:
    """How many each block of such a sample has."""
    return [row["residents"] for row in await db.fetch(COUNT_SAMPLE, percent)]


LIST_HOLDERS = """
SELECT DISTINCT holder_id FROM licences
WHERE holder_id = ANY($1::uuid[]) AND type_id = $2 AND ended_at IS NULL AND (valid_until IS NULL OR valid_until >= $3)
"""


async def list_holders(db: Executor, resident_ids: Sequence[UUID], type_id: str, today: date) -> set[UUID]:
    """Which of them hold a licence of the kind that is good today."""
    return {row["holder_id"] for row in await db.fetch(LIST_HOLDERS, resident_ids, type_id, today)}


LIST_ACTING = """
SELECT resident_id, principal_id FROM bindings
WHERE resident_id = ANY($1::uuid[]) AND kind = 'enterprise' AND part = 'shows' AND ended_at IS NULL
  AND bound_at <= $2 AND (ends_at IS NULL OR ends_at > $2)
"""


async def list_acting(db: Executor, resident_ids: Sequence[UUID], now: datetime) -> list[tuple[UUID, UUID]]:
    """Which of them act for a company now, and for which."""
    return [(row["resident_id"], row["principal_id"]) for row in await db.fetch(LIST_ACTING, resident_ids, now)]


LIST_COMPANIES = """
SELECT company_id FROM enterprises
WHERE company_id = ANY($1::uuid[]) AND state = 'active' AND left(unified_social_credit_code, 2) = ANY($2::text[])
"""


async def list_companies(db: Executor, company_ids: Iterable[UUID], kinds: Sequence[str]) -> set[UUID]:
    """Which of these companies are of one of the kinds, and in business."""
    return {row["company_id"] for row in await db.fetch(LIST_COMPANIES, list(company_ids), list(kinds))}


LIST_WHEREABOUTS = """
SELECT DISTINCT ON (subject_no) subject_no, to_province FROM crossings WHERE subject_no = ANY($1::bigint[])
ORDER BY subject_no, crossed_at DESC, crossing_id DESC
"""


async def list_whereabouts(db: Executor, subject_nos: Sequence[int]) -> dict[int, str]:
    """The province that the last crossing led into, of those who have any: by their consent, until it is withdrawn."""
    return {row["subject_no"]: row["to_province"] for row in await db.fetch(LIST_WHEREABOUTS, subject_nos)}


LIST_AGREEING = """
SELECT resident_id FROM consents
WHERE resident_id = ANY($1::uuid[]) AND kind = 'location' AND withdrawn_at IS NULL AND version >= $2
"""


async def list_agreeing(db: Executor, resident_ids: Sequence[UUID], version: int) -> set[UUID]:
    """Which of them agreed that their province be used, in the words of this version or later."""
    return {row["resident_id"] for row in await db.fetch(LIST_AGREEING, resident_ids, version)}
