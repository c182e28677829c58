"""Who asks: the venue by its registered name, where it is, and what for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from app.database import Executor
from app.errors import NotFoundError
from app.venues import store
from app.venues.cities import name_city
from app.venues.model import Purpose, Venue
from app.wallet.matter_book import Matter
from app.wallet.presentation_model import Presentation
from app.wallet.window_questions import find_matters


class Asker(msgspec.Struct, frozen=True):
    """What a resident is told of whoever asks; nothing of it is the asker's own word."""

    venue: Venue
    city: str
    purpose: Purpose
    matter: Matter | None
    """What a window asks for."""


async def require_asker(db: Executor, asked: Presentation) -> Asker:
    """Raises NotFoundError where the venue, or its purpose, is there no more."""
    found = await list_askers(db, [asked])
    if asked.presentation_id not in found:
        raise NotFoundError
    return found[asked.presentation_id]


async def list_askers(db: Executor, questions: Sequence[Presentation]) -> Mapping[UUID, Asker]:
    """By the questions' ids; without those whose venue, or its purpose, is there no more."""
    venues = await store.get_venues(db, (one.venue_id for one in questions))
    purposes = {one.purpose: one for one in await store.list_purposes(db)}
    matters = await find_matters(db, questions)
    return {
        one.presentation_id: Asker(
            venue, name_city(venue.adcode), purposes[one.purpose], matters.get(one.presentation_id)
        )
        for one in questions
        if (venue := venues.get(one.venue_id)) is not None and one.purpose in purposes
    }
