"""What the program says in English of what it refuses, read out of its sources."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

from tests.house.source import ROOT, list_modules, name_of, parse

ANYTHING = "12"
"""In each place that varies."""
_IMPORTING = ROOT / "app" / "people" / "import_lines.py"
"""Its reader runs a command, which speaks English."""
_BREAKING = ROOT / "app" / "licences" / "type_rules.py"
_TELLING = {"find_breaks", "_list_differences", "_list_refusals"}
"""Its functions that say what a change breaks."""
_BASES = {"RefusedError", "CodeError"}
_ELSEWHERE = {"CopyRefusedError", "KeyRingError", "StatusListError", "TrustListError"}
"""What no caller of the API is told in these words: commands say them, or nobody."""
_SENTENCES = {"detail", "message"}
"""What a refusal's sentence is called where it is made."""
_CARRIED = {"error.detail", "message", "str(error)", "self.detail"}
"""Said elsewhere and carried on, or the decoder's own."""


@functools.cache
def list_sentences() -> set[str]:
    """Every sentence that a refusal may bear, and those of what a change to a kind of licence breaks."""
    places = _list_places()
    modules = [path for path in list_modules("api", "app", "codes") if path != _IMPORTING]
    return {one for path in modules for one in _Module(path).say(places)} | set(_Module(_BREAKING).say_broken())


def _list_places() -> dict[str, int]:
    """Each class of refusals, and which of its arguments is the sentence."""
    classes = [one for path in list_modules("api", "app", "codes") for one in ast.walk(parse(path)) if _is_class(one)]
    places = {one.name: _find_place(one, 0) for one in classes if one.name in _BASES}
    while found := [one for one in classes if one.name not in places and _base_of(one) in places]:
        places |= {one.name: _find_place(one, places[_base_of(one)]) for one in found}
    return {name: place for name, place in places.items() if name not in _ELSEWHERE}


def _is_class(node: ast.AST) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef)


def _base_of(one: ast.ClassDef) -> str:
    return ast.unparse(one.bases[0]) if one.bases else ""


def _find_place(one: ast.ClassDef, inherited: int) -> int:
    for made in one.body:
        if isinstance(made, ast.FunctionDef) and made.name == "__init__":
            names = [parameter.arg for parameter in made.args.args[1:]]
            return next((at for at, name in enumerate(names) if name in _SENTENCES), len(names))
    return inherited


class _Module:
    """One source file."""

    def __init__(self, path: Path) -> None:
        self._tree = parse(path)
        self._calls = [node for node in ast.walk(self._tree) if isinstance(node, ast.Call)]
        self._name = name_of(path)

    def say(self, places: dict[str, int]) -> Iterator[str]:
        for call in self._calls:
            at = places.get(ast.unparse(call.func))
            if at is not None:
                for one in (*call.args[at : at + 1], *(one.value for one in call.keywords if one.arg in _SENTENCES)):
                    yield from self._resolve(one)

    def say_broken(self) -> Iterator[str]:
        """Whatever has a space in it there, but for docstrings and what stands between words."""
        for function in ast.walk(self._tree):
            if isinstance(function, ast.FunctionDef) and function.name in _TELLING:
                words = [one for statement in function.body[1:] for one in ast.walk(statement)]
                parts = {id(part) for one in words if isinstance(one, ast.JoinedStr) for part in one.values}
                whole = [one for one in words if isinstance(one, ast.JoinedStr | ast.Constant) and id(one) not in parts]
                yield from (said for one in whole for said in self._resolve(one) if " " in said.strip(" ,"))

    def _resolve(self, said: ast.expr) -> Iterator[str]:
        """The sentences that an expression may be, each with something in the places that vary."""
        match said:
            case ast.Constant(value=value):
                yield from [value] if value and isinstance(value, str) else []
            case ast.JoinedStr(values=parts):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else ANYTHING for part in parts)
            case _ if ast.unparse(said) not in _CARRIED:
                for one in self._list_within(said):
                    yield from self._resolve(one)

    def _list_within(self, said: ast.expr) -> list[ast.expr]:
        """What an expression chooses among: its branches, a table's entries, whatever a name may stand for."""
        match said:
            case ast.BoolOp(values=found) | ast.Dict(values=found) | ast.Tuple(elts=found):
                return found
            case ast.Call(func=ast.Attribute(value=ast.Name() as table, attr="get"), args=args):
                return [table, *args[1:]]
            case ast.Subscript(value=ast.Name() as table):
                return [table]
            case ast.Name() | ast.Attribute():
                name = ast.unparse(said)
                found = [*self._list_assigned(name), *self._list_given(name)]
                assert found, f"{self._name}: where does {name} come from?"
                return found
            case _:
                raise AssertionError(f"{self._name}: what is said here? {ast.unparse(said)}")

    def _list_assigned(self, name: str) -> Iterator[ast.expr]:
        for node in ast.walk(self._tree):
            match node:
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                    yield from (value for one, value in zip(names, values, strict=True) if ast.unparse(one) == name)
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Subscript() as table):
                    yield from [table] if name in map(ast.unparse, names) else []
                case ast.Assign(targets=[target], value=value) if ast.unparse(target) == name:
                    yield value

    def _list_given(self, name: str) -> Iterator[ast.expr]:
        for function in ast.walk(self._tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            names = [one.arg for one in function.args.args if one.arg != "self"]
            if name in names:
                at = names.index(name)
                yield from (call.args[at] for call in self._calls if _is_call(call, function.name, at))


def _is_call(call: ast.Call, name: str, at: int) -> bool:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    return called == name and len(call.args) > at
