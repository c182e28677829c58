"""Every slug that a refusal can bear: one file a subject, in the order of docs/problems.md."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings import (
    care,
    codes,
    copies,
    credentials,
    devices,
    enterprises,
    general,
    identity,
    people,
    platforms,
    presentations,
    rights,
    roaming,
    staff,
    venues,
    wallet,
)
from api.meanings.meaning import Meaning

__all__ = ["MEANINGS", "Meaning"]

MEANINGS: Mapping[str, Meaning] = {
    **codes.MEANINGS,
    **credentials.MEANINGS,
    **venues.MEANINGS,
    **people.MEANINGS,
    **identity.MEANINGS,
    **care.MEANINGS,
    **platforms.MEANINGS,
    **enterprises.MEANINGS,
    **rights.MEANINGS,
    **devices.MEANINGS,
    **roaming.MEANINGS,
    **wallet.MEANINGS,
    **presentations.MEANINGS,
    **copies.MEANINGS,
    **staff.MEANINGS,
    **general.MEANINGS,
}
