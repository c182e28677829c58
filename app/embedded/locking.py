"""One launcher a data folder: a lock that lives as long as the last process that was handed it."""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from app.embedded.errors import AlreadyRunningError, FolderError, explain

_ORPHANS_LEAVE_WITHIN = 15.0
_PAUSE = 0.02


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who holds a data folder, as written in its lock file for whoever comes second."""

    pid: int
    address: str | None = None
    database_url: str | None = None
    redis_url: str | None = None


class FolderLock:
    """The claim on a data folder; hand `descriptor` to each server so that an orphan keeps the claim."""

    def __init__(self, data: Path, descriptor: int, holder: Holder) -> None:
        self.data = data
        self.descriptor = descriptor
        self.holder = holder

    def announce(self, *, database_url: str | None = None, redis_url: str | None = None) -> None:
        """Writes where the servers are, for the other commands run beside this one."""
        self.holder = replace(self.holder, database_url=database_url, redis_url=redis_url)
        _write(self.descriptor, self.holder)

    def release(self) -> None:
        # The file stays: removing it would let two launchers lock two files of the same name.
        if self.descriptor >= 0:
            os.ftruncate(self.descriptor, 0)
            os.close(self.descriptor)
            self.descriptor = -1


def claim_folder(data: Path, address: str | None = None) -> FolderLock:
    """Makes the data folder and claims it, or raises AlreadyRunningError naming who holds it."""
    try:
        if not data.is_dir():
            data.mkdir(parents=True)
            # Root's servers are ordinary users: they pass through to their own folders and list nothing.
            data.chmod(0o700 if os.geteuid() else 0o711)
        descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise explain(data, error) from error
    holder = Holder(pid=os.getpid(), address=address)
    try:
        _wait_for_lock(descriptor, data)
        _write(descriptor, holder)
    except OSError as error:
        os.close(descriptor)
        raise explain(data, error) from error
    except BaseException:
        os.close(descriptor)
        raise
    return FolderLock(data, descriptor, holder)


def get_holder(data: Path) -> Holder | None:
    """Who holds the folder now, without claiming it."""
    try:
        descriptor = os.open(data / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise explain(data, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _read(descriptor)
        return holder if holder and _is_alive(holder.pid) else None
    finally:
        os.close(descriptor)
    return None


def _wait_for_lock(descriptor: int, data: Path) -> None:
    """Takes the lock; what a killed launcher left behind is given time to end."""
    deadline = time.monotonic() + _ORPHANS_LEAVE_WITHIN
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _read(descriptor)
            if holder and _is_alive(holder.pid):
                raise AlreadyRunningError(data, holder.pid, holder.address) from None
            if time.monotonic() > deadline:
                raise FolderError(
                    f"Servers of an earlier start still hold the data folder {data}, though their launcher is gone. "
                    f"`fuser {data / 'lock'}` names them; end them, or give SUIXING_DATA another folder."
                ) from None
            time.sleep(_PAUSE)
        else:
            return


def _write(descriptor: int, holder: Holder) -> None:
    text = json.dumps(asdict(holder)).encode()
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text, 0)


def _read(descriptor: int) -> Holder | None:
    """None while the other launcher is still writing."""
    try:
        return Holder(**json.loads(os.pread(descriptor, 8192, 0)))
    except (ValueError, TypeError):
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
