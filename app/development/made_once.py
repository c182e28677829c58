"""What the first process that asks makes for all processes of a development server, once for a data folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

_Made = TypeVar("_Made", bound=msgspec.Struct)


def make_once(path: Path, kind: type[_Made], make: Callable[[], _Made]) -> _Made:
    """What lies in the file, made now where nothing does; of two who make it at once, one's is everybody's."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        made = make()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(msgspec.json.encode(made))
    try:
        os.link(draft, path)
    except FileExistsError:
        return make_once(path, kind, make)
    finally:
        draft.unlink()
    return made
