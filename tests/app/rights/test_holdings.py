"""No table is forgotten: each is in the export or has its reason, and each says what erasing leaves."""

from __future__ import annotations

from app.database import Pool
from app.rights import sections
from app.rights.erasing_store import _BY_ANY_COLUMN, _OWN
from app.rights.holdings import HOLDINGS, Erased

_TABLES = "SELECT table_name FROM cluster.intents"
_PERSONAL = """
SELECT DISTINCT c.table_name FROM information_schema.columns AS c
WHERE c.table_schema = 'public' AND c.table_name = ANY($1::text[])
  AND (c.column_name IN ('resident_id', 'subject_no', 'recipient', 'claimant_id', 'guardian_id', 'caller_id',
                         'actor_id')
       OR c.column_name LIKE 'sealed%' OR c.column_name LIKE '%_index')
"""


async def test_every_table_is_accounted_for(pool: Pool) -> None:
    tables = {row["table_name"] for row in await pool.fetch(_TABLES)}
    assert tables - HOLDINGS.keys() == set(), "say in app/rights/holdings.py what becomes of the people in them"
    assert HOLDINGS.keys() - tables == set(), "these are gone"


async def test_a_table_with_people_in_it_is_exported_or_says_why_not(pool: Pool) -> None:
    personal = {row["table_name"] for row in await pool.fetch(_PERSONAL, list(HOLDINGS))}
    assert len(personal) > 20
    silent = [name for name in personal if HOLDINGS[name].exported is None and not HOLDINGS[name].because]
    assert silent == []


def test_what_is_exported_is_a_part_of_the_export() -> None:
    parts = {section.name for section in sections.SECTIONS}
    assert {holding.exported for holding in HOLDINGS.values() if holding.exported} <= parts


def test_what_stays_says_why() -> None:
    assert [name for name, one in HOLDINGS.items() if one.erased is not Erased.DELETED and not one.because] == []


def test_what_is_deleted_by_the_residents_id_is_listed_so() -> None:
    deleted = {sql.split()[2] for sql in (*_OWN, *_BY_ANY_COLUMN) if sql.startswith("DELETE")}
    assert {name for name in deleted if HOLDINGS[name].erased is not Erased.DELETED} == set()
