"""What is decided about care without asking anybody."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from app.errors import InvalidError
from app.identity.errors import GuardianConsentRequiredError
from app.identity.model import AgeBand
from app.identity.numbers import BEIJING, age_band_at, read_id_number, today
from app.people.care_model import StoredRelation

INVITATION_LIFE = timedelta(days=7)
RENEWAL_AGREED_FOR = timedelta(days=30)
"""How long one of the two waits for the other to agree as well: a yes of last year is none."""
_CHILD_YEARS = 14


def agrees(relation: StoredRelation | None, now: datetime) -> bool:
    """Whether one of the two would go on, and said so lately."""
    at = relation.renewal_agreed_at if relation else None
    return at is not None and now < at + RENEWAL_AGREED_FOR


def childhood_end(birth_date: date) -> datetime:
    """The beginning, in Beijing, of the day on which a child turns 14 and consents for themself."""
    year = birth_date.year + _CHILD_YEARS
    try:
        day = birth_date.replace(year=year)
    except ValueError:  # 29 February, of a year that has none
        day = date(year, 3, 1)
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def is_child(id_number: str | None, now: datetime) -> bool:
    """Whether somebody is under 14; whose number is not known here was not, when the state vouched for them."""
    if id_number is None:
        return False
    try:
        number = read_id_number(id_number, now)
    except InvalidError:  # proven by rules that were others then
        return False
    return age_band_at(number.birth_date, today(now)) is AgeBand.CHILD


def require_of_age(id_number: str | None, now: datetime) -> None:
    """Whoever is under 14 agrees to nothing alone: their guardian does, and is asked."""
    if is_child(id_number, now):
        raise GuardianConsentRequiredError
