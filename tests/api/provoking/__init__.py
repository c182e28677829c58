"""How each problem is brought about: one file a subject, as in api/meanings."""

from __future__ import annotations

from tests.api.provoking import (
    care,
    copies,
    devices,
    enterprises,
    identity,
    main_path,
    platforms,
    presentations,
    rights,
    roaming,
    staff,
    venues,
    wallet,
)
from tests.api.provoking.scene import Provoking, Scene

__all__ = ["PROVOKED", "Provoking", "Scene"]

PROVOKED: dict[str, Provoking] = {
    **main_path.PROVOKED,
    **venues.PROVOKED,
    **identity.PROVOKED,
    **care.PROVOKED,
    **platforms.PROVOKED,
    **enterprises.PROVOKED,
    **rights.PROVOKED,
    **devices.PROVOKED,
    **roaming.PROVOKED,
    **wallet.PROVOKED,
    **presentations.PROVOKED,
    **copies.PROVOKED,
    **staff.PROVOKED,
}
