"""The face of a wallet: what its list shows of each licence, before any is opened.

A licence may hold pictures, and a wallet fifteen licences. What the list shows is therefore masked and drawn once, as
it is answered, and kept in one piece, sealed under the holder's key. It is good while what it was made of is: the rows
of the licences, by a stamp that each opening works out anew, the kinds of licences and the form of a card, which lie
inside, and the days on which each licence stands as it is drawn.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec

from app.database import Record
from app.identity.numbers import today
from app.joint_asking import JointAsking
from app.licences import card_store, store
from app.licences.holding import CONTENT, Holder, LicenceDesk
from app.licences.masking import mask_field
from app.licences.model import Content, HeldLicence, HolderKind, LicenceType, Standing
from app.licences.rules import compose_standing, find_good, may_see, stands_on
from app.licences.sources import Heard
from app.licences.types import TypeBook, get_types
from app.sealing import DataKey

_CARDS = "cards"
"""What sealed cards are bound to."""


class Card(msgspec.Struct, frozen=True):
    """What a list shows of a licence."""

    licence_id: UUID
    type_id: str
    standing: Standing
    masked: dict[str, str]
    """What stands on the card's face, and its number."""
    issuer_name: str
    valid_from: date | None
    valid_until: date | None
    changed_at: datetime

    def __repr__(self) -> str:
        """Without anything of it, wherever this may be printed."""
        return f"Card({self.licence_id})"


class Pen(msgspec.Struct, frozen=True):
    """How whoever answers with cards draws one; what was drawn in another form is drawn anew."""

    form: str
    draw: Callable[[Card], bytes]


class OpenedCards(msgspec.Struct, frozen=True):
    """A wallet's face, when it was looked at before, and what was heard of its sources."""

    cards: list[tuple[bytes, datetime]] = []
    """Each as it was drawn, and when a registry last said so: no part of the card, which stays when one says the same
    again.
    """
    opened_at: datetime | None = None
    heard: dict[str, Heard] = {}


class _Drawn(msgspec.Struct, frozen=True, array_like=True):
    """A card as it is answered."""

    type_id: str
    card: bytes

    def __repr__(self) -> str:
        """Without anything of it, wherever this may be printed."""
        return "_Drawn()"


class _Deck(msgspec.Struct, frozen=True, array_like=True):
    """As it is sealed: a card for each licence, in the order of their ids, and none where its kind is there no more."""

    kinds: bytes
    form: str
    first_day: date
    last_day: date
    """On these days, and those between them, each licence stands as its card says."""
    cards: list[_Drawn | None]


class _KindDigest:
    """Tells kinds that changed from those that cards were made of; the book is one object until something changes."""

    def __init__(self) -> None:
        self._book: TypeBook = {}
        self._digest = b""

    def of(self, book: TypeBook) -> bytes:
        if book is not self._book:
            self._digest = hashlib.sha256(msgspec.json.encode(list(book.values()))).digest()
            self._book = book
        return self._digest


_kind_digest = _KindDigest()
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Deck).decode
_decode_sources = msgspec.json.Decoder(list[tuple[str, datetime | None, datetime | None, str | None]]).decode
_MOMENT = 8
"""Bytes of a time as PostgreSQL sends it: microseconds since the year 2000."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class CardDesk(msgspec.Struct, frozen=True):
    """What opening wallets takes."""

    licences: LicenceDesk
    wallets: Mapping[HolderKind, JointAsking[UUID, Record]]
    """Those that are opened at once are read together."""


def open_card_desk(licences: LicenceDesk) -> CardDesk:
    """One for a process."""
    ways = {HolderKind.RESIDENT: card_store.open_residents, HolderKind.COMPANY: card_store.open_companies}
    wallets = {kind: JointAsking(partial(way, licences.pool), card_store.MOST_AT_ONCE) for kind, way in ways.items()}
    return CardDesk(licences, wallets)


async def open_cards(desk: CardDesk, holder: Holder, pen: Pen, now: datetime) -> OpenedCards:
    """The cards that whoever uses the wallet may see, each as it stands now."""
    pool, vault = desk.licences.pool, desk.licences.vault
    found = await desk.wallets[holder.kind].get(holder.holder_id)
    if found is None or found["wrapped_key"] is None:
        return OpenedCards()
    book = await get_types(pool)
    key = vault.open_data_key(found["wrapped_key"], holder.holder_id)
    kinds, day = _kind_digest.of(book), today(now)
    fetched = _read_moments(found["fetched"] or b"")
    cards: Sequence[_Drawn | None] | None = _read_cards(found, key, kinds, pen.form, day) if fetched else ()
    if cards is None or len(cards) != len(fetched):
        held = await store.list_licences(pool, holder.holder_id)
        deck = _draw_deck(book, kinds, key, held, pen, day)
        await card_store.keep_cards(pool, holder.holder_id, key.seal_bytes(_encode(deck), _CARDS), found["stamp"])
        cards, fetched = deck.cards, [one.fetched_at for one in held]
    hidden = _find_hidden(book, holder)
    return OpenedCards(
        cards=[
            (one.card, at)
            for one, at in zip(cards, fetched, strict=True)
            if one is not None and one.type_id not in hidden
        ],
        opened_at=found["opened_at"],
        heard=_read_sources(found["sources"]),
    )


def _find_hidden(book: TypeBook, holder: Holder) -> Collection[str]:
    """The kinds of which whoever uses the wallet may see nothing."""
    if holder.kind is HolderKind.RESIDENT:
        return ()  # as may_see has it, whatever the kind
    return {kind.id for kind in book.values() if not may_see(kind, holder.scopes, holder.kind)}


def _read_moments(packed: bytes) -> list[datetime]:
    """Registries tell of many licences at once, so most are the same moment."""
    moments = struct.unpack(f">{len(packed) // _MOMENT}q", packed)
    known = {moment: _EPOCH + timedelta(microseconds=moment) for moment in set(moments)}
    return [known[moment] for moment in moments]


def _read_sources(told: str | None) -> dict[str, Heard]:
    heard = _decode_sources(told) if told else []
    return {source: Heard(tried_at, synced_at, failure) for source, tried_at, synced_at, failure in heard}


def _read_cards(found: Record, key: DataKey, kinds: bytes, form: str, day: date) -> Sequence[_Drawn | None] | None:
    """None where cards were not drawn yet, or of something else, or otherwise, or for other days."""
    if found["stamp"] != found["cards_stamp"]:
        return None
    try:
        deck = _decode(key.open_bytes(found["sealed_cards"], _CARDS))
    except msgspec.DecodeError:
        return None
    is_good = deck.kinds == kinds and deck.form == form and deck.first_day <= day <= deck.last_day
    return deck.cards if is_good else None


def _draw_deck(book: TypeBook, kinds: bytes, key: DataKey, held: Sequence[HeldLicence], pen: Pen, day: date) -> _Deck:
    cards = judge_cards(book, [_make(book[one.type_id], key, one) for one in held if one.type_id in book], day)
    drawn = {card.licence_id: _Drawn(card.type_id, pen.draw(card)) for card in cards}
    first_day, last_day = find_days(cards, day)
    return _Deck(kinds, pen.form, first_day, last_day, [drawn.get(one.licence_id) for one in held])


def _make(kind: LicenceType, key: DataKey, held: HeldLicence) -> Card:
    content = msgspec.json.decode(key.open(held.sealed_content, CONTENT), type=Content)
    return Card(
        licence_id=held.licence_id,
        type_id=kind.id,
        standing=held.standing,
        masked=mask_face(kind, content),
        issuer_name=content.issuer_name,
        valid_from=held.valid_from,
        valid_until=held.valid_until,
        changed_at=held.changed_at,
    )


def mask_face(kind: LicenceType, content: Content) -> dict[str, str]:
    """What stands on a card's face, and its number, masked."""
    shown = [field for field in kind.fields if field.on_card or field.id == kind.number_field]
    return {field.id: mask_field(field, text) for field in shown if (text := content.fields.get(field.id))}


def judge_cards(book: TypeBook, cards: Sequence[Card], day: date) -> list[Card]:
    """The cards as they stand on a day: before their first, past their last, composed of what is not good any more."""
    stands = [stands_on(card.standing, card.valid_from, card.valid_until, day) for card in cards]
    kinds = [book[card.type_id] for card in cards]
    if any(kind.parts for kind in kinds):
        good = find_good(book, [(kind.id, told) for kind, told in zip(kinds, stands, strict=True)])
        stands = [compose_standing(kind, told, good) for kind, told in zip(kinds, stands, strict=True)]
    return [
        card if standing is card.standing else msgspec.structs.replace(card, standing=standing)
        for card, standing in zip(cards, stands, strict=True)
    ]


def find_days(cards: Sequence[Card], day: date) -> tuple[date, date]:
    """The days around this one on which no licence begins to be good, or ceases to, but on the first of them."""
    firsts = [card.valid_from for card in cards if card.valid_from is not None]
    lasts = [card.valid_until for card in cards if card.valid_until is not None]
    return (
        max([date.min, *(one for one in firsts if one <= day), *(one + _DAY for one in lasts if one < day)]),
        min([date.max, *(one - _DAY for one in firsts if one > day), *(one for one in lasts if one >= day)]),
    )
