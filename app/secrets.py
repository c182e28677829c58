"""The deployment's symmetric secrets: one file in the keys folder, beside the signing keys that `codes` alone opens."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

from app.errors import SettingsError

_FILE = "secrets.json"


class Secret(msgspec.Struct, frozen=True):
    """One 32-byte key, numbered so that what was made under it can say so."""

    number: int
    key: bytes


class Secrets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Each kind newest first: the first makes, all read."""

    development: bool
    master: tuple[Secret, ...]
    """Wrap the residents' own keys."""
    index: tuple[Secret, ...]
    """Blind indexes of phones and ID numbers, and the buckets of limits."""
    token: tuple[Secret, ...]
    """Sign access and refresh tokens."""

    def __post_init__(self) -> None:
        for kind in (self.master, self.index, self.token):
            if not kind or any(len(s.key) != 32 for s in kind):  # noqa: PLR2004  AES-256 and HMAC-SHA-256 keys
                raise ValueError("each kind of secret needs at least one key of 32 bytes")


def create_secrets(folder: Path, *, development: bool) -> Secrets:
    """Makes the file, mode 0600; what is there already is kept and read."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Secrets(development=development, master=_first(), index=_first(), token=_first())
    draft = folder / f".{_FILE}.{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(made)))
    try:
        os.link(draft, folder / _FILE)
    except FileExistsError:
        return read_secrets(folder)
    finally:
        draft.unlink()
    return made


def _first() -> tuple[Secret, ...]:
    return (Secret(number=1, key=secrets.token_bytes(32)),)


def read_secrets(folder: Path) -> Secrets:
    """Raises SettingsError where the file is missing, damaged, or open to others."""
    path = folder / _FILE
    try:
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path} can be read by others: `chmod 600` it, and consider its keys known.")
        return msgspec.json.decode(path.read_bytes(), type=Secrets)
    except FileNotFoundError:
        raise SettingsError(f"There are no secrets in {folder}: make them with `suixing keys create`.") from None
    except PermissionError:
        raise SettingsError(f"{path} cannot be read by this user.") from None
    except (msgspec.MsgspecError, ValueError):
        raise SettingsError(f"{path} is damaged: restore it from your backup.") from None
