"""What a province offers to whoever comes there: public facts, and what it publishes itself."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from app.errors import NotFoundError
from app.licences.model import Bilingual
from app.provinces import PROVINCES
from app.roaming.gazetteer import NUMBERS, SUPER_APPS, PhoneNumber


class Source(StrEnum):
    """Who says what a province offers: it does, this server made it up to be looked at, or nobody does."""

    PEER = "peer"
    DEMO = "demo"
    NONE = "none"


class OfferedService(msgspec.Struct, frozen=True):
    """A service that somebody from elsewhere may use."""

    id: str
    """The province's own name for it, which stays."""
    name: Bilingual
    summary: Bilingual
    url: str | None = None
    """Where it opens; without it, in the province's own app."""


class RecognisedLicence(msgspec.Struct, frozen=True):
    """A kind of licence that is looked at there as it is at home."""

    licence_type: str
    name: Bilingual


class Offer(msgspec.Struct, frozen=True):
    """What a province says that it offers, as of when it said so."""

    source: Source
    services: tuple[OfferedService, ...] = ()
    licences: tuple[RecognisedLicence, ...] = ()
    as_of: datetime | None = None


NOTHING = Offer(Source.NONE)


class Destinations(Protocol):
    """Where offers come from: peers that are joined, or the invention of a development server."""

    async def get_offer(self, province: str, /) -> Offer | None:
        """The latest that is known of a province, without asking it: whoever has just arrived should not wait."""
        ...


class UnknownDestinations:
    """Offers of nobody: until provinces are joined, a server in production says nothing rather than make it up."""

    async def get_offer(self, _province: str, /) -> Offer | None:
        return None


class Destination(msgspec.Struct, frozen=True):
    """A province as somebody sees it who arrives there."""

    province: str
    name: Bilingual
    super_app: Bilingual | None
    numbers: tuple[PhoneNumber, ...]
    offer: Offer


async def describe_destination(destinations: Destinations, province: str) -> Destination:
    """All that is known of a province."""
    name = PROVINCES.get(province)
    if name is None:
        raise NotFoundError
    app = SUPER_APPS.get(province)
    offer = await destinations.get_offer(province) or NOTHING
    return Destination(province, Bilingual(*name), app.name if app else None, NUMBERS[province], offer)
