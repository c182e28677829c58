"""Valkey holds only what may be lost: counters of limits, and hints that wake those who would look later anyway."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import structlog


@contextmanager
def _passed_over(package: str) -> Generator[None]:
    """Lets nothing find a package that is not loaded yet."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]  # which is how an import is told that there is none
    try:
        yield
    finally:
        del sys.modules[package]


# redis-py loads the metrics of OpenTelemetry wherever it is installed: a third of its own time, at every start.
with _passed_over("opentelemetry"):
    from redis import exceptions
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

if TYPE_CHECKING:
    Valkey: TypeAlias = Redis
else:
    Valkey = Any

log = structlog.get_logger()

_DEADLINE_SECONDS = 0.25
FAULTS = (exceptions.RedisError, OSError, TimeoutError)
"""What the client raises when Valkey is away or slow."""
AwayError = exceptions.ConnectionError
ResponseError = exceptions.ResponseError
NoScriptError = exceptions.NoScriptError


def open_valkey(url: str) -> Valkey:
    """A client that answers or fails within half a second, the second try included, and never hangs a request."""
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType]  redis-py leaves its options untyped
        url,
        socket_timeout=_DEADLINE_SECONDS,
        socket_connect_timeout=_DEADLINE_SECONDS,
        retry=Retry(NoBackoff(), 1),
        protocol=3,
    )


async def is_answering(valkey: Valkey) -> bool:
    """Whether Valkey is there now."""
    try:
        return bool(await valkey.ping())  # pyright: ignore[reportUnknownMemberType]  as above
    except FAULTS:
        return False


async def publish_hints(valkey: Valkey, channel: str, hints: Iterable[str]) -> None:
    """Tells whoever listens; if nobody hears it, they find out at their next poll."""
    try:
        async with valkey.pipeline(transaction=False) as pipe:
            for hint in hints:
                pipe.publish(channel, hint)  # pyright: ignore[reportUnknownMemberType]  as above
            await pipe.execute()
    except FAULTS:
        log.debug("hints.not-sent", channel=channel)
