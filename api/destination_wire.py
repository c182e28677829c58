"""What routes of destinations and services answer."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import msgspec

from app.licences.model import Bilingual
from app.roaming.destinations import Destination, Offer, OfferedService, RecognisedLicence, Source
from app.roaming.gazetteer import PhoneNumber


class DestinationOut(msgspec.Struct, frozen=True):
    """A province, for whoever arrives there; `source` says whose word services and licences are."""

    province: str
    name: Bilingual
    super_app: Bilingual | None
    """What the province's own app is called; null where no public source says it."""
    numbers: list[PhoneNumber]
    services: list[OfferedService]
    licences: list[RecognisedLicence]
    source: Source
    """`demo`: invented by a development server; `none`: nothing was published, which is not that there is nothing."""
    as_of: datetime | None

    @classmethod
    def of(cls, found: Destination) -> Self:
        offer = found.offer
        return cls(
            province=found.province,
            name=found.name,
            super_app=found.super_app,
            numbers=list(found.numbers),
            services=list(offer.services),
            licences=list(offer.licences),
            source=offer.source,
            as_of=offer.as_of,
        )


class ServiceOut(msgspec.Struct, frozen=True):
    """A service, and whose word it is."""

    id: str
    name: Bilingual
    summary: Bilingual
    url: str | None
    source: Source

    @classmethod
    def of(cls, service: OfferedService, source: Source) -> Self:
        return cls(service.id, service.name, service.summary, service.url, source)


class ServicesOut(msgspec.Struct, frozen=True):
    """A province's services; they are few, so there is one page."""

    items: list[ServiceOut]
    next_cursor: None = None

    @classmethod
    def of(cls, offer: Offer) -> Self:
        return cls([ServiceOut.of(one, offer.source) for one in offer.services])
