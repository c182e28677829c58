"""How campaigns' messages fared, in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.database import Connection, Executor


class Tally(NamedTuple):
    """So many messages of a campaign ended so on a channel."""

    campaign_id: UUID
    channel: str
    outcome: str
    total: int


# By outbox_settled; a test to somebody's own account is none of it.
COUNT_SETTLED = """
SELECT (data ->> 'campaign_id')::uuid AS campaign_id, channel, outcome, count(*) AS total FROM outbox
WHERE settled_at > $1 AND settled_at <= $2 AND topic = $3 AND NOT data ? 'test'
GROUP BY 1, 2, 3
"""


async def count_settled(db: Connection, topic: str, since: datetime, until: datetime) -> list[Tally]:
    """What became of messages in this time, by channel."""
    return [Tally(*row) for row in await db.fetch(COUNT_SETTLED, since, until, topic)]


# By messages_of_campaigns, which has those of campaigns that were opened and no others.
COUNT_OPENED = """
SELECT (data ->> 'campaign_id')::uuid AS campaign_id, count(*) AS total FROM messages
WHERE topic = 'campaign' AND read_at > $1 AND read_at <= $2 AND NOT data ? 'test'
GROUP BY 1
"""


async def count_opened(db: Connection, since: datetime, until: datetime) -> list[tuple[UUID, int]]:
    """How many of each were opened in this time."""
    return [(row["campaign_id"], row["total"]) for row in await db.fetch(COUNT_OPENED, since, until)]


ADD_TALLIES = """
INSERT INTO campaign_tallies AS t (campaign_id, channel, outcome, total)
SELECT n.campaign_id, n.channel, n.outcome, n.total
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[]) AS n (campaign_id, channel, outcome, total)
JOIN campaigns AS c ON c.campaign_id = n.campaign_id
ON CONFLICT (campaign_id, channel, outcome) DO UPDATE SET total = t.total + excluded.total
"""


async def add_tallies(db: Connection, tallies: Sequence[Tally]) -> None:
    await db.execute(
        ADD_TALLIES,
        [one.campaign_id for one in tallies],
        [one.channel for one in tallies],
        [one.outcome for one in tallies],
        [one.total for one in tallies],
    )


LIST_TALLIES = "SELECT campaign_id, channel, outcome, total FROM campaign_tallies WHERE campaign_id = ANY($1::uuid[])"


async def list_tallies(db: Executor, campaign_ids: Sequence[UUID]) -> list[Tally]:
    return [Tally(*row) for row in await db.fetch(LIST_TALLIES, list(campaign_ids))]
