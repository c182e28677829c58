"""No change to the tables of the log goes unseen, whatever it is: by chance, several at once."""

from __future__ import annotations

import random

import asyncpg
import pytest

from tests.app.audit.harness import Chain, list_changes

_KEYS = {
    "accesses": "access_id",
    "access_leaves": "entry_id",
    "access_batches": "batch_no",
    "access_erasures": "erasure_id",
}
_DESCRIBE = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} AS t"


class Hand:
    """Somebody at the database, who can put everything back."""

    def __init__(self, chain: Chain, chances: random.Random) -> None:
        self._chain = chain
        self._chances = chances
        self._changes: dict[str, list[tuple[str, str]]] = {}

    async def look(self) -> None:
        """Keeps a copy of all there is."""
        for table in _KEYS:
            await self._chain.tamper(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
            self._changes[table] = await list_changes(self._chain, table)

    async def put_back(self) -> None:
        for table in _KEYS:
            await self._chain.tamper(f"TRUNCATE {table}")
            await self._chain.tamper(f"INSERT INTO {table} SELECT * FROM kept_{table}")

    async def describe(self) -> list[str]:
        return [await self._chain.pool.fetchval(_DESCRIBE.format(table)) for table in _KEYS]

    async def tamper(self) -> str:
        """One thing; answers with the statement. What a constraint refuses does nothing."""
        table = self._chances.choice(list(_KEYS))
        statement = self._choose(table, _KEYS[table], await self._rows(table))
        try:
            await self._chain.tamper(statement)
        except asyncpg.IntegrityConstraintViolationError:
            return ""
        return statement

    async def _rows(self, table: str) -> list[str]:
        rows = await self._chain.pool.fetch(f"SELECT {_KEYS[table]}::text FROM {table} ORDER BY 1")
        return self._chances.choices([row[0] for row in rows] or [""], k=3)

    def _choose(self, table: str, key: str, rows: list[str]) -> str:
        one, other, third = (f"{key}::text = '{row}'" for row in rows)
        column, change = self._chances.choice(self._changes[table])
        _, new_key = next(each for each in self._changes[table] if each[0] == key)
        columns = [name for name, _ in self._changes[table]]
        copied = ", ".join(f"{new_key}" if name == key else name for name in columns)
        return self._chances.choice(
            [
                f"DELETE FROM {table} WHERE {one}",
                f"DELETE FROM {table} WHERE {one} OR {other} OR {third}",
                f"UPDATE {table} SET {column} = {change} WHERE {one}",
                f"UPDATE {table} SET {column} = {change} WHERE {one} OR {other}",
                f"UPDATE {table} SET {column} = (SELECT {column} FROM {table} WHERE {other} LIMIT 1) WHERE {one}",
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {copied} FROM {table} WHERE {one}",
            ]
        )


async def _prepare(chain: Chain) -> None:
    """Several batches, also empty ones, subjects of whom two were erased, and nothing that waits."""
    for subject_no in (7, 8, 9):
        await chain.scan(2, subject_no=subject_no)
    await chain.fill(3, 0, 4)
    await chain.erase(7)
    await chain.erase(8)
    await chain.fill(2, 0, 0)


async def _tamper_and_look(chain: Chain, chances: random.Random, rounds: int) -> int:
    """How often something was changed; each time it was found."""
    await _prepare(chain)
    hand = Hand(chain, chances)
    await hand.look()
    whole, changed = await hand.describe(), 0
    for _ in range(rounds):
        done = [await hand.tamper() for _ in range(chances.choice([1, 1, 2, 3]))]
        is_changed = await hand.describe() != whole
        report = await chain.verify()
        assert report.is_sound is not is_changed, done
        changed += is_changed
        await hand.put_back()
    assert (await chain.verify()).is_sound
    return changed


@pytest.mark.parametrize("chance", range(2))
async def test_tampering_at_random_is_found(chain: Chain, chance: int) -> None:
    assert await _tamper_and_look(chain, random.Random(chance), 20) > 10  # noqa: S311  to be repeated, not to be secret


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_much_tampering_at_random_is_found(chain: Chain, seed: int) -> None:
    assert await _tamper_and_look(chain, random.Random(seed), 1000) > 500  # noqa: S311  as above
