"""The registries of licences that a deployment's settings name, and the desk around them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from app.database import Pool
from app.licences.registries import Registries, RegistryEntry, open_registries, read_registries
from app.licences.syncing import SyncDesk
from app.sealing import Vault
from app.settings import Settings


def list_entries(settings: Settings) -> list[RegistryEntry] | None:
    """Those of the settings' file; None where it names none. Raises SettingsError for what is wrong with it."""
    if settings.licence_registries is None:
        return None
    return read_registries(settings.licence_registries, is_production=settings.is_production)


def open_licence_registries(settings: Settings, entries: Sequence[RegistryEntry]) -> Registries:
    """Opens the connections; close them when the process stops."""
    return open_registries(entries, timeout=float(settings.licence_deadline))


def open_sync_desk(settings: Settings, pool: Pool, vault: Vault, registries: Registries) -> SyncDesk:
    """What a worker brings wallets up to date with."""
    return SyncDesk(
        pool=pool,
        vault=vault,
        registries=registries,
        every=timedelta(hours=settings.licence_sync_hours),
        kept_for=timedelta(days=settings.licence_kept_days),
        left_after=timedelta(days=settings.licence_left_days),
    )
