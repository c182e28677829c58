"""What an export shows of where a resident is reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.database import Executor
from app.pushing.addressing import open_address
from app.sealing import UnsealingError, Vault
from push import reaching
from push.addresses import Address


async def list_addresses_for_export(db: Executor, vault: Vault, resident_id: UUID) -> Sequence[Mapping[str, object]]:
    """Each phone and mini-program, with the provider's name for it."""
    return [
        {
            "channel": one.channel,
            "app_id": one.app_id,
            "environment": one.environment or None,
            "address": _open(vault, one),
            "locale": one.locale,
            "registered_at": one.registered_at,
            "last_used_at": one.seen_at,
        }
        for one in await reaching.list_addresses(db, resident_id)
    ]


def _open(vault: Vault, address: Address) -> str | None:
    try:
        return open_address(vault, address.sealed)
    except UnsealingError:  # its master key is gone: it reaches nobody any more
        return None


async def list_allowances_for_export(db: Executor, resident_id: UUID) -> Sequence[Mapping[str, object]]:
    """What mini-programs may send still."""
    return [
        {
            "channel": one.channel,
            "app_id": one.app_id,
            "template_id": one.template_id,
            "remaining": None if one.lasts else one.remaining,
            "lasts": one.lasts,
            "granted_at": one.granted_at,
        }
        for one in await reaching.list_allowances(db, resident_id)
    ]


async def list_preferences_for_export(db: Executor, resident_id: UUID) -> Sequence[Mapping[str, object]]:
    """What the resident chose; nothing where they chose nothing."""
    chosen = await reaching.get_preferences(db, resident_id)
    if chosen is None:
        return []
    return [
        {
            "locale": chosen.locale,
            "time_zone": chosen.time_zone,
            "quiet_from": chosen.quiet and chosen.quiet.begins,
            "quiet_until": chosen.quiet and chosen.quiet.ends,
            "muted": [f"{category}:{channel}" for category, channel in sorted(chosen.muted)],
            "elder_view": chosen.is_elder_view,
        }
    ]
