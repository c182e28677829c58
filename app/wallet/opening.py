"""Opening a wallet, and a licence in it; registries are asked anew afterwards, where that is due."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.licences.cards import CardDesk, Pen, open_cards
from app.licences.holding import Holder, LicenceDesk, require_opened, require_stood
from app.licences.model import Licence
from app.licences.registries import Registries
from app.licences.rules import may_see
from app.licences.sources import SourceState, describe_sources, is_asked_anew, note_use, request_sync
from app.licences.standings import Part, list_parts, list_standings
from app.licences.types import get_types


class OpenedWallet(msgspec.Struct, frozen=True):
    """What a wallet shows when it is opened, and how old that is by each of its sources."""

    cards: list[tuple[bytes, datetime]]
    """Each as whoever answers with it draws it, and when a registry last told of it."""
    sources: list[SourceState]


class OpenedLicence(msgspec.Struct, frozen=True):
    """A licence in full, and how the parts of a composite stand."""

    licence: Licence
    parts: list[Part]


async def open_wallet(desk: CardDesk, registries: Registries, holder: Holder, pen: Pen, now: datetime) -> OpenedWallet:
    """The cards, and how old they are. A registry that is slow, or down, keeps nobody from their licences: it is asked
    by a worker, and what it tells is there at the next opening.
    """
    opened = await open_cards(desk, holder, pen, now)
    if is_asked_anew(opened.opened_at, now):
        await request_sync(desk.licences, holder, now)
    return OpenedWallet(opened.cards, describe_sources(registries, holder.kind, opened.heard, now))


async def open_licence(desk: LicenceDesk, holder: Holder, licence_id: UUID, now: datetime) -> OpenedLicence:
    """One licence of the wallet; raises NotFoundError for any other, be it somebody else's."""
    await note_use(desk, holder, now)
    held = await list_standings(desk.pool, await get_types(desk.pool), holder.holder_id, now)
    stood = require_stood(held, holder, licence_id)
    visible = {one.licence_id for one in held if may_see(one.type, holder.scopes, holder.kind)}
    return OpenedLicence(await require_opened(desk, holder, stood), list_parts(stood.type, held, visible))
