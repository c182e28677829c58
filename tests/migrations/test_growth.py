"""The real schema keeps every rule of growth, and each rule is seen to fail on a table that breaks it."""

from __future__ import annotations

import asyncpg
import pytest

from app.database import Pool
from tests.migrations import growth
from tests.migrations.growth import RULES, Rule

_NEAR = "SELECT cluster.distribute('near', 'subject_no', 'subjects')"
_LOCAL = "SELECT cluster.local('near')"
_SCAN = "CREATE FUNCTION scan(p uuid) RETURNS void LANGUAGE sql AS ''"
_SUPPRESS = "BEFORE UPDATE ON subjects FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
_WRONG: list[tuple[Rule, str, str]] = [
    (growth.every_table_declares_where_it_lives, "CREATE TABLE near (id uuid PRIMARY KEY)", "no intent: near"),
    (
        growth.every_intent_is_of_a_table,
        f"CREATE TABLE near (subject_no bigint PRIMARY KEY); {_NEAR}; DROP TABLE near",
        "no such table: near",
    ),
    (
        growth.every_intent_is_of_a_table,
        "CREATE TABLE near (id uuid PRIMARY KEY); SELECT cluster.distribute('near', 'other_id')",
        "no such column: near.other_id",
    ),
    (
        growth.unique_keys_begin_with_the_distribution_column,
        f"CREATE TABLE near (subject_no bigint, id uuid, PRIMARY KEY (id, subject_no)); {_NEAR}",
        "key does not begin with subject_no: near_pkey",
    ),
    (
        growth.unique_keys_begin_with_the_distribution_column,
        f"CREATE TABLE near (subject_no bigint PRIMARY KEY, id uuid UNIQUE); {_NEAR}",
        "key does not begin with subject_no: near_id_key",
    ),
    (
        growth.unique_keys_begin_with_the_distribution_column,
        f"CREATE TABLE near (subject_no bigint PRIMARY KEY); CREATE UNIQUE INDEX odd ON near ((-subject_no)); {_NEAR}",
        "key does not begin with subject_no: odd",
    ),
    (
        growth.unique_keys_begin_with_the_distribution_column,
        f"CREATE TABLE near (subject_no bigint NOT NULL); {_NEAR}",
        "no primary key: near",
    ),
    (
        growth.neighbours_share_the_type_of_their_column,
        f"CREATE TABLE near (subject_no integer PRIMARY KEY); {_NEAR}",
        "cannot lie beside subjects: near",
    ),
    (
        growth.neighbours_share_the_type_of_their_column,
        "CREATE TABLE near (id uuid PRIMARY KEY); SELECT cluster.distribute('near', 'id', 'venues')",
        "cannot lie beside venues: near",
    ),
    (
        growth.foreign_keys_stay_on_the_shard,
        f"CREATE TABLE near (subject_no bigint PRIMARY KEY, resident_id uuid REFERENCES residents); {_NEAR}",
        "foreign key leaves its shard: near.near_resident_id_fkey",
    ),
    (
        growth.foreign_keys_stay_on_the_shard,
        f"CREATE TABLE near (subject_no bigint PRIMARY KEY, other_no bigint REFERENCES subjects); {_NEAR}",
        "foreign key leaves its shard: near.near_other_no_fkey",
    ),
    (
        growth.foreign_keys_stay_on_the_shard,
        "CREATE TABLE near (id uuid PRIMARY KEY REFERENCES residents); SELECT cluster.reference('near')",
        "foreign key leaves its shard: near.near_id_fkey",
    ),
    (
        growth.ids_are_made_by_the_server,
        f"CREATE TABLE near (id bigserial PRIMARY KEY); {_LOCAL}",
        "sequence: near_id_seq",
    ),
    (
        growth.ids_are_made_by_the_server,
        f"CREATE TABLE near (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY); {_LOCAL}",
        "sequence: near_id_seq",
    ),
    (
        growth.distributed_tables_have_no_triggers,
        f"CREATE TRIGGER meddle {_SUPPRESS}",
        "trigger: meddle on subjects",
    ),
    (
        growth.defaults_are_constants,
        f"CREATE TABLE near (subject_no bigint PRIMARY KEY, at timestamptz DEFAULT now()); {_NEAR}",
        "default is not constant: near.at",
    ),
    (
        growth.functions_are_given_the_time,
        "CREATE FUNCTION hurry() RETURNS void LANGUAGE sql AS 'UPDATE subjects SET ended_at = current_timestamp'",
        "volatile call in hurry()",
    ),
    (
        growth.delegated_functions_follow_their_table,
        f"{_SCAN}; SELECT cluster.delegate('scan(uuid)', 'p', 'subjects')",
        "cannot be delegated: scan(uuid)",
    ),
    (
        growth.delegated_functions_follow_their_table,
        f"{_SCAN}; SELECT cluster.delegate('scan(uuid)', 'p', 'residents'); DROP FUNCTION scan",
        "cannot be delegated: scan(uuid)",
    ),
]


@pytest.mark.parametrize("rule", RULES)
async def test_the_schema_keeps(rule: Rule, pool: Pool) -> None:
    async with pool.acquire() as connection:
        assert await rule(connection) == []


@pytest.mark.parametrize(("rule", "statements", "fault"), _WRONG)
async def test_a_rule_is_seen_to_fail(rule: Rule, statements: str, fault: str, database_url: str) -> None:
    connection = await asyncpg.connect(database_url, server_settings={"client_min_messages": "error"})
    try:
        await connection.execute("BEGIN")
        await connection.execute(statements)
        assert await rule(connection) == [fault]
    finally:
        await connection.close()


def test_every_rule_is_seen_to_fail() -> None:
    assert {rule for rule, _, _ in _WRONG} == set(RULES)
