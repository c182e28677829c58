"""Who may know what, where import-linter's contracts cannot say it."""

from __future__ import annotations

import ast
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.house.source import PACKAGES, ROOT, list_modules, name_of, parse, walk_imports

_KNOWS = {
    "asyncpg": ("app/database.py", "app/migrating.py", "app/*/store.py", "app/*/*_store.py", "push/store.py"),
    "redis": ("app/ephemeral.py",),
    "litestar": ("api/*.py",),
    "granian": ("app/launching/*.py",),
    "cryptography.hazmat.primitives.asymmetric": ("codes/*.py",),
    "app.sealing.AESGCM": (),
}
"""What only these files may import."""

_CLOCK = re.compile(r"(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns)|monotonic)$")
_DOMAINS = {
    "audit",
    "campaigns",
    "credentials",
    "devices",
    "enterprises",
    "identity",
    "inbox",
    "licences",
    "measuring",
    "people",
    "recognition",
    "repeating",
    "rights",
    "roaming",
    "staff",
    "venues",
    "wallet",
}


def find_strangers(tree: ast.AST, name: str) -> list[str]:
    """The imports that a file of this name may not have."""
    found = {
        f"{name}:{line} {known}"
        for line, module in walk_imports(tree)
        for known, files in _KNOWS.items()
        if module == known or module.startswith(f"{known}.")
        if not any(fnmatch(name, pattern) for pattern in files)
    }
    return sorted(found)


def test_each_library_is_known_to_its_own_files_alone() -> None:
    assert [fault for path in list_modules(*PACKAGES) for fault in find_strangers(parse(path), name_of(path))] == []


@pytest.mark.parametrize(
    ("source", "name", "fault"),
    [
        ("import asyncpg", "app/people/sessions.py", "app/people/sessions.py:1 asyncpg"),
        ("from asyncpg.pool import Pool", "api/health.py", "api/health.py:1 asyncpg"),
        ("import redis.asyncio", "app/limits.py", "app/limits.py:1 redis"),
        (
            "from cryptography.hazmat.primitives.asymmetric import ed25519",
            "app/venues/scanning.py",
            "app/venues/scanning.py:1 cryptography.hazmat.primitives.asymmetric",
        ),
    ],
)
def test_a_stranger_is_seen(source: str, name: str, fault: str) -> None:
    assert find_strangers(ast.parse(source), name) == [fault]


def test_domains_are_given_the_time() -> None:
    paths = [path for path in list_modules("app") if path.parent.name in _DOMAINS]
    assert [fault for path in paths for fault in find_clocks(parse(path), name_of(path))] == []


def find_clocks(tree: ast.AST, name: str) -> list[str]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [f"{name}:{call.lineno}" for call in calls if _CLOCK.search(ast.unparse(call.func))]


@pytest.mark.parametrize("source", ["datetime.now(UTC)", "dt.datetime.utcnow()", "time.time()", "monotonic()"])
def test_a_clock_is_seen(source: str) -> None:
    assert find_clocks(ast.parse(source), "here") == ["here:1"]


def _contracts() -> list[dict[str, object]]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        found: list[dict[str, object]] = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return found


def test_every_package_has_its_layer() -> None:
    """The contract within app is exhaustive; the packages beside it must stand in the first contract."""
    packages = {path.relative_to(ROOT).parts[0] for path in list_modules_outside_tests()}
    top, within_app = (contract for contract in _contracts() if contract["type"] == "layers")
    assert packages == _words(top["layers"])
    assert within_app["exhaustive"] is True
    assert within_app["containers"] == ["app"]
    assert _words(within_app["layers"]) >= _DOMAINS


def list_modules_outside_tests() -> list[Path]:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    return list_modules(*folders)


def _words(layers: object) -> set[str]:
    assert isinstance(layers, list)
    return {word for layer in layers for word in re.findall(r"\w+", layer)}
