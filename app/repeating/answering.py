"""Answering once: the same caller, key and request get the first answer again for 24 hours."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from app.database import Connection, Pool, transaction
from app.errors import RefusedError
from app.repeating import store
from app.sealing import Vault

_KEPT = timedelta(hours=24)
_CONTEXT = "kept answer"


class IdempotencyKeyReusedError(RefusedError):
    """The key came before with another request."""

    slug = "idempotency-key-reused"


class RequestInProgressError(RefusedError):
    """The first request with this key is not answered yet."""

    slug = "request-in-progress"


async def answer_once(
    pool: Pool,
    vault: Vault,
    *,
    caller_id: UUID,
    key: str,
    request: bytes,
    now: datetime,
    act: Callable[[Connection], Awaitable[bytes]],
    status: int,
) -> bytes:
    """Runs `act` for the first of a series of same requests, and gives all of them its answer.

    The key, the act and the answer are one transaction: either all are kept, or the request may come again as new.
    """
    request_hash = hashlib.sha256(request).digest()
    async with transaction(pool) as db:
        is_first = await store.claim(db, caller_id, key, request_hash=request_hash, now=now)
        if is_first is None:
            raise RequestInProgressError
        if is_first:
            answer = await act(db)
            sealed = vault.seal(answer, _context(caller_id, key))
            await store.remember(db, caller_id, key, status=status, sealed_answer=sealed)
            return answer
    return await _first_answer(pool, vault, caller_id, key, request_hash)


async def _first_answer(pool: Pool, vault: Vault, caller_id: UUID, key: str, request_hash: bytes) -> bytes:
    held = await store.get(pool, caller_id, key)
    if held is None or held["status"] is None:
        raise RequestInProgressError
    if held["request_hash"] != request_hash:
        raise IdempotencyKeyReusedError
    return vault.open(held["sealed_answer"], _context(caller_id, key))


def _context(caller_id: UUID, key: str) -> str:
    return f"{_CONTEXT}:{caller_id}:{key}"


async def forget_answers(pool: Pool, now: datetime) -> None:
    """Deletes answers whose time for repetition is over."""
    await store.purge(pool, now - _KEPT)
