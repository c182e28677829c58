"""Small files and small functions, so that each can be read at once."""

from __future__ import annotations

import ast

import pytest

from tests.house.source import PACKAGES, ROOT, Function, list_files, list_modules, name_of, parse, walk_functions

_MOST_LINES = 400
_MOST_LINES_OF_A_FUNCTION = 40
_READ_BY_PEOPLE = {".py", ".js", ".css", ".html", ".sql", ".sh", ".toml", ".yaml", ".yml"}

LONG_FILES: dict[str, str] = {
    "migrations/schema.sql": "generated, one statement after another",
}
"""Files over 400 lines, each with its reason. This list may only get shorter."""

LONG_FUNCTIONS: dict[str, str] = {}
"""Functions over 40 lines, each with its reason. This list may only get shorter."""


def count_lines(function: Function) -> int:
    """From `def` to the end, without the docstring, which is for the caller."""
    first, end = function.body[0], function.end_lineno or function.lineno
    words = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(function) else 0
    return end - function.lineno + 1 - words


def test_files_are_short() -> None:
    # What was taken from others is as they publish it.
    written = [path for path in list_files() if path.suffix in _READ_BY_PEOPLE and "vendor" not in path.parts]
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in written}
    long = {name for name, length in lengths.items() if length > _MOST_LINES}
    assert sorted(long - LONG_FILES.keys()) == [], f"divide what has more than {_MOST_LINES} lines"
    assert sorted(LONG_FILES.keys() - long) == [], "these are short by now: take them off the list"


def test_functions_are_short() -> None:
    long = {
        f"{name_of(path)}:{function.name}": count_lines(function)
        for path in list_modules(*PACKAGES, "bench")
        for function in walk_functions(parse(path))
        if count_lines(function) > _MOST_LINES_OF_A_FUNCTION
    }
    assert sorted(long.keys() - LONG_FUNCTIONS.keys()) == [], (
        f"divide what has more than {_MOST_LINES_OF_A_FUNCTION} lines"
    )
    assert sorted(LONG_FUNCTIONS.keys() - long.keys()) == [], "these are short by now: take them off the list"


@pytest.mark.parametrize(
    ("source", "lines"), [("def f():\n    return 1\n", 2), ('def f():\n    """a\n    b"""\n    return 1\n', 2)]
)
def test_lines_are_counted(source: str, lines: int) -> None:
    assert [count_lines(function) for function in walk_functions(ast.parse(source))] == [lines]


def test_the_files_are_found() -> None:
    assert {"pyproject.toml", "app/settings.py", "tests/house/test_sizes.py"} <= {
        name_of(path) for path in list_files()
    }
    assert list_files()[0].is_relative_to(ROOT)
