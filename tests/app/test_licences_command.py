"""`suixing licences types`: kinds listed, shown, put and withdrawn, in clear words."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import msgspec
import pytest

from app.licences.model import LicenceType
from app.licences.types import read_shipped
from tests.app.licences.kinds import invent_kind
from tests.harness.commanding import Suixing


@pytest.fixture
def settings(fresh_database: str, tmp_path: Path) -> dict[str, str]:
    return {"SUIXING_DATA": str(tmp_path / "data"), "DATABASE_URL": fresh_database}


def _write(folder: Path, kind: LicenceType) -> str:
    path = folder / f"{kind.id}.json"
    path.write_bytes(msgspec.json.encode(kind))
    return str(path)


async def test_a_kind_is_added_without_code(suixing: Suixing, settings: dict[str, str], tmp_path: Path) -> None:
    kind = invent_kind(code=None, code_certain=False)
    code, said, _ = await suixing("licences", "types", "put", _write(tmp_path, kind), **settings)
    first, unserved = said.splitlines()
    assert (code, first) == (0, f"{kind.id} put; it is in the log of acts")
    assert unserved.startswith("no registry has it: ")
    code, said, _ = await suixing("licences", "types", "list", **settings)
    lines = {line.split()[0]: line.split() for line in said.splitlines()}
    assert code == 0
    assert lines[kind.id] == [kind.id, "resident", "-", "added", "证照", "Licence"]
    assert lines["resident-identity-card"][1:4] == ["resident", "11100000000013127D001?", "shipped"]
    assert lines.keys() == {kind.id, *read_shipped()}
    code, said, _ = await suixing("licences", "types", "show", kind.id, **settings)
    assert (code, msgspec.json.decode(said, type=LicenceType)) == (0, kind)
    connection = await asyncpg.connect(settings["DATABASE_URL"])
    acts = await connection.fetch("SELECT act, role FROM acts WHERE actor_id = '00000000-0000-0000-0000-000000000000'")
    await connection.close()
    assert [tuple(row) for row in acts] == [(f"licence-type.put:{kind.id}", "command-line")]


async def test_what_a_change_breaks_is_said_and_needs_force(suixing: Suixing, settings: dict[str, str]) -> None:
    broken = "purpose metro-gate asks for photo, and would no longer get it"
    code, said, complaint = await suixing("licences", "types", "withdraw", "senior-card", **settings)
    assert (code, said) == (1, "")
    first, *breaks = complaint.splitlines()
    assert first == "suixing: this would break what relies on the kind; --force does it all the same:"
    assert f"  {broken}" in breaks
    code, said, _ = await suixing("licences", "types", "withdraw", "senior-card", "--force", **settings)
    assert code == 0
    assert said.splitlines()[0] == "senior-card withdrawn; it is in the log of acts"
    assert f"broken: {broken}" in said.splitlines()


async def test_a_file_that_is_no_kind_is_told_in_a_line(suixing: Suixing, tmp_path: Path) -> None:
    """Before any database is asked."""
    file = tmp_path / "kind.json"
    file.write_bytes(msgspec.json.encode(invent_kind()).replace(b'"id":"name"', b'"id":"Name"'))
    code, said, complaint = await suixing("licences", "types", "put", str(file), SUIXING_DATA=str(tmp_path / "data"))
    assert (code, said) == (1, "")
    assert complaint.startswith("suixing: the kind is wrong at /fields/0/id: Expected `str` matching regex")
    assert len(complaint.splitlines()) == 1
