"""`suixing staff grant`: the first two operators, in clear words."""

from __future__ import annotations

import json
from pathlib import Path

import asyncpg
import pytest

from tests.app.test_cli import make_keys
from tests.harness.commanding import Suixing


@pytest.fixture
def data(tmp_path: Path) -> str:
    return str(tmp_path / "data")


async def test_the_second_operator_is_made_and_no_third(suixing: Suixing, fresh_database: str, data: str) -> None:
    """The demo has one already."""
    make_keys(data)
    settings = {"SUIXING_DATA": data, "DATABASE_URL": fresh_database}
    assert (await suixing("demo", **settings))[0] == 0
    residents = json.loads((Path(data) / "demo.json").read_bytes())["residents"]

    async def grant(phone: str, role: str) -> tuple[int, str, str]:
        return await suixing("staff", "grant", phone, role, **settings)

    code, said, complaint = await grant("+8619900000000", "operator")
    assert (code, said) == (1, "")
    assert "nobody logs in by this phone" in complaint
    granted = await grant(residents[1]["phone"], "operator")
    assert granted[:2] == (0, "operator granted; it is in the log of acts\n")
    code, _, complaint = await grant(residents[2]["phone"], "auditor")
    assert code == 1
    assert "there are two operators" in complaint
    connection = await asyncpg.connect(fresh_database)
    acts = await connection.fetch("SELECT act FROM acts WHERE actor_id = '00000000-0000-0000-0000-000000000000'")
    await connection.close()
    assert [row["act"] for row in acts] == ["role.granted:operator"]
