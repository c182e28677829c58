"""What the worker asks each minute reads the minutes it needs, however many accesses there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from app.audit import store
from tests.app.audit.harness import MINUTE, Chain, make_access

_DAYS = 4
_A_DAY = 5000


def _walk(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _walk(child)


async def test_pending_accesses_are_found_by_their_time(large_chain: Chain) -> None:
    """With the figures that PostgreSQL itself keeps, and nothing forbidden to it."""
    step = timedelta(days=1) / _A_DAY
    await large_chain.write([make_access(large_chain.now - number * step) for number in range(_DAYS * _A_DAY)])
    await large_chain.commit()
    await large_chain.pool.execute("ANALYZE accesses, access_leaves")
    since, until = large_chain.now - 10 * MINUTE, large_chain.now
    answer = await large_chain.pool.fetchval(
        f"EXPLAIN (ANALYZE, FORMAT JSON) {store.PENDING_ACCESSES}", since, until, store.PAGE
    )
    plan = msgspec.json.decode(answer)[0]["Plan"]
    scans = [node for node in _walk(plan) if node.get("Relation Name", "").startswith("accesses_")]
    assert scans
    full = [node for node in scans if node["Node Type"] == "Seq Scan" and node["Actual Rows"]]
    assert full == []
    read = sum(node["Actual Rows"] * node["Actual Loops"] for node in scans)
    assert 0 < read <= 2 * _A_DAY * (10 * MINUTE / timedelta(days=1))
    indexes = {node.get("Index Name", "") for node in _walk(plan) if node.get("Actual Rows")}
    assert any("recorded_at" in index for index in indexes), indexes
