"""What a crossing is decided from, and what is remembered between two decisions."""

from __future__ import annotations

from enum import Enum

import msgspec

VERSION = 1
"""Of what is remembered: what another version has written is forgotten, and made again from the last crossing."""


class Reason(Enum):
    """Why a decision was taken: static words, for metrics and for whoever asks."""

    FIRST = "first"
    STAYING = "staying"
    WAVERING = "wavering"
    WAITING = "waiting"
    AT_BORDER = "at-border"
    OVER_WATER = "over-water"
    CROSSED = "crossed"
    MALFORMED = "malformed"
    INACCURATE = "inaccurate"
    STALE = "stale"
    FROM_FUTURE = "from-future"
    OUT_OF_ORDER = "out-of-order"
    TOO_FAST = "too-fast"
    IMPOSSIBLE = "impossible"
    FLYING = "flying"


class Fix(msgspec.Struct, frozen=True):
    """A point of WGS-84 as a phone tells it: accuracy in metres, times in whole seconds since 1970."""

    longitude: float
    latitude: float
    accuracy: float
    at: int
    received_at: int


class Position(msgspec.Struct, frozen=True):
    """What the boundaries say of a fix: `depth` is how far the land of any other province is, in metres."""

    province: str | None
    city: str | None
    depth: float


class Candidate(msgspec.Struct, frozen=True, array_like=True):
    """A province that may have been crossed into: the fixes there that leave no doubt, since the last one elsewhere."""

    province: str
    first_at: int
    last_at: int
    count: int


class Told(msgspec.Struct, frozen=True, array_like=True):
    """The last time that somebody was told of a province."""

    province: str
    at: int


class State(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of somebody: no place finer than a province."""

    version: int
    province: str | None
    last_at: int
    candidate: Candidate | None = None
    told: tuple[Told, ...] = ()


class Spot(msgspec.Struct, frozen=True, array_like=True):
    """Where a fix was, to a hundredth of a degree: a square of about a kilometre, enough for a speed."""

    east: int
    north: int
    accuracy: int
    at: int


class Trace(msgspec.Struct, frozen=True, array_like=True):
    """What tells how fast somebody moves. It holds the one coordinate that is remembered, and is for minutes only.

    `held` is a fix too fast to be believed until another confirms it.
    """

    version: int
    spot: Spot
    held: Spot | None = None
    is_flying: bool = False


class Crossing(msgspec.Struct, frozen=True):
    """Somebody has come from one province into another; `is_told` says whether they are to hear of it."""

    from_province: str
    to_province: str
    at: int
    is_told: bool


class Decision(msgspec.Struct, frozen=True):
    """What is to be remembered from now on, and what has happened."""

    state: State | None
    trace: Trace | None
    crossing: Crossing | None
    reason: Reason


class CrossingRules(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of the crossing rule, in metres, seconds and km/h; `home` is the province that is quiet."""

    home: str
    accuracy_most: float = 200.0
    age_most: int = 120
    skew_most: int = 60
    inside_least: float = 500.0
    span_least: int = 180
    steady_fixes: int = 5
    steady_span: int = 1_800
    candidate_kept: int = 86_400
    speed_held: float = 400.0
    speed_most: float = 1_000.0
    speed_landed: float = 150.0
    trace_kept: int = 1_800
    quiet_span: int = 86_400

    def __post_init__(self) -> None:
        """Refuses what would decide nonsense."""
        numbers = [getattr(self, name) for name in self.__struct_fields__ if name != "home"]
        if not all(number > 0 for number in numbers):
            raise ValueError("every number of the crossing rule is above zero")
        if not self.speed_landed < self.speed_held < self.speed_most:
            raise ValueError("speeds rise from landed to held to the most there is")


def encode(remembered: State | Trace) -> bytes:
    """A few bytes for Valkey: a State for good, a Trace for `trace_kept` seconds."""
    return msgspec.msgpack.encode(remembered)


_STATE, _TRACE = msgspec.msgpack.Decoder(State), msgspec.msgpack.Decoder(Trace)


def decode_state(written: bytes | None) -> State | None:
    """What was remembered; None where there is nothing, or nothing that this version can read."""
    try:
        state = _STATE.decode(written) if written is not None else None
    except msgspec.DecodeError:
        return None
    return state if state is not None and state.version == VERSION else None


def decode_trace(written: bytes | None) -> Trace | None:
    """As `decode_state`: without a trace, no speed is known."""
    try:
        trace = _TRACE.decode(written) if written is not None else None
    except msgspec.DecodeError:
        return None
    return trace if trace is not None and trace.version == VERSION else None
