"""`suixing matters`: listed, shown, put and withdrawn, in clear words."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import msgspec
import pytest

from app.licences.types import read_shipped as read_types
from app.wallet.matter_book import Matter, read_shipped
from tests.harness.commanding import Suixing


@pytest.fixture
def settings(fresh_database: str, tmp_path: Path) -> dict[str, str]:
    return {"SUIXING_DATA": str(tmp_path / "data"), "DATABASE_URL": fresh_database}


def write(folder: Path, **changes: object) -> str:
    """A file like a shipped matter's, with changes."""
    matter = msgspec.to_builtins(read_shipped()["senior-card"]) | changes
    path = folder / "matter.json"
    path.write_bytes(msgspec.json.encode(matter))
    return str(path)


def test_what_is_shipped_names_kinds_that_are_there() -> None:
    shipped = read_shipped()
    assert len(shipped) >= 12
    kinds = {kind for matter in shipped.values() for material in matter.materials for kind in material.types}
    assert kinds <= read_types().keys()
    assert all(any(material.required for material in matter.materials) for matter in shipped.values())


async def test_a_matter_is_added_and_taken_away_without_code(
    suixing: Suixing, settings: dict[str, str], tmp_path: Path
) -> None:
    code, said, _ = await suixing("matters", "put", write(tmp_path, id="senior-bus-pass"), **settings)
    assert (code, said) == (0, "senior-bus-pass put; it is in the log of acts\n")
    code, said, _ = await suixing("matters", "list", **settings)
    listed = {line.split()[0]: line for line in said.splitlines()}
    assert listed.keys() == {"senior-bus-pass", *read_shipped()}
    assert listed["senior-bus-pass"].endswith(": identity household [photo-of-record]")
    code, said, _ = await suixing("matters", "show", "senior-bus-pass", **settings)
    assert msgspec.json.decode(said, type=Matter).id == "senior-bus-pass"
    code, _, _ = await suixing("matters", "withdraw", "birth-allowance", **settings)
    code, said, _ = await suixing("matters", "list", **settings)
    assert "birth-allowance" not in said
    code, _, complaint = await suixing("matters", "withdraw", "birth-allowance", **settings)
    assert (code, "there is no matter birth-allowance" in complaint) == (1, True)
    connection = await asyncpg.connect(settings["DATABASE_URL"])
    acts = await connection.fetch("SELECT act FROM acts WHERE role = 'command-line' ORDER BY act_id")
    await connection.close()
    assert [row["act"] for row in acts] == ["matter.put:senior-bus-pass", "matter.withdrawn:birth-allowance"]


@pytest.mark.parametrize(
    ("materials", "said"),
    [
        ([], "its whole"),
        ([{"id": "a", "name": {"zh": "a", "en": "a"}, "types": ["no-such-kind"], "required": True,
           "bring": {"zh": "a", "en": "a"}}], "There is no kind of licence no-such-kind."),
        ([{"id": "a", "name": {"zh": "a", "en": "a"}, "types": [], "required": True,
           "bring": {"zh": "a", "en": "a"}}] * 2, "each material has an id of its own"),
    ],
)  # fmt: skip
async def test_a_file_that_is_wrong_is_told_in_a_line(
    suixing: Suixing, settings: dict[str, str], tmp_path: Path, materials: list[object], said: str
) -> None:
    code, _, complaint = await suixing("matters", "put", write(tmp_path, materials=materials), **settings)
    assert code == 1
    assert said in complaint
    assert len(complaint.splitlines()) == 1
