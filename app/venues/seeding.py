"""A demo venue: approved, with one scanner whose credential stays the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.audit import record_act
from app.database import Pool, transaction
from app.venues import journal_store, scanner_store, store
from app.venues.model import IssuedScanner, Venue
from app.venues.scanners import hash_credential


async def seed_venue(pool: Pool, venue: Venue, scanner: IssuedScanner, *, lifetime: int, now: datetime) -> None:
    """Registers and approves the venue and enrols its scanner; twice is the same as once."""
    async with transaction(pool) as db:
        await store.insert_venue(db, venue, now)
        if await store.approve_venue(db, venue.venue_id, approved_by=venue.manager_id, now=now):
            await record_act(db, venue.manager_id, "venue.approved", venue.venue_id, now)
            await journal_store.note_standing(db, venue.venue_id, now)
        await scanner_store.insert_scanner(
            db,
            scanner.scanner_id,
            venue_id=venue.venue_id,
            name="demo",
            credential_hash=hash_credential(scanner.credential),
            now=now,
            expires_at=now + timedelta(seconds=lifetime),
        )
