"""`suixing audit verify`, from end to end: what it says, and how it exits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.audit import WITNESS
from app.keeping import create_keys
from app.settings import read_settings
from tests.app.audit.harness import MINUTE, Chain
from tests.harness.commanding import Suixing


@dataclass
class Deployment:
    """A chain in the database of a deployment that has its settings, and the command that looks at it."""

    chain: Chain
    suixing: Suixing
    settings: dict[str, str]

    async def verify(self) -> tuple[int, list[str]]:
        """Its exit code, and its lines."""
        code, said, complained = await self.suixing("audit", "verify", **self.settings)
        return code, [*said.splitlines(), *complained.splitlines()]


@pytest.fixture
def deployment(suixing: Suixing, chain: Chain, log_database: str, tmp_path: Path) -> Deployment:
    given = {"SUIXING_DATA": str(tmp_path), "DATABASE_URL": log_database}
    settings = read_settings(given)
    now = datetime.now(UTC)
    chain.ring = create_keys(settings, development=True, now=now - 60 * MINUTE)
    chain.witness = tmp_path / WITNESS
    chain.now = now - 5 * MINUTE
    return Deployment(chain, suixing, given)


async def test_a_log_before_its_first_head_is_sound(deployment: Deployment) -> None:
    code, lines = await deployment.verify()
    assert code == 0
    assert lines == ["access log sound: 0 batches, 0 accesses (0 erased), 0 waiting for their batch; no head yet"]


async def test_it_finds_what_was_done_by_hand(deployment: Deployment) -> None:
    chain = deployment.chain
    (changed, *_), (removed, *_), _, _ = await chain.fill(2, 2, 2, 1)
    code, lines = await deployment.verify()
    assert (code, len(lines)) == (0, 1)
    assert lines[0].startswith("access log sound: 4 batches, 7 accesses (0 erased), 0 waiting")

    await chain.tamper("UPDATE accesses SET purpose = 'metro-gate' WHERE access_id = $1", changed)
    await chain.tamper("DELETE FROM accesses WHERE access_id = $1", removed)
    await chain.tamper("DELETE FROM access_leaves WHERE batch_no = 4")
    await chain.tamper("DELETE FROM access_batches WHERE batch_no = 4")
    code, lines = await deployment.verify()
    assert code == 1
    assert sorted(line.partition(":")[0] for line in lines[:-1]) == [
        f"access-changed batch 1 {changed}",
        f"access-removed batch 2 {removed}",
        "heads-cut-off batch 4",
    ]
    assert lines[-1].startswith("access log NOT SOUND, 3 findings")


async def test_without_keys_it_says_what_is_missing(deployment: Deployment, tmp_path: Path) -> None:
    deployment.settings["SUIXING_KEYS"] = str(tmp_path / "none")
    code, lines = await deployment.verify()
    assert code == 1
    assert lines == [f"suixing: There are no keys in {tmp_path / 'none'}: make them with `suixing keys create`."]
