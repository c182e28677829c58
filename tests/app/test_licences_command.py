"""`suixing licences types`: kinds listed, shown, put and withdrawn, in clear words."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import msgspec
import pytest

from app.licences.model import LicenceType
from app.licences.types import read_shipped
from tests.app.licences.kinds import invent_kind
from tests.app.test_cli import run


@pytest.fixture
def settings(fresh_database: str, tmp_path: Path) -> dict[str, str]:
    return {"SUIXING_DATA": str(tmp_path / "data"), "DATABASE_URL": fresh_database}


def _write(folder: Path, kind: LicenceType) -> str:
    path = folder / f"{kind.id}.json"
    path.write_bytes(msgspec.json.encode(kind))
    return str(path)


async def test_a_kind_is_added_without_code(settings: dict[str, str], tmp_path: Path) -> None:
    kind = invent_kind(code=None, code_certain=False)
    code, said, _ = await run("licences", "types", "put", _write(tmp_path, kind), **settings)
    assert (code, said) == (0, f"{kind.id} put; it is in the log of acts\n")
    code, said, _ = await run("licences", "types", "list", **settings)
    lines = {line.split()[0]: line.split() for line in said.splitlines()}
    assert code == 0
    assert lines[kind.id] == [kind.id, "resident", "-", "added", "证照", "Licence"]
    assert lines["resident-identity-card"][1:4] == ["resident", "11100000000013127D001?", "shipped"]
    assert lines.keys() == {kind.id, *read_shipped()}
    code, said, _ = await run("licences", "types", "show", kind.id, **settings)
    assert (code, msgspec.json.decode(said, type=LicenceType)) == (0, kind)
    connection = await asyncpg.connect(settings["DATABASE_URL"])
    acts = await connection.fetch("SELECT act, role FROM acts WHERE actor_id = '00000000-0000-0000-0000-000000000000'")
    await connection.close()
    assert [tuple(row) for row in acts] == [(f"licence-type.put:{kind.id}", "command-line")]


async def test_what_a_change_breaks_is_said_and_needs_force(settings: dict[str, str], tmp_path: Path) -> None:
    card = read_shipped()["senior-card"]
    file = _write(
        tmp_path, msgspec.structs.replace(card, fields=[one for one in card.fields if one.id != "birth_date"])
    )
    assert (await run("licences", "types", "put", file, **settings))[0] == 0
    code, said, complaint = await run("licences", "types", "withdraw", "senior-card", **settings)
    assert (code, said) == (1, "")
    first, *breaks = complaint.splitlines()
    assert first == "suixing: this would break what relies on the kind; --force does it all the same:"
    assert "  purpose metro-gate asks for photo, and would no longer get it" in breaks
    code, said, _ = await run("licences", "types", "withdraw", "senior-card", "--force", **settings)
    assert code == 0
    assert said.splitlines()[0] == "senior-card withdrawn; it is in the log of acts"
    assert "broken: purpose metro-gate asks for photo, and would no longer get it" in said.splitlines()
    code, said, complaint = await run("licences", "types", "show", "senior-card", **settings)
    assert (code, said) == (1, "")
    assert "there is no kind senior-card" in complaint


async def test_a_file_that_is_no_kind_is_told_in_a_line(settings: dict[str, str], tmp_path: Path) -> None:
    file = _write(tmp_path, invent_kind(name_field="nobody"))
    code, said, complaint = await run("licences", "types", "put", file, **settings)
    assert (code, said) == (1, "")
    assert complaint == (
        "suixing: the kind is wrong at /name_field: It names a field of the kind that is text and required.\n"
    )
