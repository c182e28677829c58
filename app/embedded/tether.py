"""Becomes a program tied to the life of the process that started it.

Run as a script by `spawning.py`: first privileges are dropped, then the tie is made, then the program takes this
process's place under the same pid. Only the standard library is here, so that starting it takes milliseconds.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any

NOT_PERMITTED = 77
"""The exit code when privileges could not be dropped as asked (EX_NOPERM of sysexits.h)."""

_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522
_PATIENCE = 20.0
"""Seconds that a program has to end in order, once its launcher is gone, before it is killed."""


def main(arguments: Sequence[str]) -> None:
    """Takes a JSON object of wishes and the command, and becomes that command."""
    wishes: dict[str, Any] = json.loads(arguments[0])
    command = list(arguments[1:])
    try:
        if wishes["uid"] is not None:
            _drop_privileges(wishes["uid"], wishes["gid"], wishes["capability"])
    except OSError as error:
        sys.stderr.write(f"cannot become user {wishes['uid']}: {error}\n")
        sys.exit(NOT_PERMITTED)
    if wishes["leash"] is None:
        die_with_parent(wishes["parent"], wishes["signal"])
    else:
        _leave_watchdog(wishes["leash"], wishes["signal"])
    try:
        os.execv(command[0], command)  # noqa: S606  a program is what this becomes, and no shell is wanted
    except OSError as error:
        sys.stderr.write(f"cannot start {command[0]}: {error.strerror}\n")
        sys.exit(NOT_PERMITTED if isinstance(error, PermissionError) else 1)


def die_with_parent(parent: int, number: int) -> None:
    """Asks Linux to send this process the signal when the thread that started it is gone."""
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it was gone before the tie was made
        sys.exit(1)


def _drop_privileges(uid: int, gid: int, capability: int | None) -> None:
    """Becomes an ordinary user, keeping at most the one capability that opens closed folders."""
    os.setgroups([])
    os.setgid(gid)
    if capability is None:
        os.setuid(uid)
        return
    # Without this bit the kernel would take the capability away at setuid, and leave it out of access(2), by which
    # initdb looks for its neighbour.
    _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
    os.setuid(uid)
    bit = 1 << capability
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    low, high = bit & 0xFFFFFFFF, bit >> 32
    sets = (ctypes.c_uint32 * 6)(low, low, low, high, high, high)  # effective, permitted, inheritable, twice
    _check(_libc().capset(header, sets))
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability)


def _leave_watchdog(leash: int, number: int) -> None:
    """Leaves a process behind that ends this one when the leash, a pipe held open by the launcher, closes."""
    program = os.getpid()
    middle = os.fork()
    if middle:
        os.waitpid(middle, 0)
        os.close(leash)
        return
    if os.fork():  # the program must not meet a child that it did not make
        os._exit(0)
    os.setsid()
    keep = os.dup2(leash, 3) if leash != 3 else leash  # noqa: PLR2004  the first after the standard three
    os.closerange(4, 1024)  # the lock above all
    for standard in range(3):
        os.dup2(os.open(os.devnull, os.O_RDWR), standard)
    _watch(keep, program, number)
    os._exit(0)


def _watch(leash: int, program: int, number: int) -> None:
    while _runs(program):
        closed, _, _ = select.select([leash], [], [], 0.5)
        if closed:
            _end(program, number)
            return


def _end(program: int, number: int) -> None:
    os.kill(program, number)
    deadline = time.monotonic() + _PATIENCE
    while _runs(program):
        if time.monotonic() > deadline:
            os.kill(program, signal.SIGKILL)
            return
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, *values: int) -> None:
    padded = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    _check(_libc().prctl(option, *padded))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main(sys.argv[1:])
