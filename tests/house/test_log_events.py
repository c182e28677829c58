"""Log lines have static names of one form, `subject.what-happened`, so that an operator can search and count them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.source import PACKAGES, list_modules, name_of, parse

_EVENT = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")
_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
_LOGGERS = {"log", "_log", "logger"}


def find_odd_events(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, what it says) of each line of the log whose name is not static, or of another form."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        function = call.func
        if not (isinstance(function, ast.Attribute) and function.attr in _LEVELS):
            continue
        if not (isinstance(function.value, ast.Name) and function.value.id in _LOGGERS):
            continue
        said = call.args[0] if call.args else None
        name = said.value if isinstance(said, ast.Constant) else None
        if not (isinstance(name, str) and _EVENT.fullmatch(name)):
            yield call.lineno, ast.unparse(call)


def test_every_event_has_a_name_of_one_form() -> None:
    found = [
        f"{name_of(path)}:{line} {said}"
        for path in list_modules(*PACKAGES)
        for line, said in find_odd_events(parse(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "odd"),
    [
        ('log.info("worker.started")', False),
        ('_log.error("push.channel-paused", channel=name)', False),
        ('log.warning("process ended")', True),
        ('log.warning("push.record_failed")', True),
        ('log.info(f"scan {code}")', True),
        ("log.info(name)", True),
        ("math.log(2)", False),
    ],
)
def test_odd_events_are_seen(source: str, odd: bool) -> None:  # noqa: FBT001  a parameter of the table
    assert bool(list(find_odd_events(ast.parse(source)))) is odd
