"""The tests themselves: none is passed over in silence, none lies where pytest does not look."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import pytest

from tests.house.source import Function, list_modules, name_of, parse, walk_functions

_PASSING_OVER = {"skip", "skipif", "xfail", "importorskip", "skipTest"}

SKIPPED = {
    "tests/codes/test_fuzzing.py": "atheris has wheels for Linux on x86-64 alone",
    "tests/app/embedded/conftest.py": "as root, an ordinary user needs a Python that is not in a closed folder",
    "tests/app/embedded/test_parts.py": "Linux ties a child to its parent by itself; elsewhere a watchdog does",
    "tests/app/embedded/test_refusals.py": "what root may do and must drop is tried where the tests run as root",
    "tests/migrations/test_applying.py": "a second PostgreSQL, older than the embedded one, is there or is not",
}
"""Files in which a test may be passed over, each with its reason; pytest prints the one given to it."""


def find_skips(tree: ast.AST) -> list[tuple[int, bool]]:
    """(line, whether a reason is given) of whatever passes over a test."""
    nodes = list(ast.walk(tree))
    calls = [node for node in nodes if isinstance(node, ast.Call) and _own_name(node.func) in _PASSING_OVER]
    called = {call.func for call in calls}
    named = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr in _PASSING_OVER]
    bare = [node for node in named if node not in called and re.search(r"mark\.(skip|xfail)$", ast.unparse(node))]
    return sorted([(call.lineno, _has_reason(call)) for call in calls] + [(node.lineno, False) for node in bare])


def _own_name(node: ast.AST) -> str:
    """`c` of `a.b.c`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _has_reason(call: ast.Call) -> bool:
    words = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg in {"reason", "msg"})]
    return any(isinstance(word, ast.Constant | ast.JoinedStr) and len(ast.unparse(word)) > 10 for word in words)


def test_no_test_is_passed_over_in_silence() -> None:
    skips = {name_of(path): find_skips(parse(path)) for path in list_modules("tests")}
    with_skips = {name for name, found in skips.items() if found}
    assert sorted(with_skips - SKIPPED.keys()) == [], "let them run, or give their reason in SKIPPED"
    assert sorted(SKIPPED.keys() - with_skips) == [], "these run by now: take them off the list"
    assert [f"{name}:{line}" for name, found in skips.items() for line, reasoned in found if not reasoned] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("pytest.skip('there is no camera')", [(1, True)]),
        ("pytest.skip()", [(1, False)]),
        ("@pytest.mark.skip\ndef test(): ...", [(1, False)]),
        ("@pytest.mark.skipif(sys.platform == 'win32', reason='no unix sockets')\ndef test(): ...", [(1, True)]),
        ("@pytest.mark.xfail(strict=True)\ndef test(): ...", [(1, False)]),
        ("pytest.importorskip('numpy')", [(1, False)]),
        ("scan.skipped()", []),
    ],
)
def test_skips_are_seen(source: str, found: list[tuple[int, bool]]) -> None:
    assert find_skips(ast.parse(source)) == found


def test_every_test_is_where_pytest_looks() -> None:
    lost = [
        f"{name_of(path)}:{function.name}"
        for path in list_modules("tests")
        if not path.name.startswith("test_")
        for function in walk_functions(parse(path))
        if function.name.startswith("test_")
    ]
    assert lost == []


def test_every_test_file_has_tests() -> None:
    files = [path for path in list_modules("tests") if path.name.startswith("test_")]
    assert [name_of(path) for path in files if not _has_tests(parse(path))] == []


def _has_tests(tree: ast.Module) -> bool:
    return (
        any(function.name.startswith("test_") for function in walk_functions(tree))
        or any(isinstance(node, ast.ClassDef) and node.name.startswith("Test") for node in tree.body)
        or any(isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("Test") for node in tree.body)
    )


def test_every_test_asserts() -> None:
    """Itself, or through a helper of the tests that does."""
    functions = [(path, function) for path in list_modules("tests") for function in walk_functions(parse(path))]
    asserting = find_asserting([function for _, function in functions])
    faults = [
        f"{name_of(path)}:{function.name}"
        for path, function in functions
        if function.name.startswith("test_") and function.name not in asserting
    ]
    assert faults == []


def find_asserting(functions: Sequence[Function]) -> set[str]:
    """The names of those that fail where something does not hold, directly or by calling one that does."""
    calls = {function.name: {_last_word(node) for node in ast.walk(function)} for function in functions}
    found = {"raises", "warns", "fail", "AssertionError", "prepare", "expect", "wait_for"}  # the libraries' own
    found |= {function.name for function in functions if any(isinstance(n, ast.Assert) for n in ast.walk(function))}
    while more := {name for name, called in calls.items() if called & found} - found:
        found |= more
    return found


def _last_word(node: ast.AST) -> str:
    word = _own_name(node.func) if isinstance(node, ast.Call) else ""
    return "wait_for" if word.startswith("wait_for_") else word


@pytest.mark.parametrize(
    ("source", "asserting"),
    [
        ("def test_it():\n    assert 1", True),
        ("def test_it():\n    with pytest.raises(ValueError):\n        f()", True),
        ("def test_it():\n    look()\ndef look():\n    see()\ndef see():\n    raise AssertionError('no')", True),
        ("def test_it():\n    look()\ndef look():\n    return 1", False),
        ("def test_it():\n    print('well')", False),
    ],
)
def test_asserting_is_seen(source: str, asserting: bool) -> None:  # noqa: FBT001  a parameter of the table
    assert ("test_it" in find_asserting(list(walk_functions(ast.parse(source))))) is asserting
