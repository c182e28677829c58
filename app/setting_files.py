"""Settings that lie in files of their own.

Secrets: `NAME_FILE` names a file that holds what `NAME` would, as container engines hand secrets over. And lists of
whom this deployment speaks to, with the secrets that it shares with each.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from app.errors import SettingsError

SUFFIX = "_FILE"
_LONGEST = 4096
_OTHERS = 0o077


def read_setting_files(environment: Mapping[str, str], secret: Collection[str]) -> dict[str, str]:
    """The environment with each secret's file replaced by its content; `secret` are the variables that may have one."""
    found = dict(environment)
    for name in secret:
        path = found.pop(f"{name}{SUFFIX}", "")
        if not path:
            continue
        if found.get(name):
            raise SettingsError(f"{name} and {name}{SUFFIX} are both set: set one of them.")
        found[name] = _read(name, Path(path))
    return found


def _read(name: str, path: Path) -> str:
    """One line; what it says is shown in no message."""
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}{SUFFIX} names {path}, which cannot be read: {type(error).__name__}.") from None
    if not text or len(text) > _LONGEST or len(text.splitlines()) > 1:
        raise SettingsError(f"{name}{SUFFIX} names {path}, which must hold one line.")
    return text


def read_private(path: Path, *, is_production: bool) -> bytes:
    """What lies in a file that has secrets in it; raises SettingsError where, in production, others can read it too."""
    try:
        with path.open("rb") as file:
            if is_production and os.fstat(file.fileno()).st_mode & _OTHERS:
                raise SettingsError(f"{path} can be read by others: `chmod 600` it, and replace the secrets in it.")
            return file.read()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None


def read_list(path: Path, *, of: str, page: str, is_production: bool) -> list[Any]:
    """The entries of such a file, as they stand there; `page` shows how one is written. Raises SettingsError."""
    try:
        return msgspec.json.decode(read_private(path, is_production=is_production), type=list[Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SettingsError(f"{path} is no JSON list of {of}; {page} shows one.") from None


def require_distinct(path: Path, names: Sequence[str]) -> None:
    """Raises SettingsError for one that is listed twice."""
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError(f"{path}: {twice[0]} is listed twice.")
