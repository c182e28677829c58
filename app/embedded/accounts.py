"""As root, which ordinary user the servers run as, and whether that user can reach their files."""

from __future__ import annotations

import os
import pwd
import re
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import PrivilegesError

CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAP_SETPCAP = 8

_READ, _EXECUTE = 0o4, 0o1


@dataclass(frozen=True)
class Account:
    """The user a server runs as, and the one capability it keeps where folders above are closed to that user."""

    uid: int
    gid: int
    name: str
    capability: int | None = None


def choose_account(data: Path, programs: Iterable[Path]) -> Account | None:
    """The account for the servers of `data`; None when this is not root and nothing has to be dropped."""
    if os.geteuid() != 0:
        return None
    owner = _owner(data / "postgres") or _by_name("postgres") or _by_name("nobody")
    if owner is None:
        raise PrivilegesError(
            "PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody` to run it as. "
            "Start suixing as an ordinary user, or create the user `postgres`."
        )
    return _with_capability(owner, data, list(programs))


def find_closed(account: Account, path: Path) -> Path | None:
    """The topmost folder above `path` that the account may not enter."""
    for folder in [*reversed(path.parents), path]:
        if folder.is_dir() and not _may(account, folder.stat(), _EXECUTE):
            return folder
    return None


def _with_capability(account: Account, data: Path, programs: list[Path]) -> Account:
    closed = next(filter(None, (find_closed(account, path) for path in (data, *programs))), None)
    sealed = next((path for path in programs if not _may(account, path.stat(), _READ | _EXECUTE)), None)
    if closed is None and sealed is None:
        return account
    # Reading and entering is enough, unless a strict umask has left the programs without a bit for others to
    # execute by. Docker gives its root the wider capability alone.
    choices = (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if sealed is None else (CAP_DAC_OVERRIDE,)
    held = _held_capabilities()
    can_pass_on = held >> CAP_SETPCAP & 1
    capability = next((choice for choice in choices if can_pass_on and held >> choice & 1), None)
    if capability is None:
        raise PrivilegesError(
            f"Running as root, the servers run as user `{account.name}`, who may not enter {closed or sealed}. "
            f"Open it with `chmod o+x {closed or sealed}`, start suixing as an ordinary user, "
            "or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Account(account.uid, account.gid, account.name, capability)


def _may(account: Account, status: os.stat_result, wanted: int) -> bool:
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid == account.uid:
        mode >>= 6
    elif status.st_gid == account.gid:
        mode >>= 3
    return mode & wanted == wanted


def _held_capabilities() -> int:
    """What this process may pass on: permitted and not bounded away. Linux alone has them."""
    if sys.platform != "linux":
        return 0
    status = Path("/proc/self/status").read_text(encoding="ascii")
    sets = dict(re.findall(r"^(Cap\w+):\s+([0-9a-f]+)$", status, re.MULTILINE))
    return int(sets["CapPrm"], 16) & int(sets["CapBnd"], 16)


def _owner(folder: Path) -> Account | None:
    """The user whose database it already is, so that root and that user can take turns."""
    try:
        status = folder.stat()
    except FileNotFoundError:
        return None
    return Account(status.st_uid, status.st_gid, str(status.st_uid)) if status.st_uid else None


def _by_name(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid, name) if entry.pw_uid else None
