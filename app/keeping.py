"""Keys and secrets of a deployment: made once, in development by themselves."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog

from app.errors import SettingsError
from app.secrets import create_secrets, read_secrets
from app.settings import Settings
from codes import KeyRing, KeyRingError, create_key_ring

log = structlog.get_logger()

_LOOK_SECONDS = 2.0


def create_keys(settings: Settings, *, development: bool, now: datetime) -> KeyRing:
    """Makes what is missing in the keys folder; what is there is kept."""
    folder = settings.keys_folder
    create_secrets(folder, development=development)
    return create_key_ring(folder, settings.province, now, development=development)


def require_keys(settings: Settings, now: datetime) -> KeyRing:
    """The deployment's keys; production refuses to start with those of a development server."""
    if not settings.is_production:
        return create_keys(settings, development=True, now=now)
    ring = KeyRing.load(settings.keys_folder)
    if ring.is_development or read_secrets(settings.keys_folder).development:
        raise SettingsError(
            f"The keys in {settings.keys_folder} were made by a development server: "
            "make others with `suixing keys create`, and never use these."
        )
    if ring.has_root_key:
        raise SettingsError(
            f"root-key.pem in {settings.keys_folder} is the province's root: move it to where no server can reach it. "
            "It is needed again only to certify new list-signers."
        )
    if ring.province != settings.province:
        raise SettingsError(f"The keys in {settings.keys_folder} are of province {ring.province}.")
    return ring


async def follow_keys(ring: KeyRing) -> None:
    """Runs until cancelled: what is put into the keys folder is in use within seconds, without a restart."""
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        try:
            if await asyncio.to_thread(ring.catch_up):
                log.info("keys.read", kids=sorted(kid.hex() for kid in ring.kids - ring.withdrawn_kids))
        except (KeyRingError, OSError) as error:
            log.warning("keys.not-read", slug=getattr(error, "slug", "unreadable"))
