"""Every statement of every store, against the real schema."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import asyncpg
import pytest

from app.database import Connection, Pool, open_pool
from app.settings import Settings
from tests.house.source import list_modules, name_of, parse
from tests.house.statements import explain, find_unkeyed, list_statements, list_stores
from tests.migrations.growth import VOLATILE

_ASKING = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "cursor", "prepare"}
_MODIFYING_CTE = re.compile(r"\bAS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(\s*(?:INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_STAR = re.compile(r"\bSELECT\s+(?:\w+\.)?\*|\bRETURNING\s+(?:\w+\.)?\*", re.IGNORECASE)

UNKEYED = {
    "app.audit.act_store.HAS_ACT_LEAVES": "the worker, once a minute",
    "app.audit.act_store.LIST_ACT_COMMITMENTS": "the chained log, as app.audit.store",
    "app.audit.act_store.PENDING_ACTS": "the chained log, as app.audit.store",
    "app.audit.act_store.STREAM_ACT_LEAVES": "the chained log, as app.audit.store",
    "app.audit.act_store.UNCOMMITTED_ACTS": "the chained log, as app.audit.store",
    "app.licences.rewrap_store.LIST_*": "rotating a secret goes over everything, page by page",
    "app.licences.source_store.LIST_DUE": "a sweep of the worker, by an index on the time",
    "app.licences.source_store.LIST_HASTENED": "a sweep of the worker, by an index on the time",
    "app.licences.store.DELETE_LOOKUPS": "somebody leaves: over an index of whose they are",
    "app.people.locking_store.LIST_NEWS": "the worker: what companies are to be told lies there for seconds",
    "app.people.office_store.COUNT_HOLDERS": "whether an operator is left: roles change rarely",
    "app.people.office_store.LIST_HOLDERS": "the list of staff, who are few",
    "app.devices.store.LIST_LEFT": "a sweep of the worker, by an index on the time",
    "app.credentials.*.LIST_UNLISTED": "the worker: what was revoked lies there for seconds, in an index of its own",
    "app.credentials.*.PURGE": "a sweep of the worker, by an index on the time",
    "app.credentials.*.REVOKE_OF_SUBJECTS": "the worker goes after all that ended, by an index on each ending",
    "app.credentials.certificate_store.LIST_OF_KEY": "a key is withdrawn: page by page, by an index on the key",
    "app.credentials.certificate_store.REVOKE_OF_SESSIONS": "the worker goes after ended sessions; an index has them",
    "app.credentials.paper_store.LIST_ENDING": "a sweep of the worker, by an index on the time",
    "app.credentials.paper_store.LIST_OF_KEY": "a key is withdrawn: page by page, by an index on the key",
    "app.enterprises.*.LIST_DUE*": "a sweep of the worker, by indexes on the times",
    "app.enterprises.delegation_store.COUNT_INVITATIONS": "a figure of the whole, before a secret is retired",
    "app.enterprises.delegation_store.LIST_UNTOLD": "the worker: an index has those whom nobody told yet",
    "app.people.care_store.DELETE_LOOKUPS": "the worker erases somebody; an index has the resident",
    "app.people.care_store.LIST_ENDING": "a sweep of the worker, by an index on the time",
    "app.people.care_store.PURGE_*": "a sweep of the worker, by an index on the time",
    "app.people.presence_store.CLOSE_PRESENCES_OF": "somebody is locked or leaves: rare, and an index has the resident",
    "app.people.presence_store.PURGE_PRESENCES": "a sweep of the worker, by an index on the time",
    "app.wallet.receipt_store.LIST_TOLD": "a venue asks for its receipts again: rarely, and by an index",
    "app.wallet.copy_store.DELETE_LOOKUPS": "the worker erases somebody; an index has the holder",
    "app.wallet.copy_store.PURGE_*": "a sweep of the worker, by an index on the time",
    "app.wallet.material_store.PURGE_REQUESTS": "a sweep of the worker, by an index on the time",
    "app.venues.dispute_store.GET_DISPUTED": "the desk knows a dispute by the access alone; an index has the disputed",
    "app.venues.dispute_store.LIST_DISPUTED": "the desk's list, by an index that has the disputed ones alone",
    "app.audit.store.*": "the chained log goes over every subject; the worker writes it, an auditor reads it",
    "app.identity.store.PURGE_CHECKS": "a sweep of the worker, by an index on the time",
    "app.measuring.store.COUNT_*": "a figure of the whole, for an operator",
    "app.people.claims_store.LIST_MERGERS": "a sweep of the worker, by an index on the time",
    "app.people.rewrap_store.COUNT_INVITATIONS": "a figure of the whole, before a secret is retired",
    "app.people.rewrap_store.COUNT_UNDER_MASTER": "a figure of the whole, before a secret is retired",
    "app.people.rewrap_store.LIST_*": "rotating a secret goes over everything, page by page",
    "app.people.store.PURGE_CHALLENGES": "a sweep of the worker, by an index on the time",
    "app.people.store.PURGE_QUOTAS": "a sweep of the worker, by an index on the time",
    "app.people.retention_store.*": "a sweep of the worker, by an index on the time",
    "app.platforms.store.PURGE_CALLBACKS": "a sweep of the worker, by an index on the time",
    "app.platforms.store.PURGE_EVENTS": "a sweep of the worker, by an index on the time",
    "app.restoring.store.*": "after a restore, over everything, while nothing serves",
    "app.repeating.store.PURGE": "a sweep of the worker, by an index on the time",
    "app.rights.erasing_store.EMPTY_LOOKS": "the worker erases somebody; an index has the resident",
    "app.rights.erasing_store.FORGET_*": "the worker erases somebody, over what waits alone",
    "app.rights.erasing_store.FREE_*": "the worker erases somebody; an index has the resident",
    "app.rights.erasing_store.*_RETAINED_KEYS": "the worker rewraps keys after a rotation, of the few who left",
    "app.rights.erasing_store.LIST_DUE": "a sweep of the worker, by an index on the time",
    "app.rights.erasing_store.PURGE_*": "a sweep of the worker, by an index on the time",
    "app.rights.export_store.ACTS_ABOUT": "a resident's own export, a few times a day at most; an index has the object",
    "app.rights.export_store.LOOKS": "a resident's own export, a few times a day at most; an index has the resident",
    "app.roaming.store.LIST_ENDS": "the worker: consents that ended lie there for a minute, in an index on the time",
    "app.roaming.sighting_store.READ_SIGHTINGS": "the worker goes after all scans, by an index on the time",
    "app.roaming.store.LIST_FOLLOWED": "a sweep of the worker, by an index on the time",
    "app.rights.store.FREE_IDENTITY": "a resident withdraws their identity; an index has the resident",
    "app.venues.history_store.PURGE_SCANS": "a sweep of the worker, by an index on the time",
    "app.venues.history_store.READ_ACCESSES": "the worker goes after all scans, by an index on the time",
    "app.venues.history_store.READ_FINDINGS": "the worker goes after all findings, by an index on the time",
    "app.venues.journal_store.PURGE_ENTRIES": "a sweep of the worker, by an index on the time",
    "app.venues.history_store.READ_ANNULMENTS": "the worker goes after all annulments, by an index on the time",
    "app.venues.scanner_store.PURGE_TALLIES": "a sweep of the worker, by an index on the day",
    "app.venues.store.GET_SCAN": "a scanner knows its scan by the id alone; annulling is rare, and an index has the id",
    "app.campaigns.segment_store.*SAMPLE*": "an operator asks how many there are; blocks are read, not rows looked for",
    "app.campaigns.segment_store.LIST_RESIDENTS": "a campaign goes through everybody, page by page in the key's order",
    "app.campaigns.tally_store.COUNT_*": "the worker goes after what ended and was opened, by indexes on the times",
    "app.credentials.licence_store.FIND_BY_PLACE": "a presentation names the place alone; an index has it",
    "app.credentials.licence_store.LIST_ENDED_SUBJECTS": "the worker goes after what ended, by indexes",
    "app.credentials.licence_store.LIST_CHANGED_HOLDERS": "the worker goes after what changed, by indexes on the times",
    "app.credentials.licence_store.LIST_HOLDERS": "a sweep of the worker, page by page in the order of the key",
    "app.credentials.licence_store.LIST_OF_KEY": "a key is withdrawn: page by page, by an index on the key",
    "app.credentials.licence_store.REVOKE_OF_S*": "the worker goes after what ended, by indexes",
    "app.wallet.presentation_store.EMPTY_RESULTS": "a sweep of the worker, by an index on the time",
    "app.wallet.presentation_store.GET_SCANNED": "a venue knows its scan by the id alone; asking after one is rare",
    "app.wallet.presentation_store.PURGE_*": "a sweep of the worker, by an index on the time",
    "push.address_store.LIST_LOOKUPS": "somebody logs out: over an index of whose they are",
    "push.following_store.COUNT_PUSHES": "the worker counts what has ended, by an index on the time",
    "push.rekeying_store.*": "rotating a secret goes over everything, page by page",
    "push.many_store.COUNT_DUE": "a worker asks whether there is room, by an index, and no further than a limit",
    "push.store.COUNT_PENDING": "a figure of the whole, for an operator",
    "push.store.COUNT_SETTLED": "a figure of the whole, for an operator",
    "push.store.DELETE_MESSAGES": "a sweep of the worker, by an index on the time",
    "push.store.DELETE_SETTLED": "a sweep of the worker, by an index on the time",
    "push.store.EXPIRE_ABANDONED": "a sweep of the worker over what waits",
}
"""Statements that ask every shard, each with its reason. Only those that run now and then, for no one who waits."""

NO_STORES = {
    "app/migrating.py": "asks for the schema itself, before there is any",
    "app/database.py": "asks whether PostgreSQL answers at all",
}
"""Who else speaks to PostgreSQL, and why."""


def test_the_stores_are_found() -> None:
    assert len(list_stores()) >= 2
    assert len(list_statements()) > 20


async def test_postgresql_prepares_each(pool: Pool) -> None:
    refused = {}
    async with pool.acquire() as connection:
        for statement in list_statements():
            try:
                await connection.prepare(statement.sql)
            except asyncpg.PostgresError as error:
                refused[statement.name] = str(error)
    assert refused == {}


def test_each_names_its_columns_and_is_given_the_time() -> None:
    faults = {statement.name: find_style_faults(statement.sql) for statement in list_statements()}
    assert {name: found for name, found in faults.items() if found} == {}


def find_style_faults(sql: str) -> list[str]:
    faults = {"star": _STAR, "volatile": VOLATILE, "modifying CTE": _MODIFYING_CTE}
    return [fault for fault, pattern in faults.items() if pattern.search(sql)]


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("SELECT * FROM venues", "star"),
        ("SELECT v.* FROM venues AS v", "star"),
        ("INSERT INTO a VALUES ($1) RETURNING *", "star"),
        ("UPDATE sessions SET ended_at = now() WHERE resident_id = $1", "volatile"),
        ("UPDATE sessions SET ended_at = CURRENT_TIMESTAMP", "volatile"),
        ("SELECT random()", "volatile"),
        ("WITH gone AS (DELETE FROM a WHERE b = $1 RETURNING c) SELECT c FROM gone", "modifying CTE"),
    ],
)
def test_faults_of_style_are_seen(sql: str, fault: str) -> None:
    assert find_style_faults(sql) == [fault]


@pytest.mark.parametrize(
    "sql", ["SELECT count(*) FROM a", "SELECT known_at FROM a", "WITH b AS (SELECT c FROM a) SELECT c FROM b"]
)
def test_faults_of_style_are_not_imagined(sql: str) -> None:
    assert find_style_faults(sql) == []


async def test_hot_statements_are_keyed(settings: Settings, fresh_database: str) -> None:
    """Each reads a distributed table by its distribution column, so that it meets one shard.

    In a database of its own: what other tests have put into theirs moves the planner.
    """
    own = await open_pool(settings, fresh_database, size=1)
    async with own, own.acquire() as connection:
        keys = await _read_keys(connection)
        planned = [statement for statement in list_statements() if not statement.sql.startswith("SET LOCAL ")]
        unkeyed = {s.name for s in planned if find_unkeyed(await explain(connection, s.sql), keys)}
    excused = {name: [pattern for pattern in UNKEYED if fnmatchcase(name, pattern)] for name in unkeyed}
    assert sorted(name for name, patterns in excused.items() if not patterns) == [], "key them, or say why in UNKEYED"
    needed = {pattern for patterns in excused.values() for pattern in patterns}
    assert sorted(UNKEYED.keys() - needed) == [], "these are keyed by now, or gone: take them off the list"


async def _read_keys(connection: Connection) -> dict[str, str]:
    """Table → distribution column, for partitions too."""
    rows = await connection.fetch(
        """
        SELECT i.table_name, i.column_name FROM cluster.intents AS i WHERE i.placement = 'distributed'
        UNION ALL
        SELECT p.inhrelid::regclass::text, i.column_name FROM cluster.intents AS i
        JOIN pg_inherits AS p ON p.inhparent = to_regclass(i.table_name) WHERE i.placement = 'distributed'
        """
    )
    return {row["table_name"]: row["column_name"] for row in rows}


@pytest.mark.parametrize(
    ("sql", "unkeyed"),
    [
        ("SELECT ended_at FROM sessions WHERE resident_id = $1 AND session_id = $2", set()),
        ("SELECT ended_at FROM sessions WHERE resident_id = ANY($1::uuid[])", set()),
        ("SELECT ended_at FROM sessions WHERE session_id = $1", {"sessions"}),
        ("UPDATE sessions SET ended_at = $1 WHERE session_id = $2", {"sessions"}),
        (
            "SELECT s.ended_at FROM sessions AS s JOIN residents AS r USING (resident_id) WHERE r.resident_id = $1",
            set(),
        ),
        ("SELECT fields FROM accesses_beyond WHERE access_id = $1", {"accesses_beyond"}),
        (
            "SELECT a.kind FROM accesses_beyond AS a JOIN access_leaves AS l USING (subject_no)",
            {"accesses_beyond", "access_leaves"},
        ),
        (
            "SELECT l.position FROM access_leaves AS l JOIN subjects AS s USING (subject_no) WHERE l.subject_no = $1",
            set(),
        ),
        ("SELECT a.kind FROM accesses AS a WHERE a.subject_no = $1 AND a.expires_at > $2", set()),
        ("SELECT name FROM venues WHERE name = $1", set()),
        ("UPDATE outbox AS o SET due_at = $1 FROM (SELECT $2::bigint AS k) AS d WHERE o.routing_key = d.k", set()),
        ("INSERT INTO roles (resident_id, role, granted_at) VALUES ($1, $2, $3)", set()),
    ],
)
async def test_unkeyed_reading_is_seen(sql: str, unkeyed: set[str], pool: Pool) -> None:
    async with pool.acquire() as connection:
        assert find_unkeyed(await explain(connection, sql), await _read_keys(connection)) == unkeyed


async def test_a_statement_that_does_not_fit_the_schema_is_seen(pool: Pool) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.UndefinedColumnError):
            await connection.prepare("SELECT nickname FROM residents WHERE resident_id = $1")


def test_stores_ask_by_their_constants_and_nobody_else_asks() -> None:
    """`execute` is also Valkey's word, so outside the stores it is the fetching that tells."""
    faults = [
        f"{name_of(path)}:{call.lineno}"
        for path in list_modules("api", "app", "push")
        if name_of(path) not in NO_STORES
        for call in _walk_questions(path)
        if not _is_in_order(call, path)
    ]
    assert faults == []


def _walk_questions(path: Path) -> Iterator[ast.Call]:
    calls = (node for node in ast.walk(parse(path)) if isinstance(node, ast.Call))
    return (call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in _ASKING)


def _is_in_order(call: ast.Call, path: Path) -> bool:
    if not path.name.endswith("store.py"):
        return isinstance(call.func, ast.Attribute) and not call.func.attr.startswith("fetch")
    asked = call.args[0] if call.args else None
    return isinstance(asked, ast.Name) and (asked.id.isupper() or asked.id in _walk_loops(path))


def _walk_loops(path: Path) -> set[str]:
    """The names that stand for one constant after another."""
    return {
        loop.target.id
        for loop in ast.walk(parse(path))
        if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) and isinstance(loop.iter, ast.Tuple)
        if all(isinstance(each, ast.Name) and each.id.isupper() for each in loop.iter.elts)
    }
