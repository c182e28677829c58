"""What is old goes page by page: each is a short transaction, however much there is because no worker ran for a while.

A store writes its statement by `write_purge`, and has it run by `purge_pages`: rows are found by an index on the time,
and deleted by their keys where they are still old, so that one that was renewed meanwhile stays.
"""

from __future__ import annotations

from datetime import date, datetime

from app.database import UPKEEP_SECONDS, Executor

PAGE = 1000
"""Rows deleted at once: short locks, and nothing for a replica to choke on."""


def write_purge(table: str, key: str, old: str, *, by: str | None = None) -> str:
    """A statement that deletes a page of a table's rows of which `old` is true, a condition on $1.

    `key` has the primary key's columns, the distribution column first; where `old` speaks of one of them, it calls the
    table `{row}`. `by` is the column in whose index the rows follow one another, the oldest first. Without it they come
    as the index has them: a BRIN has no order.
    """
    order = f" ORDER BY {by}" if by else ""
    same = " AND ".join(f"{table}.{column} = page.{column}" for column in key.split(", "))
    found, still = (old.replace("{row}", name) for name in ("found", table))
    return f"""
DELETE FROM {table} USING (
    SELECT {key} FROM {table} AS found WHERE {found}{order} LIMIT {PAGE}
) AS page WHERE {same} AND ({still})
"""  # noqa: S608  of the words of stores alone


async def purge_pages(db: Executor, statement: str, old: date | datetime | int) -> int:
    """Runs it until a page is not full; answers with how many rows are gone."""
    purged = 0
    while True:
        deleted = _count(await db.execute(statement, old, timeout=UPKEEP_SECONDS))
        purged += deleted
        if deleted < PAGE:
            return purged


def _count(tag: str) -> int:
    """The rows that PostgreSQL says it deleted, at the end of its command tag."""
    return int(tag.rpartition(" ")[2])
