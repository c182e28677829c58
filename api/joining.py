"""A page's modules in one file, each after what it imports: one request where each module would be one.

No line is moved, taken away or added within a module, so that a source map leads from each line to its own. An import
becomes a constant, which is the same as long as what is exported never changes and imports go in no circle; what is
written otherwise, or in another form than `_FROM` and `_EXPORTED` know, is refused where it is joined.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_FROM = re.compile(r'^(import|export)\s+(?:\{([^}]*)\}\s*from\s*|(\w+)\s+from\s+)?"(\.[^"]+)";', re.MULTILINE)
_EXPORTED = re.compile(r"^export ((?:async )?function\*?|class|const) (\w+)", re.MULTILINE)
_LISTED = re.compile(r"^export \{([^}]*)\};", re.MULTILINE)
# With a name of its own it would be a declaration, which the rest of its module may call.
_DEFAULT = re.compile(r"^export default(?! +(?:async +)?(?:function|class)\b)", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*|import[.(].*", re.MULTILINE)
# As a module is written here, what stands at the beginning of a line is within no function.
_WAITING = re.compile(r"^(?=\S)(?!//|/?\*|.*\basync\b).*\bawait\b.*", re.MULTILINE)
_VARIABLE = re.compile(r"^(?:let|var) +(\w+)", re.MULTILINE)
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Joined(NamedTuple):
    """The file, and the source map that names the modules by where they are served one by one."""

    text: str
    source_map: str


class _Module(NamedTuple):
    """A module as the body of a function; what that function answers, exported name → expression; what it imports."""

    text: str
    exports: Mapping[str, str]
    imports: Sequence[str]


class Joiner:
    """Joins modules, given by their paths; `folder` is where each is served by itself."""

    def __init__(self, sources: Mapping[str, str], folder: str) -> None:
        self._sources = sources
        self._folder = folder
        self._modules: dict[str, _Module] = {}
        self._under_way: list[str] = []

    def join(self, entry: str, file: str) -> Joined:
        """`entry` with all that it imports.

        What is joined exports `modules`, each module's exports by its path: imported by its own address, a module that
        is in here would run a second time.
        """
        self._find(entry)
        order: dict[str, None] = {}
        self._put_after_imports(entry, order)
        parts = [_wrap(path, self._modules[path]) for path in order]
        every = ", ".join(f'"{path}": {_name(path)}' for path in order)
        text = f"{''.join(parts)}export const modules = {{ {every} }};\n//# sourceMappingURL={file}.map\n"
        told = {
            "version": 3,
            "file": file,
            "sources": [f"{self._folder}/{path}" for path in order],
            "names": [],
            "mappings": _map_lines([part.count("\n") - 2 for part in parts]),
        }
        return Joined(text, json.dumps(told))

    def _put_after_imports(self, path: str, order: dict[str, None]) -> None:
        for target in self._modules[path].imports:
            if target not in order:
                self._put_after_imports(target, order)
        order[path] = None

    def _find(self, path: str) -> _Module:
        if path in self._under_way:
            raise ValueError(f"imports go in a circle: {' → '.join([*self._under_way, path])}")
        if path not in self._modules:
            if any(_name(path) == _name(other) for other in (*self._modules, *self._under_way)):
                raise ValueError(f"{path} would be called as another module is: {_name(path)}")
            self._under_way.append(path)
            self._modules[path] = self._rewrite(path)
            self._under_way.pop()
        return self._modules[path]

    def _rewrite(self, path: str) -> _Module:
        exports: dict[str, str] = {}
        imports: dict[str, None] = {}

        def take(found: re.Match[str]) -> str:
            kind, named, default, target = found.groups()
            source = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            imports[source] = None
            names = {"default": default} if default else _read_names(named or "")
            missing = names.keys() - self._find(source).exports.keys()
            if missing:
                raise ValueError(f"{path} takes what {source} does not give: {', '.join(sorted(missing))}")
            blank = "\n" * found[0].count("\n")
            if kind == "export":
                exports.update({ours: f"{_name(source)}.{theirs}" for theirs, ours in names.items()})
                return blank
            taken = ", ".join(f"{theirs}: {ours}" for theirs, ours in names.items())
            return f"const {{ {taken} }} = {_name(source)};{blank}" if names else blank

        def declare(found: re.Match[str]) -> str:
            exports[found[2]] = found[2]
            return f"       {found[1]} {found[2]}"  # where it stood: columns are the source's, too

        def list_all(found: re.Match[str]) -> str:
            exports.update({ours: theirs for theirs, ours in _read_names(found[1]).items()})
            return "\n" * found[0].count("\n")

        def keep_default(_: re.Match[str]) -> str:
            exports["default"] = "$default"
            return "const $default ="

        text = _FROM.sub(take, self._sources[path])
        text = _DEFAULT.sub(keep_default, _LISTED.sub(list_all, _EXPORTED.sub(declare, text)))
        if left := _LEFT.search(text) or _WAITING.search(text):
            raise ValueError(f"{path} has what cannot be joined: {left[0].strip()}")
        if changing := set(_VARIABLE.findall(text)) & set(exports.values()):
            raise ValueError(f"{path} exports what may change: {', '.join(sorted(changing))}")
        return _Module(text, exports, list(imports))


def _wrap(path: str, module: _Module) -> str:
    """The lines of the module, between one before and one after."""
    exported = ", ".join(f"{name}: {value}" for name, value in module.exports.items())
    text = module.text.removesuffix("\n")
    return f"const {_name(path)} = (() => {{ // {path}\n{text}\nreturn {{ {exported} }}; }})();\n"


def _read_names(listed: str) -> dict[str, str]:
    """`a, b as c`: what each is called there and here."""
    pairs = (one.split(" as ") for one in " ".join(listed.split()).split(",") if one.strip())
    return {pair[0].strip(): pair[-1].strip() for pair in pairs}


def _name(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))


def _map_lines(lengths: list[int]) -> str:
    """The `mappings` of ECMA-426, for modules of so many lines: each line leads to its own, told as the difference
    from the line before.
    """
    told, before = "", 0
    for number, lines in enumerate(lengths):
        first = f"A{_encode(int(number > 0))}{_encode(-before)}A"
        told += f";{first}{';AACA' * (lines - 1)};;"
        before = lines - 1
    return told


def _encode(number: int) -> str:
    """Base64 VLQ: the sign in the lowest bit, five bits a digit, the lowest first."""
    rest = -number << 1 | 1 if number < 0 else number << 1
    digits = ""
    while True:
        rest, digit = rest >> 5, rest & 31
        digits += _BASE64[digit | 32 if rest else digit]
        if not rest:
            return digits
