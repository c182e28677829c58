"""For which days a wallet's cards are drawn, and that they are drawn anew for others."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.licences.cards import Card, find_days, judge_cards
from app.licences.model import Standing
from app.licences.types import read_shipped

_DAY = date(2026, 11, 22)
_NEAR = st.none() | st.integers(-9, 9).map(lambda days: _DAY + timedelta(days=days)) | st.just(date.max)
_LOOKED_AT = [_DAY + timedelta(days=days) for days in range(-12, 13)]
_PLAIN = read_shipped()["business-licence"]
_BOOK = {"part": _PLAIN, "whole": msgspec.structs.replace(_PLAIN, id="whole", parts=["part"])}


def _card(type_id: str, standing: Standing, valid_from: date | None, valid_until: date | None) -> Card:
    changed_at = datetime(2026, 1, 1, tzinfo=UTC)
    return Card(UUID(int=1), type_id, standing, {}, "示范发证机关", valid_from, valid_until, changed_at)


_CARDS = st.lists(st.builds(_card, st.sampled_from(sorted(_BOOK)), st.sampled_from(Standing), _NEAR, _NEAR), max_size=6)


@given(_CARDS)
def test_cards_stand_alike_on_all_the_days_that_they_are_drawn_for(cards: list[Card]) -> None:
    first_day, last_day = find_days(cards, _DAY)
    assert first_day <= _DAY <= last_day
    drawn = judge_cards(_BOOK, cards, _DAY)
    assert all(judge_cards(_BOOK, cards, day) == drawn for day in _LOOKED_AT if first_day <= day <= last_day)


@given(_CARDS)
def test_cards_are_drawn_for_as_many_days_as_nothing_ends_or_begins(cards: list[Card]) -> None:
    """So that a wallet is not drawn anew each day."""
    first_day, last_day = find_days(cards, _DAY)
    begin = {card.valid_from for card in cards}
    over = {card.valid_until + timedelta(days=1) for card in cards if card.valid_until not in (None, date.max)}
    assert first_day == date.min or first_day in begin | over
    assert last_day == date.max or last_day + timedelta(days=1) in begin | over
