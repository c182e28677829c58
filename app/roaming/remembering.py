"""What is remembered between two reports, in Valkey: a few bytes an installation, which may be lost at any time.

A state is there only while PostgreSQL has said that consent stands: whoever finds one need not ask. It is replaced only
where it is as it was read, so that a withdrawal that came between wins, and of two reports at once none is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from app.ephemeral import FAULTS, Valkey
from app.roaming.model import State, Trace, decode_state, decode_trace, encode
from app.shared_line import Script, SharedLine

_FOREGROUND, _BACKGROUND = b"\x00", b"\x01"

# The trace, which alone holds a coordinate, is written where the state may be, and not without it.
_REPLACE = Script("""
local found = redis.call('GET', KEYS[1]) or ''
if found ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
if ARGV[4] ~= '' then redis.call('SET', KEYS[2], ARGV[4], 'EX', ARGV[5]) end
return 1
""")


class Remembered(msgspec.Struct, frozen=True):
    """What is known of an installation; `written` is the state as it stands in Valkey under the first of `keys`, or
    nothing.
    """

    keys: tuple[str, str] = ("", "")
    state: State | None = None
    trace: Trace | None = None
    in_background: bool = False
    """Whether its resident lets positions be taken while the app is closed."""
    written: bytes = b""


class MemoryAwayError(Exception):
    """Valkey does not answer: nothing is remembered meanwhile."""


class Memory:
    """The states of all installations."""

    def __init__(self, valkey: Valkey, *, state_kept: int, trace_kept: int) -> None:
        self._line = SharedLine(valkey)
        self._state_kept = state_kept
        self._trace_kept = trace_kept

    async def recall(self, resident_id: UUID, installation_id: UUID) -> Remembered:
        """A state of another version counts as none; raises MemoryAwayError."""
        keys = _keys(resident_id, installation_id)
        try:
            written, trace = await self._line.ask("MGET", *keys)
        except FAULTS as fault:
            raise MemoryAwayError from fault
        if not written:
            return Remembered(keys)
        return Remembered(keys, decode_state(written[1:]), decode_trace(trace), written[:1] == _BACKGROUND, written)

    async def replace(self, before: Remembered, state: State, trace: Trace | None) -> bool:
        """Writes what was decided on `before`; False where that stands there no more. Raises MemoryAwayError."""
        flag = _BACKGROUND if before.in_background else _FOREGROUND
        place = encode(trace) if trace is not None else b""
        arguments: list[Any] = [before.written, flag + encode(state), self._state_kept, place, self._trace_kept]
        try:
            return bool(await self._line.run(_REPLACE, before.keys, arguments))
        except FAULTS as fault:
            raise MemoryAwayError from fault

    async def close(self) -> None:
        await self._line.close()

    async def forget(self, resident_id: UUID, installation_ids: Iterable[UUID]) -> bool:
        """Whether nothing is left of these; False where Valkey did not say so."""
        keys = [key for one in installation_ids for key in _keys(resident_id, one)]
        try:
            if keys:
                await self._line.ask("DEL", *keys)
        except FAULTS:
            return False
        return True


def _keys(resident_id: UUID, installation_id: UUID) -> tuple[str, str]:
    """State and trace of one installation; all of a resident's lie together in a cluster."""
    state = f"roaming:{{{resident_id}}}:{installation_id}"
    return state, f"{state}:trace"
