"""What is decided about licences without asking anybody: standings, and who may see a company's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from app.enterprises.rules import EVERYTHING
from app.identity.numbers import today
from app.licences.model import HeldLicence, HolderKind, Licence, LicenceType, Standing


def stands_at(stored: HeldLicence, now: datetime) -> Standing:
    """What the registry said, and expired once its last day, in Beijing's time, is over."""
    is_over = stored.valid_until is not None and stored.valid_until < today(now)
    return Standing.EXPIRED if stored.standing is Standing.VALID and is_over else stored.standing


def compose_standing(licence: Licence, held: Sequence[Licence]) -> Licence:
    """A composite is no better than its parts: one that is missing or not good makes it `other`."""
    if not licence.type.parts or licence.standing is not Standing.VALID:
        return licence
    good = {one.type.id for one in held if one.standing is Standing.VALID}
    return licence if good.issuperset(licence.type.parts) else msgspec.structs.replace(licence, standing=Standing.OTHER)


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
