"""Shifts: staff sign in on a shared scanner with their number and PIN, so that each look is somebody's."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from app.database import Pool, transaction
from app.errors import TooManyRequestsError
from app.identifiers import new_id
from app.sealing import Vault
from app.venues import shift_store
from app.venues.errors import PinWrongError
from app.venues.model import Pin, Scanner, Shift
from app.venues.staffing import matches

SHIFT_LENGTH = timedelta(hours=12)
GUESSES = 5
LOCKED_FOR = timedelta(minutes=15)


async def open_shift(pool: Pool, vault: Vault, scanner: Scanner, *, number: str, pin: str, now: datetime) -> Shift:
    """Signs somebody in, and out whoever was: a scanner is one person's at a time."""
    held = await _require_pin(pool, vault, scanner.venue_id, number, pin, now)
    shift = Shift(new_id(), held.staff_id, number, now, now + SHIFT_LENGTH)
    async with transaction(pool) as db:
        await shift_store.lock_scanner(db, scanner.scanner_id)
        if not await shift_store.lock_staff(db, held.staff_id):
            raise PinWrongError  # removed while the PIN was checked
        await shift_store.close_shift(db, scanner.scanner_id, now=now, closed_for="replaced")
        await shift_store.insert_shift(
            db, shift.shift_id, scanner_id=scanner.scanner_id, staff_id=held.staff_id, now=now, ends_at=shift.ends_at
        )
    return shift


async def _require_pin(pool: Pool, vault: Vault, venue_id: UUID, number: str, pin: str, now: datetime) -> Pin:
    """A guess counts before it is answered, so that parallel guesses cannot share one; a right one clears the count."""
    bucket = vault.index("quota", f"venue pin:{venue_id}:{number}")
    free_at = await shift_store.claim_attempt(pool, bucket, GUESSES, LOCKED_FOR, now)
    if free_at is not None:
        raise TooManyRequestsError(int((free_at - now).total_seconds()) + 1)
    held = await shift_store.get_pin(pool, venue_id, number)
    if not await asyncio.to_thread(matches, vault, held, pin) or held is None:
        raise PinWrongError
    await shift_store.forget_attempts(pool, bucket)
    return held


async def close_shift(pool: Pool, scanner: Scanner, now: datetime) -> None:
    """Signs out whoever is signed in; twice is no fault."""
    await shift_store.close_shift(pool, scanner.scanner_id, now=now, closed_for="closed")


async def get_shift(pool: Pool, scanner: Scanner, now: datetime) -> Shift | None:
    """Who is signed in on this scanner now."""
    return await shift_store.get_shift(pool, scanner.scanner_id, now)
