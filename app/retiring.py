"""Taking a secret out of use, once nothing needs it: refused in words until then."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.database import Pool, open_pool
from app.devices.rewrapping import count_addresses_to_follow
from app.enterprises import delegation_store
from app.errors import SettingsError
from app.licences.rewrapping import count_licences_to_follow
from app.people import rewrap_store
from app.people.rewrapping import count_lookups_to_follow, count_under_master
from app.sealing import Vault
from app.secrets import Kind, Secret, choose_maker, read_secrets, retire_secret
from app.settings import Settings


async def retire_oldest(settings: Settings, url: str, kind: Kind, now: datetime) -> int:
    """Retires the oldest secret of the kind, and answers its number."""
    secrets = read_secrets(settings.keys_folder)
    in_use: list[Secret] = [one for one in getattr(secrets, kind) if not one.retired]
    oldest, maker = in_use[-1], choose_maker(in_use, now)
    if len(in_use) == 1 or oldest is maker:
        raise SettingsError(f"No newer {kind} secret makes yet: `suixing keys rotate --use {kind}`, and wait for it.")
    pool = await open_pool(settings, url, size=1)
    try:
        await _require_unneeded(settings, pool, Vault(secrets), kind, oldest, maker, now)
    finally:
        await pool.close()
    retire_secret(settings.keys_folder, kind, oldest.number)
    return oldest.number


async def _require_unneeded(
    settings: Settings, pool: Pool, vault: Vault, kind: Kind, oldest: Secret, maker: Secret, now: datetime
) -> None:
    if kind == "master":
        left = await count_under_master(pool, oldest.number)
        if left:
            what = ", ".join(f"{count} {name}" for name, count in left.items())
            raise SettingsError(f"master secret {oldest.number} is needed by {what}: see docs/operations.md.")
    elif kind == "index":
        counts = (count_lookups_to_follow, count_licences_to_follow, count_addresses_to_follow)
        lacking = sum([await count(pool, vault) for count in counts])
        if lacking:
            raise SettingsError(f"{lacking} lookups are not under the newest index secret: `suixing keys rewrap`.")
        await _require_no_invitations(pool, oldest, now)
    elif maker.makes_from is not None:
        over_at = maker.makes_from + timedelta(seconds=settings.session_lifetime)
        if over_at > now:
            raise SettingsError(f"Refresh tokens under token secret {oldest.number} live until {over_at:%Y-%m-%d}.")


async def _require_no_invitations(pool: Pool, oldest: Secret, now: datetime) -> None:
    """An invitation bears the index of when it was made, and whoever is invited would not find it by another."""
    companies = await delegation_store.count_invitations_under(pool, oldest.number, now)
    relatives = await rewrap_store.count_invitations_under(pool, oldest.number, now)
    if companies or relatives:
        raise SettingsError(
            f"{companies} invitations of companies and {relatives} of relatives are found by index secret "
            f"{oldest.number} alone: they are answered or over within days."
        )
