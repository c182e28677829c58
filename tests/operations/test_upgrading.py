"""An upgrade with the old version still serving: migrations add, and what is there goes on meaning what it meant.

Servers of the version before run beside this version's schema until they are replaced. `previous_statements.json` has
every statement that they ask, so that each is prepared against this schema; and the migrations since are read for what
would take something away, narrow it, or hold requests up for long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from app.database import Pool
from app.migrating import FOLDER

_PREVIOUS: dict[str, Any] = msgspec.json.decode((Path(__file__).parent / "previous_statements.json").read_bytes())
_SINCE: str = _PREVIOUS["version"]
"""The newest migration that the version before knows."""

_TAKES_AWAY = {
    "drops": re.compile(r"\bDROP\s+(?:TABLE|COLUMN|FUNCTION|SCHEMA|VIEW|TYPE|DEFAULT)\b", re.IGNORECASE),
    "drops a constraint": re.compile(r"\bDROP\s+CONSTRAINT\s+\w+", re.IGNORECASE),
    "renames": re.compile(r"\bRENAME\b", re.IGNORECASE),
    "changes a type": re.compile(r"\bALTER\s+COLUMN\s+\w+\s+(?:SET\s+DATA\s+)?TYPE\b", re.IGNORECASE),
    "narrows": re.compile(r"\bSET\s+NOT\s+NULL\b", re.IGNORECASE),
    "adds a column that must be given": re.compile(
        r"\bADD\s+COLUMN\s+(?:(?!\bDEFAULT\b)[^,;])*\bNOT\s+NULL\b(?:(?!\bDEFAULT\b)[^,;])*(?=[,;])", re.IGNORECASE
    ),
    "replaces a function": re.compile(r"\bCREATE\s+OR\s+REPLACE\b", re.IGNORECASE),
    "truncates": re.compile(r"\bTRUNCATE\b", re.IGNORECASE),
}
_WIDENED = {
    "0007_logins": {"drops a constraint": "sessions may end for more reasons: a wider check follows at once"},
    "0016_withholding": {"replaces a function": "the same parameters and columns: it only keeps more to itself"},
    "0021_care_and_windows": {"drops a constraint": "one more kind of evidence: a wider check follows at once"},
    "0028_copies_and_windows": {"drops a constraint": "one more kind of asker: a wider check follows at once"},
    "0011_staff": {"drops a constraint": "more roles and more kinds of leaves: nothing that was allowed is refused"},
    "0031_wallet_upkeep": {
        "replaces a function": "record_licence_look came with 0024, of the same release: no version before calls it"
    },
    "0032_push": {
        "drops": "claim_notices is made anew at once, with more columns: the version before names those that it reads",
        "drops a constraint": "notices may end in more ways: a wider check follows at once",
    },
    "0033_abandoned": {"drops": "claim_notices once more, with one more column"},
    "0039_newest_crossings": {
        "replaces a function": "the same parameters and answers, and no version that was released has record_crossing"
    },
    "0042_claiming_by_urgency": {"drops": "claim_notices once more, with one more column: who asks names the others"},
    "0045_unconfirmed_licences": {"drops a constraint": "licences may stand in one more way: a wider check follows"},
}
"""What stands in a migration all the same, and why the version before does not notice."""


def list_migrations() -> list[Path]:
    return [path for path in sorted(FOLDER.glob("[0-9]*.sql")) if path.stem > _SINCE]


def find_faults(sql: str) -> list[str]:
    plain = re.sub(r"--[^\n]*", "", sql)
    return [fault for fault, pattern in _TAKES_AWAY.items() if pattern.search(plain)]


@pytest.mark.parametrize("path", list_migrations(), ids=lambda path: path.stem)
def test_a_migration_takes_nothing_away(path: Path) -> None:
    excused = _WIDENED.get(path.stem, {})
    assert [fault for fault in find_faults(path.read_text("utf-8")) if fault not in excused] == []


def test_each_excuse_is_needed() -> None:
    found = {path.stem: set(find_faults(path.read_text("utf-8"))) for path in list_migrations()}
    assert {name: set(excuses) for name, excuses in _WIDENED.items()} == {name: found[name] for name in _WIDENED}


@pytest.mark.parametrize(
    ("sql", "faults"),
    [
        ("ALTER TABLE a DROP COLUMN b;", ["drops"]),
        ("ALTER TABLE a RENAME b TO c;", ["renames"]),
        ("ALTER TABLE a ALTER COLUMN b TYPE text;", ["changes a type"]),
        ("ALTER TABLE a ALTER COLUMN b SET NOT NULL;", ["narrows"]),
        ("ALTER TABLE a ADD COLUMN b text NOT NULL;", ["adds a column that must be given"]),
        ("ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT '', ADD COLUMN c bigint DEFAULT 0 NOT NULL;", []),
        ("ALTER TABLE a ADD COLUMN b text; -- DROP TABLE", []),
        ("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;", ["replaces a function"]),
        ("CREATE TABLE a (b text NOT NULL);", []),
    ],
)
def test_what_takes_away_is_seen(sql: str, faults: Sequence[str]) -> None:
    assert find_faults(sql) == faults


async def test_each_statement_of_the_version_before_is_good_still(pool: Pool) -> None:
    """A function that got a namesake is ambiguous to whoever does not say which types it means."""
    faults = []
    async with pool.acquire() as connection:
        for name, sql in _PREVIOUS["statements"].items():
            if not sql.startswith("SET LOCAL "):
                try:
                    await connection.prepare(sql)
                except Exception as error:  # noqa: BLE001  # each is told
                    faults.append(f"{name}: {error}")
    assert faults == []
    assert len(_PREVIOUS["statements"]) > 60


async def test_what_the_version_before_writes_is_taken(pool: Pool) -> None:
    """Rows without anything that came since: a resident, a session, a scan."""
    statements = {name.rpartition(".")[2]: sql for name, sql in _PREVIOUS["statements"].items() if "people" in name}
    now, resident_id, installation_id, number = datetime.now(UTC), uuid4(), uuid4(), uuid4().int >> 66
    await pool.execute(statements["CLAIM_PHONE"], uuid4().bytes, resident_id, now)
    await pool.execute(statements["INSERT_RESIDENT"], resident_id, number, b"key", b"phone", now)
    await pool.execute(statements["INSERT_SUBJECT"], number, "personal", resident_id, now, now)
    await pool.execute(statements["TOUCH_INSTALLATION"], resident_id, installation_id, now)
    await pool.execute(statements["INSERT_SESSION"], resident_id, uuid4(), installation_id, now, now)
    await pool.execute(statements["GRANT_ROLE"], resident_id, "operator", now)
    standing = await pool.fetchrow(statements["READ_STANDING"], resident_id, installation_id)
    assert standing is not None
    assert standing["roles"] == ["operator"]
    scan = next(sql for name, sql in _PREVIOUS["statements"].items() if "record_scan" in sql)
    given = (number, uuid4().bytes, "personal", now, now, uuid4(), uuid4(), uuid4(), "library-entry", ["kind"], b"salt")
    recorded = await pool.fetchrow(scan, *given, b"request", now, uuid4(), now)
    assert recorded is not None
    assert recorded["outcome"] == "accepted"
