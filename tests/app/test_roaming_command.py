"""`suixing locate` and `suixing simulate`, as an operator calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, what was answered, what was said."""
    result = CliRunner().invoke(main, list(arguments))
    return result.exit_code, result.stdout.strip(), result.stderr


@pytest.mark.parametrize(
    ("arguments", "adcode"),
    [
        (("121.473", "31.232"), "310101"),
        (("121.45", "31.79"), "320681"),
        (("123.5", "30.5"), "none"),
        (("-0.13", "51.51"), "none"),
    ],
)
def test_locate(arguments: tuple[str, ...], adcode: str) -> None:
    assert run("locate", *arguments)[:2] == (0, adcode)


def test_the_datum_decides_at_the_border() -> None:
    """200 m east of the border between Huaqiao and Anting: read in another datum, the figures lie west of it."""
    found = [run("locate", "121.1505", "31.293", "--datum", datum)[1] for datum in ("wgs84", "gcj02", "bd09")]
    assert found == ["310114", "320583", "320583"]


@pytest.mark.parametrize(
    "arguments", [("31.2", "121.5"), ("nan", "31"), ("here", "there"), ("121", "31", "--datum", "wgs72")]
)
def test_what_is_no_point(arguments: tuple[str, ...]) -> None:
    status, answer, said = run("locate", *arguments)
    assert status != 0
    assert answer == ""
    assert said


def test_locate_in_an_operators_own_divisions(tmp_path: Path) -> None:
    square = [[121.0, 31.0], [122.0, 31.0], [122.0, 32.0], [121.0, 32.0], [121.0, 31.0]]
    feature = {
        "type": "Feature",
        "properties": {"adcode": "310000"},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    path = tmp_path / "own.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert run("locate", "121.5", "31.5", "--boundaries", str(path))[:2] == (0, "310000")
    path.write_text("{}")
    assert run("locate", "121.5", "31.5", "--boundaries", str(path))[0] == 1


def test_simulate(tmp_path: Path) -> None:
    picture = tmp_path / "map.svg"
    status, answer, _ = run("simulate", "--residents", "6", "--days", "3", "--seed", "2", "--map", str(picture))
    assert status == 0
    assert answer.splitlines()[-1].startswith("false notices: 0 in 18 resident-days; at most 166.4")
    assert answer.splitlines()[-2].split()[:2] == ["all", "18"]
    assert picture.read_text(encoding="utf-8").startswith("<svg ")
