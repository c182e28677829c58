"""What is decided about licences without asking anybody: standings, and who may see a company's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

from app.enterprises.rules import EVERYTHING
from app.licences.model import HolderKind, LicenceType, Standing

_FIRST_RETRY = timedelta(seconds=30)
_LAST_RETRY = timedelta(hours=1)
_MOST_DOUBLINGS = 8


def stands_on(standing: Standing, valid_from: date | None, valid_until: date | None, day: date) -> Standing:
    """What the registry said; expired once its last day is over, and not good before its first.

    `day` is Beijing's, as `today` has it.
    """
    if standing is not Standing.VALID:
        return standing
    if valid_until is not None and valid_until < day:
        return Standing.EXPIRED
    return Standing.OTHER if valid_from is not None and day < valid_from else Standing.VALID


def find_good(book: Mapping[str, LicenceType], held: Iterable[tuple[str, Standing]]) -> frozenset[str]:
    """The kinds of which something good is held: a composite (一业一证) only while all its parts are, however deep."""
    good = {type_id for type_id, standing in held if standing is Standing.VALID and type_id in book}
    while broken := {type_id for type_id in good if not good.issuperset(book[type_id].parts)}:
        good -= broken
    return frozenset(good)


def compose_standing(kind: LicenceType, standing: Standing, good: Collection[str]) -> Standing:
    """A composite is no better than its parts: one that is missing or not good makes it `other`."""
    is_broken = standing is Standing.VALID and kind.parts and kind.id not in good
    return Standing.OTHER if is_broken else standing


def may_see(kind: LicenceType, scopes: Collection[str], holder: HolderKind) -> bool:
    """A resident sees all of their own; a delegate what lies within their scopes."""
    if holder is HolderKind.RESIDENT or kind.scope is None:
        return True
    return EVERYTHING in scopes or kind.scope in scopes


def is_trusted_issuer(kind: LicenceType, issuer_code: str) -> bool:
    """Whether this kind's licences are believed of this issuer: the kind names credit codes or beginnings of them, as
    `11310` for the organs of Shanghai. A kind that names none believes whomever a registry here has.
    """
    return bool(issuer_code) and (not kind.issuers or issuer_code.startswith(tuple(kind.issuers)))


def retry_after(failures: int) -> timedelta:
    """Until a registry that failed so often before is asked again about a wallet: longer each time, to an hour."""
    return min(_FIRST_RETRY * (1 << min(failures, _MOST_DOUBLINGS)), _LAST_RETRY)
