"""Files that hold keys: written whole or not at all, for their owner alone, and refused where others can read them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from codes.errors import KeyRingError

_OTHERS = 0o077


def read_private(path: Path) -> bytes:
    """The content of a file that nobody but its owner may read."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & _OTHERS:
                raise KeyRingError(
                    "key-ring-exposed", f"{path} can be read by others: `chmod 600` it, and replace the key."
                )
            return file.read()
    except FileNotFoundError:
        raise KeyRingError("key-ring-damaged", f"{path} is missing: restore it from your backup.") from None
    except OSError as error:
        raise KeyRingError("key-ring-damaged", f"{path} cannot be read: {error.strerror}.") from None


def write_private(path: Path, content: bytes) -> None:
    """Renamed into place once it is on the disk, so that a crash leaves the old file or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def move_private(path: Path, to: Path) -> None:
    """Puts a file elsewhere in its folder of keys; it is in one of the two places, whatever happens."""
    to.parent.mkdir(mode=0o700, exist_ok=True)
    path.replace(to)
    _sync_folder(to.parent)
    _sync_folder(path.parent)


def look_at(folder: Path, *patterns: str) -> tuple[tuple[str, int, int, int], ...]:
    """Which files there are, and what tells their contents apart without reading them."""
    seen: list[tuple[str, int, int, int]] = []
    for pattern in patterns:
        for path in folder.glob(pattern):
            with suppress(FileNotFoundError):  # moved meanwhile, which shows at the next look
                found = path.stat()
                seen.append((str(path.relative_to(folder)), found.st_mtime_ns, found.st_ino, found.st_size))
    return tuple(sorted(seen))


@contextmanager
def shared_folder(folder: Path) -> Generator[None]:
    """Keeps others from writing keys into a folder while it is read; one that is missing is nobody's."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def locked_folder(folder: Path) -> Generator[None]:
    """Makes the folder where it is missing, and keeps other processes from writing keys into it meanwhile."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
