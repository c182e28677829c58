"""The rules by which the schema can move to Citus without a rewrite, each as a question to the catalogues.

A rule answers with faults in words; none is what is wanted. `test_growth.py` asks them of the real schema, and of
tables that break them, so that each is seen to fail.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from app.database import Connection

Rule = Callable[[Connection], Awaitable[list[str]]]

_OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg_temp%'"
_TABLES = f"""
    SELECT c.oid, c.oid::regclass::text AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {_OURS}
"""
_DISTRIBUTED = """
    SELECT to_regclass(i.table_name) AS oid, i.table_name AS name, i.column_name,
        coalesce(i.colocate_with, i.table_name) AS colony
    FROM cluster.intents AS i WHERE i.placement = 'distributed'
"""
VOLATILE = re.compile(
    r"\b(now|random|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|gen_random_uuid|nextval)\s*\("
    r"|\bcurrent_(timestamp|date|time)\b|\blocaltime(stamp)?\b",
    re.IGNORECASE,
)


async def _faults(connection: Connection, query: str) -> list[str]:
    return [row[0] for row in await connection.fetch(query)]


async def every_table_declares_where_it_lives(connection: Connection) -> list[str]:
    return await _faults(
        connection,
        f"""
        SELECT 'no intent: ' || t.name FROM ({_TABLES}) AS t
        WHERE t.name NOT IN (SELECT i.table_name FROM cluster.intents AS i) ORDER BY 1
        """,
    )


async def every_intent_is_of_a_table(connection: Connection) -> list[str]:
    return await _faults(
        connection,
        f"""
        SELECT 'no such table: ' || i.table_name FROM cluster.intents AS i
        WHERE i.table_name NOT IN (SELECT t.name FROM ({_TABLES}) AS t)
        UNION ALL
        SELECT 'no such column: ' || d.name || '.' || d.column_name FROM ({_DISTRIBUTED}) AS d
        WHERE d.oid IS NOT NULL AND NOT EXISTS (
            SELECT FROM pg_attribute AS a WHERE a.attrelid = d.oid AND a.attname = d.column_name AND a.attnotnull
        )
        """,
    )


async def unique_keys_begin_with_the_distribution_column(connection: Connection) -> list[str]:
    return await _faults(
        connection,
        f"""
        SELECT 'key does not begin with ' || d.column_name || ': ' || i.indexrelid::regclass FROM ({_DISTRIBUTED}) AS d
        JOIN pg_index AS i ON i.indrelid = d.oid AND (i.indisunique OR i.indisexclusion)
        LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND a.attnum > 0
        WHERE a.attname IS DISTINCT FROM d.column_name
        UNION ALL
        SELECT 'no primary key: ' || d.name FROM ({_DISTRIBUTED}) AS d
        WHERE NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = d.oid AND i.indisprimary)
        """,
    )


async def neighbours_share_the_type_of_their_column(connection: Connection) -> list[str]:
    """Tables are laid beside one that is declared before them, by a column of the same type."""
    return await _faults(
        connection,
        """
        SELECT 'cannot lie beside ' || i.colocate_with || ': ' || i.table_name FROM cluster.intents AS i
        LEFT JOIN cluster.intents AS other ON other.table_name = i.colocate_with
            AND other.placement = 'distributed' AND other.declared_no < i.declared_no
        LEFT JOIN pg_attribute AS mine ON mine.attrelid = to_regclass(i.table_name) AND mine.attname = i.column_name
        LEFT JOIN pg_attribute AS theirs
            ON theirs.attrelid = to_regclass(other.table_name) AND theirs.attname = other.column_name
        WHERE i.colocate_with IS NOT NULL AND mine.atttypid IS DISTINCT FROM theirs.atttypid
        """,
    )


async def foreign_keys_stay_on_the_shard(connection: Connection) -> list[str]:
    """They lead to a reference table, or from distribution column to distribution column among neighbours."""
    return await _faults(
        connection,
        f"""
        SELECT 'foreign key leaves its shard: ' || f.conrelid::regclass || '.' || f.conname FROM pg_constraint AS f
        JOIN cluster.intents AS mine ON to_regclass(mine.table_name) = f.conrelid
        LEFT JOIN cluster.intents AS theirs ON to_regclass(theirs.table_name) = f.confrelid
        LEFT JOIN ({_DISTRIBUTED}) AS d ON d.oid = f.conrelid
        LEFT JOIN ({_DISTRIBUTED}) AS t ON t.oid = f.confrelid
        WHERE f.contype = 'f' AND theirs.placement IS DISTINCT FROM 'reference' AND mine.placement <> 'local' AND NOT (
            mine.placement = 'distributed' AND theirs.placement = 'distributed' AND d.colony = t.colony AND EXISTS (
                SELECT FROM unnest(f.conkey, f.confkey) AS pair (own, other)
                JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = pair.own
                JOIN pg_attribute AS b ON b.attrelid = f.confrelid AND b.attnum = pair.other
                WHERE a.attname = d.column_name AND b.attname = t.column_name
            )
        )
        """,
    )


async def ids_are_made_by_the_server(connection: Connection) -> list[str]:
    """No sequence, hence no serial and no identity column: a cluster has no single place to count."""
    return await _faults(
        connection,
        f"""
        SELECT 'sequence: ' || c.oid::regclass FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind = 'S' AND {_OURS}
        """,
    )


async def distributed_tables_have_no_triggers(connection: Connection) -> list[str]:
    return await _faults(
        connection,
        f"""
        SELECT 'trigger: ' || t.tgname || ' on ' || d.name FROM pg_trigger AS t
        JOIN ({_DISTRIBUTED}) AS d ON d.oid = t.tgrelid
        WHERE NOT t.tgisinternal
        """,
    )


async def defaults_are_constants(connection: Connection) -> list[str]:
    """Times and ids come as parameters, so that a repeated statement writes the same."""
    rows = await connection.fetch(
        f"""
        SELECT d.adrelid::regclass || '.' || a.attname AS column_name, pg_get_expr(d.adbin, d.adrelid) AS expression
        FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        JOIN ({_TABLES}) AS t ON t.oid = d.adrelid
        """
    )
    return [f"default is not constant: {row['column_name']}" for row in rows if VOLATILE.search(row["expression"])]


async def functions_are_given_the_time(connection: Connection) -> list[str]:
    rows = await connection.fetch(
        f"""
        SELECT p.oid::regprocedure::text AS signature, p.prosrc AS body FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE {_OURS} AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
        """
    )
    return [f"volatile call in {row['signature']}" for row in rows if VOLATILE.search(row["body"])]


async def delegated_functions_follow_their_table(connection: Connection) -> list[str]:
    """Each is there, and its parameter has the type of the column by which its table is spread."""
    return await _faults(
        connection,
        f"""
        SELECT 'cannot be delegated: ' || f.signature FROM cluster.function_intents AS f
        LEFT JOIN pg_proc AS p ON p.oid = to_regprocedure(f.signature)
        LEFT JOIN ({_DISTRIBUTED}) AS d ON d.name = f.colocate_with
        LEFT JOIN pg_attribute AS a ON a.attrelid = d.oid AND a.attname = d.column_name
        WHERE p.proargtypes[array_position(p.proargnames, f.parameter_name) - 1] IS DISTINCT FROM a.atttypid
            OR a.atttypid IS NULL
        """,
    )


RULES: list[Rule] = [
    every_table_declares_where_it_lives,
    every_intent_is_of_a_table,
    unique_keys_begin_with_the_distribution_column,
    neighbours_share_the_type_of_their_column,
    foreign_keys_stay_on_the_shard,
    ids_are_made_by_the_server,
    distributed_tables_have_no_triggers,
    defaults_are_constants,
    functions_are_given_the_time,
    delegated_functions_follow_their_table,
]
