"""The face of a wallet: what its list shows of each licence, before any is opened.

A licence may hold pictures, and a wallet fifteen licences. What the list shows is therefore masked once and kept in one
piece, sealed under the holder's key. It is good while what it was made of is: the rows of the licences, by a stamp that
each opening works out anew, and the kinds of licences, by a digest that lies inside. What time alone changes, how a
licence stands, is decided at each opening.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
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


class Card(msgspec.Struct, frozen=True, array_like=True):
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
    fetched: list[datetime] = []
    """When a registry last said so, card by card: no part of the card, which stays when one says the same again."""
    opened_at: datetime | None = None
    heard: dict[str, Heard] = {}


class _Deck(msgspec.Struct, frozen=True, array_like=True):
    """As it is sealed: a card for each licence, in the order of their ids, and none where its kind is there no more."""

    kinds: bytes
    cards: list[Card | None]


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
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Deck).decode
_decode_sources = msgspec.json.Decoder(list[tuple[str, datetime | None, datetime | None, str | None]]).decode
_MOMENT = 8
"""Bytes of a time as PostgreSQL sends it: microseconds since the year 2000."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


async def open_cards(desk: LicenceDesk, holder: Holder, now: datetime) -> OpenedCards:
    """The cards that whoever uses the wallet may see, each as it stands now."""
    found = await card_store.open_wallet(desk.pool, holder.holder_id, holder.kind)
    if found is None or found["wrapped_key"] is None:
        return OpenedCards()
    book = await get_types(desk.pool)
    key = desk.vault.open_data_key(found["wrapped_key"], holder.holder_id)
    kinds = _kind_digest.of(book)
    fetched = _read_moments(found["fetched"] or b"")
    cards = _read_cards(found, key, kinds)
    if cards is None or len(cards) != len(fetched):
        held = await store.list_licences(desk.pool, holder.holder_id)
        cards, fetched = make_cards(book, key, held), [one.fetched_at for one in held]
        sealed = key.seal_bytes(_encode(_Deck(kinds, cards)), _CARDS)
        await card_store.keep_cards(desk.pool, holder.holder_id, sealed, found["stamp"])
    there = [(card, at) for card, at in zip(cards, fetched, strict=True) if card is not None]
    judged = judge_cards(book, [card for card, _ in there], now)
    visible = [
        (card, at)
        for card, (_, at) in zip(judged, there, strict=True)
        if may_see(book[card.type_id], holder.scopes, holder.kind)
    ]
    return OpenedCards(
        cards=[card for card, _ in visible],
        fetched=[at for _, at in visible],
        opened_at=found["opened_at"],
        heard=_read_sources(found["sources"]),
    )


def _read_moments(packed: bytes) -> list[datetime]:
    """Registries tell of many licences at once, so most are the same moment."""
    moments = struct.unpack(f">{len(packed) // _MOMENT}q", packed)
    known = {moment: _EPOCH + timedelta(microseconds=moment) for moment in set(moments)}
    return [known[moment] for moment in moments]


def _read_sources(told: str | None) -> dict[str, Heard]:
    heard = _decode_sources(told) if told else []
    return {source: Heard(tried_at, synced_at, failure) for source, tried_at, synced_at, failure in heard}


def _read_cards(found: Record, key: DataKey, kinds: bytes) -> Sequence[Card | None] | None:
    """None where cards were not made yet, or of something else, or by a version of this program that had others."""
    if found["stamp"] is None:
        return []
    if found["stamp"] != found["cards_stamp"]:
        return None
    try:
        deck = _decode(key.open_bytes(found["sealed_cards"], _CARDS))
    except msgspec.DecodeError:
        return None
    return deck.cards if deck.kinds == kinds else None


def make_cards(book: TypeBook, key: DataKey, held: Sequence[HeldLicence]) -> list[Card | None]:
    """One for every licence, but for those whose kind is there no more."""
    return [_make(book[one.type_id], key, one) if one.type_id in book else None for one in held]


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
    stands = [stands_on(card.standing, card.valid_from, card.valid_until, day) for card in cards]
    kinds = [book[card.type_id] for card in cards]
    if any(kind.parts for kind in kinds):
        good = find_good(book, [(kind.id, told) for kind, told in zip(kinds, stands, strict=True)])
        stands = [compose_standing(kind, told, good) for kind, told in zip(kinds, stands, strict=True)]
    return [
        card if standing is card.standing else msgspec.structs.replace(card, standing=standing)
        for card, standing in zip(cards, stands, strict=True)
    ]
