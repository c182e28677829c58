"""Borders are there when somebody asks, wherever they come from; a file that is wrong harms nobody else."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.roaming.desk import HeldBoundaries, make_rules
from app.roaming.errors import BoundariesNotLoadedError
from app.roaming.model import CrossingRules
from app.settings import read_settings

_SQUARE = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]


def write_square(folder: Path) -> Path:
    feature = {
        "type": "Feature",
        "properties": {"adcode": 330000},
        "geometry": {"type": "Polygon", "coordinates": _SQUARE},
    }
    path = folder / "square.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    return path


async def test_whoever_asks_has_an_operators_own_borders_at_once(tmp_path: Path) -> None:
    held = HeldBoundaries(write_square(tmp_path))
    following = asyncio.create_task(held.follow())
    place = (await held.require()).locate(0.5, 0.5)
    assert place is not None
    assert (place.province, place.city) == ("33", None)
    following.cancel()


async def test_a_file_that_is_wrong_is_said_and_nothing_is_answered(tmp_path: Path) -> None:
    (wrong := tmp_path / "wrong.json").write_text("{}", "utf-8")
    held = HeldBoundaries(wrong, patience=0.5)
    with capture_logs() as logged:
        following = asyncio.create_task(held.follow())
        with pytest.raises(BoundariesNotLoadedError):
            await held.require()
    assert [entry["event"] for entry in logged] == ["roaming.boundaries-not-loaded"]
    following.cancel()


def test_each_number_of_the_rule_is_a_setting() -> None:
    assert make_rules(read_settings({})) == CrossingRules(home="31")
    numbers = [name for name in CrossingRules.__struct_fields__ if name != "home"]
    changed = {
        f"SUIXING_ROAMING_{name.upper()}": str(int(getattr(CrossingRules(home="31"), name)) + 1) for name in numbers
    }
    rules = make_rules(read_settings(changed))
    assert all(getattr(rules, name) == getattr(CrossingRules(home="31"), name) + 1 for name in numbers)
