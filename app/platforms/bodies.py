"""The first level of what a platform pushes, JSON or XML: names and texts, the rest left where it is."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

import msgspec

_LEVEL = 2
"""The root is the first level, its fields the second."""
_DEEPEST = 32


class BodyError(Exception):
    """It is neither a JSON object nor an XML document without a document type."""


def read_fields(body: bytes) -> dict[str, str]:
    """Texts and numbers by their names."""
    return _read_xml(body) if body.lstrip()[:1] == b"<" else _read_json(body)


def _read_json(body: bytes) -> dict[str, str]:
    try:
        read = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BodyError from None
    return {name: str(value) for name, value in read.items() if isinstance(value, str | int)}


class _FieldReader:
    """Collects the texts right below the root."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._path: list[str] = []
        self._text: list[str] = []

    def start(self, name: str, _attributes: object) -> None:
        self._path.append(name)
        self._text = []
        if len(self._path) > _DEEPEST:
            raise BodyError

    def text(self, text: str) -> None:
        if len(self._path) == _LEVEL:
            self._text.append(text)

    def end(self, name: str) -> None:
        if len(self._path) == _LEVEL and name not in self.fields:
            self.fields[name] = "".join(self._text).strip()
        self._path.pop()


def _read_xml(body: bytes) -> dict[str, str]:
    """Read by expat without a document type, and so without entities of anybody's making, inside or out."""

    def refuse(*_: object) -> None:
        raise BodyError

    reader, parser = _FieldReader(), expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        raise BodyError from None
    return reader.fields
