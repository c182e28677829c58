"""The SQL of the stores: where it is, and what PostgreSQL would do with it."""

from __future__ import annotations

import ast
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
    return [path for path in list_modules("api", "app", "codes", "push") if path.name == "store.py"]


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


def find_unkeyed(plan: dict[str, Any], keys: dict[str, str]) -> set[str]:
    """The tables that the plan reads without a condition on their key; `keys` are table → distribution column."""
    return set(_walk(plan, keys, ""))


def _walk(node: dict[str, Any], keys: dict[str, str], above: str) -> Iterator[str]:
    own = " ".join(str(node[name]) for name in _CONDITIONS if name in node)
    table = node.get("Relation Name")
    if table in keys and node["Node Type"] != "ModifyTable":
        named = rf"(?:{re.escape(node.get('Alias', table))}\.)?{re.escape(keys[table])}"
        # Either side of an equation will do: a join on the keys of neighbours stays on their shard.
        if not re.search(rf"\(?\b{named}\b = |= {named}\b", f"{own} {above}"):
            yield table
    for child in node.get("Plans", []):
        yield from _walk(child, keys, f"{own} {above}")
