"""The face of a wallet: what its list shows of each licence, before any is opened.

A licence may hold pictures, and a wallet fifteen licences. What the list shows is therefore masked once and kept in one
piece, sealed under the holder's key. It is good while what it was made of is: the rows of the licences, by a stamp that
each opening works out anew, and the kinds of licences, by a digest that lies inside. What time alone changes, how a
licence stands, is decided at each opening.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from app.database import Record
from app.identity.numbers import today
from app.licences import card_store, store
from app.licences.holding import CONTENT, Holder, LicenceDesk
from app.licences.masking import mask_field
from app.licences.model import Content, HeldLicence, LicenceType, Standing
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
    """Kept as the registry told it; in a list as it is now."""
    masked: dict[str, str]
    """What stands on the card's face, and its number."""
    issuer_name: str
    valid_from: date | None
    valid_until: date | None
    changed_at: datetime

    def __repr__(self) -> str:
        """Without anything of it, wherever this may be printed."""
        return f"Card({self.licence_id})"


class OpenedCards(msgspec.Struct, frozen=True):
    """A wallet's face, when it was looked at before, and what was heard of its sources."""

    cards: list[Card] = []
    fetched: Mapping[UUID, datetime] = {}
    """When a registry last said so, of each licence: no part of the card, which stays when one says the same again."""
    opened_at: datetime | None = None
    heard: dict[str, Heard] = {}


class _Deck(msgspec.Struct, frozen=True):
    """As it is sealed."""

    kinds: bytes
    cards: list[Card]


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
_decode = msgspec.json.Decoder(_Deck).decode


async def open_cards(desk: LicenceDesk, holder: Holder, now: datetime) -> OpenedCards:
    """The cards that whoever uses the wallet may see, each as it stands now."""
    found = await card_store.open_wallet(desk.pool, holder.holder_id, holder.kind)
    if found is None or found["wrapped_key"] is None:
        return OpenedCards()
    book = await get_types(desk.pool)
    key = desk.vault.open_data_key(found["wrapped_key"], holder.holder_id)
    kinds = _kind_digest.of(book)
    cards, fetched = _read(found, key, kinds), _read_fetched(found)
    if cards is None:
        held = await store.list_licences(desk.pool, holder.holder_id)
        cards, fetched = make_cards(book, key, held), {one.licence_id: one.fetched_at for one in held}
        sealed = key.seal(msgspec.json.encode(_Deck(kinds, cards)).decode(), _CARDS)
        await card_store.keep_cards(desk.pool, holder.holder_id, sealed, found["stamp"])
    visible = [
        card for card in judge_cards(book, cards, now) if may_see(book[card.type_id], holder.scopes, holder.kind)
    ]
    return OpenedCards(visible, fetched, found["opened_at"], _read_sources(found))


def _read_fetched(found: Record) -> Mapping[UUID, datetime]:
    return dict(zip(found["licences"] or [], found["fetched"] or [], strict=True))


def _read_sources(found: Record) -> dict[str, Heard]:
    names: list[str] = found["sources"] or []
    return {
        name: Heard(found["tried"][at], found["synced"][at], found["failures"][at]) for at, name in enumerate(names)
    }


def _read(found: Record, key: DataKey, kinds: bytes) -> list[Card] | None:
    """None where cards were not made yet, or of something else."""
    if found["stamp"] is None:
        return []
    if found["stamp"] != found["cards_stamp"]:
        return None
    deck = _decode(key.open(found["sealed_cards"], _CARDS))
    return deck.cards if deck.kinds == kinds else None


def make_cards(book: TypeBook, key: DataKey, held: Sequence[HeldLicence]) -> list[Card]:
    """Of every licence whose kind is there still."""
    return [_make(book[one.type_id], key, one) for one in held if one.type_id in book]


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


def judge_cards(book: TypeBook, cards: Sequence[Card], now: datetime) -> list[Card]:
    """The cards as they stand now: before their first day, past their last, composed of what is not good any more."""
    day = today(now)
    stands = [(card.type_id, stands_on(card.standing, card.valid_from, card.valid_until, day)) for card in cards]
    good = find_good(book, stands)
    judged: list[Card] = []
    for card, (type_id, told) in zip(cards, stands, strict=True):
        standing = compose_standing(book[type_id], told, good)
        judged.append(card if standing is card.standing else msgspec.structs.replace(card, standing=standing))
    return judged
