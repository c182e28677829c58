"""The deployment's symmetric secrets: one file in the keys folder, beside the signing keys that `codes` alone opens."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from app.errors import SettingsError

_FILE = "secrets.json"

Kind: TypeAlias = Literal["master", "index", "token"]


class Secret(msgspec.Struct, frozen=True):
    """One 32-byte key, numbered so that what was made under it can say so."""

    number: int
    key: bytes
    makes_from: datetime | None = None
    """Until then it only reads, so that every server and worker knows it before anything is made under it."""
    retired: bool = False
    """Of an index key: nothing is looked for under it any more; it stays, since the next is made of what it makes."""


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


def choose_maker(kind: Sequence[Secret], now: datetime) -> Secret:
    """The newest that makes by now."""
    return next((one for one in kind if one.makes_from is None or one.makes_from <= now), kind[-1])


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


def rotate_secret(folder: Path, kind: Kind, makes_from: datetime) -> Secret:
    """Adds the next secret of a kind, which reads at once and makes from then on."""
    with _writing(folder) as held:
        before: tuple[Secret, ...] = getattr(held, kind)
        number = max(one.number for one in before) + 1
        added = Secret(number=number, key=secrets.token_bytes(32), makes_from=makes_from)
        _replace(folder, msgspec.structs.replace(held, **{kind: (added, *before)}))
    return added


def retire_secret(folder: Path, kind: Kind, number: int) -> None:
    """Takes a secret away, or of an index key its use: the caller has made sure that nothing needs it."""
    with _writing(folder) as held:
        kept = [one for one in getattr(held, kind) if one.number != number or kind == "index"]
        left = tuple(msgspec.structs.replace(one, retired=one.retired or one.number == number) for one in kept)
        if not any(not one.retired for one in left):
            raise SettingsError(f"There is no other {kind} secret: `suixing keys rotate --use {kind}` first.")
        _replace(folder, msgspec.structs.replace(held, **{kind: left}))


@contextmanager
def _writing(folder: Path) -> Generator[Secrets]:
    """Lets one command at a time change the file."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield read_secrets(folder)
    finally:
        os.close(descriptor)


def _replace(folder: Path, made: Secrets) -> None:
    """Renamed into place once it is on the disk: a crash leaves the old file or the new one."""
    draft = folder / f".{_FILE}.{os.getpid()}"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(made)))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / _FILE)


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
