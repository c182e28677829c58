"""docs/operations.md says what the program does: its settings, its commands, its metrics."""

from __future__ import annotations

import re

import click
import pytest

from app.cli import main
from tests.house.source import ROOT
from tests.operations.settings_table import PAGE, put_table

_TEXT = PAGE.read_text("utf-8")


def test_the_table_of_settings_is_the_programs() -> None:
    assert put_table(_TEXT) == _TEXT, "python -m tests.operations.settings_table"


def test_each_command_that_is_named_exists() -> None:
    named = re.findall(r"(?:`|\$ )suixing ([a-z]+(?: [a-z]+)?)", _TEXT)
    assert len(named) > 10
    for words in named:
        require_command(words.split())


def require_command(words: list[str]) -> None:
    """Follows the words as far as there are groups of commands."""
    group: click.Command = main
    for word in words:
        if isinstance(group, click.Group):
            assert word in group.commands, f"suixing {' '.join(words)}"
            group = group.commands[word]


@pytest.mark.parametrize("option", re.findall(r"suixing (keys \w+|restored|serve)[^`\n]*?(--[a-z-]+)", _TEXT))
def test_each_option_that_is_named_exists(option: tuple[str, str]) -> None:
    words, name = option
    command: click.Command = main
    for word in words.split():
        assert isinstance(command, click.Group)
        command = command.commands[word]
    assert name in {one for parameter in command.params for one in [*parameter.opts, *parameter.secondary_opts]}


def test_each_metric_and_event_that_is_named_exists() -> None:
    folders = [ROOT / name for name in ("api", "app", "push")]
    source = "".join(path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py"))
    metrics = set(re.findall(r"`(suixing_\w+)`", _TEXT))
    events = set(re.findall(r"`((?:audit|push)\.[a-z_-]+)`", _TEXT))
    assert len(metrics) > 3
    assert len(events) > 2
    written = {name.removesuffix("_total"): name for name in metrics}
    written |= {name.removeprefix("suixing_"): name for name in metrics} | {name: name for name in events}
    found = {name for word, name in written.items() if f'"{word}"' in source}
    assert sorted((metrics | events) - found) == []


def test_what_it_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", _TEXT)
    assert [link for link in links if not (PAGE.parent / link).exists() and link != "metrics.md"] == []
