"""Who asks: the venue by its registered name, where it is, and what for."""

from __future__ import annotations

import msgspec

from app.database import Executor
from app.errors import NotFoundError
from app.venues import store
from app.venues.cities import name_city
from app.venues.model import Purpose, Venue
from app.wallet.presentation_model import Presentation


class Asker(msgspec.Struct, frozen=True):
    """What a resident is told of whoever asks; nothing of it is the asker's own word."""

    venue: Venue
    city: str
    purpose: Purpose


async def get_asker(db: Executor, asked: Presentation) -> Asker:
    """Raises NotFoundError where the venue, or its purpose, is there no more."""
    venue = await store.get_venue(db, asked.venue_id)
    purpose = next((one for one in await store.list_purposes(db) if one.purpose == asked.purpose), None)
    if venue is None or purpose is None:
        raise NotFoundError
    return Asker(venue, name_city(venue.adcode), purpose)
