"""The SQL of the stores: where it is, and what PostgreSQL would do with it."""

from __future__ import annotations

import ast
import functools
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from app.database import Connection
from tests.house.source import list_modules, module_of, parse

_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
_CONDITIONS = ("Index Cond", "Recheck Cond", "Filter", "Hash Cond", "Merge Cond", "Join Filter")


class Statement(NamedTuple):
    """One constant of a store."""

    name: str
    sql: str


def list_stores() -> list[Path]:
    return [path for path in list_modules("api", "app", "codes", "push") if path.name.endswith("store.py")]


@functools.cache
def list_statements() -> list[Statement]:
    """Every UPPER_CASE string that a store assigns, with the value it has at run time."""
    return [statement for path in list_stores() for statement in _statements_of(path)]


def _statements_of(path: Path) -> Iterator[Statement]:
    module = importlib.import_module(module_of(path))
    for node in parse(path).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and _CONSTANT.fullmatch(target.id):
                value = getattr(module, target.id)
                if isinstance(value, str):
                    yield Statement(f"{module_of(path)}.{target.id}", value)


async def explain(connection: Connection, sql: str) -> dict[str, Any]:
    """The generic plan of a statement, with its parameters left open; indexes are used wherever they can be."""
    async with connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE asked AS {sql}")
        try:
            count = await connection.fetchval(
                "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'asked'"
            )
            parameters = f"({', '.join(['NULL'] * count)})" if count else ""
            plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked{parameters}")
        finally:
            await connection.execute("DEALLOCATE asked")
    found: dict[str, Any] = json.loads(plan)[0]["Plan"] if isinstance(plan, str) else plan[0]["Plan"]
    return found


class Reading(NamedTuple):
    """A place in a plan that reads a distributed table, and all that its key is said to equal."""

    table: str
    alias: str
    key: str
    equals: frozenset[str]


def find_unkeyed(plan: dict[str, Any], keys: dict[str, str]) -> set[str]:
    """The tables that the plan reads without knowing their key; `keys` are table → distribution column.

    A key is known where it equals a parameter, or the known key of a neighbour, which lies on the same shard.
    """
    readings = list(_walk(plan, keys, ""))
    own_keys = {f"{reading.alias}.{reading.key}" for reading in readings}
    known = {reading for reading in readings if reading.equals - own_keys}
    while more := {r for r in readings if r.equals & {f"{k.alias}.{k.key}" for k in known}} - known:
        known |= more
    return {reading.table for reading in readings if reading not in known}


def _walk(node: dict[str, Any], keys: dict[str, str], above: str) -> Iterator[Reading]:
    own = " ".join(str(node[name]) for name in _CONDITIONS if name in node)
    table = node.get("Relation Name")
    if table in keys and node["Node Type"] != "ModifyTable":
        alias = re.sub(r"_\d+$", "", node.get("Alias", table))  # of a partition: that of the whole
        yield Reading(table, alias, keys[table], frozenset(_find_equals(own, above, alias, keys[table])))
    for child in node.get("Plans", []):
        yield from _walk(child, keys, f"{own} {above}")


def _find_equals(own: str, above: str, alias: str, key: str) -> Iterator[str]:
    """A node's own conditions may name its key alone; those of a join above it name the alias as well."""
    for text, named in ((own, rf"(?:{re.escape(alias)}(?:_\d+)?\.)?{key}"), (above, rf"{re.escape(alias)}\.{key}")):
        for match in re.finditer(rf"(?<![\w.]){named} = ([^\s()]+)|([^\s()]+) = {named}(?![\w.])", text):
            yield match[1] or match[2]
