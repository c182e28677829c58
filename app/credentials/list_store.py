"""Status lists and their publications in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from app.credentials.model import ListStanding
from app.database import UPKEEP_SECONDS, Connection, Executor, Record
from app.purging import purge_pages, write_purge

LOCK_LISTING = "SELECT pg_advisory_xact_lock(0x7375787374617473)"


async def lock_listing(db: Connection) -> None:
    """One worker at a time, until the transaction ends. A hint only: places and publications have keys of their own."""
    await db.execute(LOCK_LISTING, timeout=UPKEEP_SECONDS)


GET_COVERED = "SELECT max(covers_until) FROM status_publications"


async def get_covered(db: Connection) -> datetime | None:
    """The newest revocation that any publication has."""
    covered: datetime | None = await db.fetchval(GET_COVERED)
    return covered


INSERT_REVOCATIONS = """
INSERT INTO status_revocations (list_no, place, revoked_at)
SELECT n.list_no, n.place, $3 FROM unnest($1::bigint[], $2::bigint[]) AS n (list_no, place) ON CONFLICT DO NOTHING
"""


async def insert_revocations(db: Connection, places: Sequence[tuple[int, int]], now: datetime) -> None:
    lists, indexes = [one[0] for one in places], [one[1] for one in places]
    await db.execute(INSERT_REVOCATIONS, lists, indexes, now, timeout=UPKEEP_SECONDS)


LIST_STANDINGS = """
SELECT l.list_no, l.use, l.size, l.last_expires_at, p.issued_at, p.expires_at, p.covers_until
FROM status_lists AS l
LEFT JOIN LATERAL (SELECT issued_at, expires_at, covers_until FROM status_publications
                   WHERE list_no = l.list_no ORDER BY issued_at DESC LIMIT 1) AS p ON true
WHERE l.last_expires_at > $1 ORDER BY l.list_no
"""


async def list_standings(db: Executor, now: datetime) -> list[ListStanding]:
    """Each list in which something may still be good."""
    rows = await db.fetch(LIST_STANDINGS, now)
    return msgspec.convert([dict(row) for row in rows], list[ListStanding])


GET_NEWEST_REVOCATION = "SELECT max(revoked_at) FROM status_revocations WHERE list_no = $1"


async def get_newest_revocation(db: Executor, list_no: int) -> datetime | None:
    newest: datetime | None = await db.fetchval(GET_NEWEST_REVOCATION, list_no)
    return newest


LIST_PLACES = "SELECT place FROM status_revocations WHERE list_no = $1"


async def list_places(db: Executor, list_no: int) -> list[int]:
    return [row["place"] for row in await db.fetch(LIST_PLACES, list_no, timeout=UPKEEP_SECONDS)]


LIST_PLACES_BETWEEN = """
SELECT place FROM status_revocations WHERE list_no = $1 AND revoked_at > $2 AND revoked_at <= $3
"""


async def list_places_between(db: Executor, list_no: int, after: datetime, until: datetime) -> list[int]:
    """What one publication has and an earlier one has not."""
    return [row["place"] for row in await db.fetch(LIST_PLACES_BETWEEN, list_no, after, until)]


END_PUBLICATIONS = """
UPDATE status_publications SET expires_at = $2 WHERE issued_at <= $1 AND expires_at > $2
"""


async def end_publications(db: Executor, issued_until: datetime, now: datetime) -> None:
    """Has every list that was signed until then signed anew."""
    await db.execute(END_PUBLICATIONS, issued_until, now, timeout=UPKEEP_SECONDS)


INSERT_PUBLICATION = """
INSERT INTO status_publications (list_no, issued_at, expires_at, covers_until, digest, jwt, cwt)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def insert_publication(
    db: Connection,
    list_no: int,
    *,
    issued_at: datetime,
    expires_at: datetime,
    covers_until: datetime,
    digest: bytes,
    jwt: bytes,
    cwt: bytes,
) -> None:
    await db.execute(INSERT_PUBLICATION, list_no, issued_at, expires_at, covers_until, digest, jwt, cwt)


EMPTY_OLDER = """
UPDATE status_publications SET jwt = NULL, cwt = NULL WHERE list_no = $1 AND issued_at < $2 AND jwt IS NOT NULL
"""


async def empty_older(db: Connection, list_no: int, issued_at: datetime) -> None:
    """Of what another took the place of, the digest is kept: a delta leads on from it."""
    await db.execute(EMPTY_OLDER, list_no, issued_at)


GET_PUBLICATION = """
SELECT issued_at, expires_at, covers_until, digest FROM status_publications WHERE list_no = $1 AND issued_at = $2
"""


async def get_publication(db: Executor, list_no: int, issued_at: datetime) -> Record | None:
    return await db.fetchrow(GET_PUBLICATION, list_no, issued_at)


GET_NEWEST_TEXTS = """
SELECT issued_at, jwt, cwt FROM status_publications WHERE list_no = $1 ORDER BY issued_at DESC LIMIT 1
"""


async def get_newest_texts(db: Executor, list_no: int) -> Record | None:
    """The newest publication as it was signed."""
    return await db.fetchrow(GET_NEWEST_TEXTS, list_no)


PURGE_PUBLICATIONS = """
DELETE FROM status_publications AS p WHERE p.expires_at < $1
AND EXISTS (SELECT FROM status_publications AS n WHERE n.list_no = p.list_no AND n.issued_at > p.issued_at)
"""
LIST_ENDED = "SELECT list_no FROM status_lists WHERE last_expires_at < $1"
PURGE_REVOCATIONS = write_purge("status_revocations", "list_no, place", "{row}.list_no = $1")
PURGE_LAST_PUBLICATION = "DELETE FROM status_publications WHERE list_no = $1"
PURGE_LIST = "DELETE FROM status_lists WHERE list_no = $1"


async def purge(db: Executor, before: datetime) -> None:
    """Publications that nobody holds any more, and lists in which all has ended."""
    await db.execute(PURGE_PUBLICATIONS, before, timeout=UPKEEP_SECONDS)
    for row in await db.fetch(LIST_ENDED, before):
        await purge_pages(db, PURGE_REVOCATIONS, row["list_no"])
        for statement in (PURGE_LAST_PUBLICATION, PURGE_LIST):
            await db.execute(statement, row["list_no"], timeout=UPKEEP_SECONDS)
