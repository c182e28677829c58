"""What is old goes page by page, by an index, and what was renewed meanwhile stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from app.database import Pool
from app.people.store import PURGE_QUOTAS
from app.purging import PAGE, purge_pages, write_purge
from tests.house.statements import explain, list_statements

_NOW = datetime(2026, 11, 22, tzinfo=UTC)
_FEW = {
    "app.credentials.list_store.PURGE_LAST_PUBLICATION": "one row",
    "app.credentials.list_store.PURGE_LIST": "one row",
    "app.credentials.list_store.PURGE_PUBLICATIONS": "two a day of each list, of which there are few",
    "app.measuring.store.PURGE_WORKERS": "as many as ran within days",
    "app.recognition.store.PURGE": "two a day",
}
"""What needs no pages, and why."""
_PURGES = [one for one in list_statements() if re.fullmatch(r"PURGE(_[A-Z]+)*", one.name.rpartition(".")[2])]


async def _enter(pool: Pool, count: int, expires_at: datetime) -> None:
    sql = """
    INSERT INTO quotas (bucket, claimed_at, expires_at)
    SELECT uuid_send(gen_random_uuid()), '{}', $2 FROM generate_series(1, $1)
    """
    await pool.execute(sql, count, expires_at)


async def test_pages_go_until_nothing_is_old(pool: Pool) -> None:
    await pool.execute("DELETE FROM quotas")
    await _enter(pool, 2 * PAGE + 1, _NOW - timedelta(days=1))
    await _enter(pool, 3, _NOW + timedelta(days=1))
    async with pool.acquire() as db:
        assert await db.execute(PURGE_QUOTAS, _NOW) == f"DELETE {PAGE}"
    assert await purge_pages(pool, PURGE_QUOTAS, _NOW) == PAGE + 1
    assert await pool.fetchval("SELECT count(*) FROM quotas") == 3
    assert await purge_pages(pool, PURGE_QUOTAS, _NOW) == 0


async def test_whole_pages_are_followed_by_a_look_for_more(pool: Pool) -> None:
    await pool.execute("DELETE FROM quotas")
    await _enter(pool, PAGE, _NOW - timedelta(days=1))
    assert await purge_pages(pool, PURGE_QUOTAS, _NOW) == PAGE


def test_what_was_renewed_while_the_page_waited_is_judged_anew() -> None:
    sql = write_purge("quotas", "bucket", "expires_at < $1", by="expires_at")
    assert sql.count("expires_at < $1") == 2


async def test_each_finds_its_page_by_an_index_and_sorts_nothing(pool: Pool) -> None:
    async with pool.acquire() as db, db.transaction():
        await db.execute("SET LOCAL enable_sort = off")  # of tables that are empty, it would be as good
        limits = {one.name: [*_find_limits(await explain(db, one.sql))] for one in _PURGES if one.name not in _FEW}
    below = {name: {node["Node Type"] for limit in found for node in _walk(limit)} for name, found in limits.items()}
    assert {name for name, nodes in below.items() if not any("Index" in node for node in nodes)} == set()
    assert {name for name, nodes in below.items() if nodes & {"Sort", "Seq Scan"}} == set()


def _find_limits(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (node for node in _walk(plan) if node["Node Type"] == "Limit")


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _walk(child)


def test_all_purges_are_looked_at() -> None:
    assert len(_PURGES) > 25
    assert sorted(_FEW.keys() - {one.name for one in _PURGES}) == []
