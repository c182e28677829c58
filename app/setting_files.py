"""Secrets as files: `NAME_FILE` names a file that holds what `NAME` would, as container engines hand secrets over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from app.errors import SettingsError

SUFFIX = "_FILE"
_LONGEST = 4096


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
