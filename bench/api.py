"""issueCode against a bare "hello", a company's code against one's own, scanCode against one durable row: one server
process, in turns, in one run.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg

from app.demo import fill_demo
from app.keeping import require_keys
from app.migrating import migrate
from app.recognition.publishing import publish_trust_list
from app.settings import Settings
from bench import Ratio
from bench.loading import Load, request, run_load
from bench.stand import ROUNDS, Stand, ratio_of, running_product, token_of
from codes import KeyUse, Kind, mint

REQUESTS = 2000
_SUBJECTS = 200
_TABLE = "CREATE TABLE bench_rows (row_id uuid PRIMARY KEY, at timestamptz NOT NULL, body text NOT NULL)"
_SUBJECT = """
INSERT INTO subjects (subject_no, kind, resident_id, codes_valid_from, created_at) VALUES ($1, 'personal', $2, $3, $3)
"""


def run() -> list[Ratio]:
    """Starts durable private servers and one server process, and measures them in turns."""
    with running_product(prepare) as (stand, prepared):
        return asyncio.run(_measure(stand, prepared))


async def prepare(settings: Settings, url: str) -> dict[str, Any]:
    """Keys, demo data and many subjects."""
    now = datetime.now(UTC)
    ring = require_keys(settings, now)
    await migrate(url)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
    await pool.execute(_TABLE)
    await publish_trust_list(pool, ring, lifetime=timedelta(days=1), now=now)
    subjects = [secrets.randbits(63) for _ in range(_SUBJECTS)]
    await pool.executemany(_SUBJECT, [(number, uuid4(), now - timedelta(minutes=1)) for number in subjects])
    # A purpose that needs the kind alone: a name would be one read more, of another shard.
    demo = await fill_demo(settings, url, now)
    await pool.execute("UPDATE venues SET purpose = 'library-entry'")
    bound = await pool.fetchrow("SELECT resident_id, binding_id FROM bindings WHERE kind = 'enterprise' LIMIT 1")
    await pool.close()
    return {"ring": ring, "subjects": subjects, "scanner": demo["scanner"]["credential"], "bound": bound}


async def _measure(stand: Stand, prepared: dict[str, Any]) -> list[Ratio]:
    hello = [request("GET", "/bench/hello")] * REQUESTS
    token = token_of(stand.settings, prepared["bound"]["resident_id"])
    issue = [request("POST", "/v1/codes", token=token, body=b'{"kind":"personal"}')] * REQUESTS
    company = json.dumps({"kind": "enterprise", "delegation_id": str(prepared["bound"]["binding_id"])}).encode()
    issue_company = [request("POST", "/v1/codes", token=token, body=company)] * REQUESTS
    loads: dict[str, list[Load]] = {"hello": [], "issue": [], "company": [], "row": [], "scan": []}
    for _ in range(ROUNDS):
        scans = _scans(prepared, REQUESTS)
        rows = [request("POST", "/bench/row", body=one.partition(b"\r\n\r\n")[2]) for one in scans]
        turns = {"hello": hello, "issue": issue, "company": issue_company, "row": rows, "scan": scans}
        for name, requests in turns.items():
            load = await run_load(stand.port, stand.pid, requests)
            expected = 200 if name == "hello" else 201
            if load.statuses != {expected: REQUESTS}:
                raise RuntimeError(f"{name} was answered {load.statuses}")
            loads[name].append(load)
    return [
        ratio_of("issueCode / bare hello, requests a second", loads["issue"], loads["hello"], 0.35),
        ratio_of("issueCode of a company / of one's own, requests a second", loads["company"], loads["issue"], 0.50),
        ratio_of("scanCode / one durable row, requests a second", loads["scan"], loads["row"], 0.60),
    ]


def _scans(prepared: dict[str, Any], count: int) -> list[bytes]:
    """Requests with a code each, of many subjects."""
    now = datetime.now(UTC)
    epoch = prepared["ring"].current(KeyUse.CODE, now)
    found: list[bytes] = []
    for number in range(count):
        subject_no = prepared["subjects"][number % _SUBJECTS]
        code = mint(epoch, issuer="31", subject_no=subject_no, kind=Kind.PERSONAL, now=now, lifetime=120)
        body = json.dumps({"code": code.text}).encode()
        found.append(request("POST", "/v1/scans", token=prepared["scanner"], body=body))
    return found


if __name__ == "__main__":
    for ratio in run():
        print(f"{ratio.name}: {ratio.ratio:.2f} (target {ratio.target}); {ratio.note}")
