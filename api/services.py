"""What the handlers of one server process share: opened when it starts, closed when it stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import msgspec
from litestar import Litestar, Request
from litestar.datastructures import State

from api.counting import COUNTS, probe
from api.following import following
from api.inbox_hub import InboxHub
from api.pictures import PictureDesk
from app.credentials.desk import CredentialDesk
from app.credentials.held_lists import HeldStatusLists
from app.credentials.places import StatusPlaces
from app.database import Pool, open_pool
from app.devices.model import DeviceDesk
from app.enterprises.desk import EnterpriseDesk
from app.enterprises.opening import close_desk, open_enterprise_desk, registry_access
from app.ephemeral import Valkey, open_valkey
from app.identity.authority import IdentityAuthority
from app.identity.opening import cloud_auth_access, network_identity_access, open_proving_desk
from app.keeping import follow_keys
from app.launching import when_stopping
from app.licences.cards import CardDesk, open_card_desk
from app.licences.holding import LicenceDesk
from app.licences.opening import list_entries, open_licence_registries
from app.licences.registries import Registries
from app.limits import Limit, share_limits
from app.measuring.watching import watch_endings
from app.people.endings import EndedSessions
from app.people.sessions import Doorkeeper
from app.people.tokens import AccessTokens, RefreshTokens
from app.platforms.asking import Limits
from app.platforms.mini_programs import open_platforms, read_mini_programs
from app.platforms.registry import Platforms
from app.pushing.model import PushApps, PushSettings
from app.pushing.opening import read_push
from app.recognition.publishing import HeldTrustList
from app.recognition.remembering import PastTrustLists
from app.rights.leaving import order_erasure
from app.roaming.desk import RoamingDesk, open_roaming
from app.roaming.destinations import Destinations, UnknownDestinations
from app.sealing import Vault
from app.secrets import Secrets, read_secrets
from app.settings import Settings
from app.staff.dangerous import standard_acts
from app.staff.registry import Registry
from app.tracing import stop_tracing
from app.venues.known_scanners import KnownScanners
from app.venues.proofs import SeenProofs
from app.venues.scanning import ScanningRoom
from app.venues.tallies import Tallies
from app.wallet.asking_room import AskingRoom
from app.wallet.copy_model import CopyDesk
from app.wallet.postman import Postman
from app.wallet.window_desk import WindowDesk
from codes import KeyRing

_SYNCS_AT_ONCE = 3


class OftenAsked(msgspec.Struct, frozen=True):
    """How often callers may ask for what costs."""

    code_limit: Limit
    scan_limit: Limit
    journal_limit: Limit
    sync_limit: Limit
    location_limit: Limit
    wallet_limit: Limit
    """Of wallets elsewhere, by their address."""
    receipt_limit: Limit
    """Of whoever has a receipt checked, by their address."""


class Services(OftenAsked, frozen=True):
    """One process's share of the house."""

    settings: Settings
    pool: Pool
    valkey: Valkey
    vault: Vault
    ring: KeyRing
    door: Doorkeeper
    acts: Registry
    room: ScanningRoom
    trust: HeldTrustList
    status_lists: HeldStatusLists
    credentials: CredentialDesk
    asking: AskingRoom
    copies: CopyDesk
    windows: WindowDesk
    past_lists: PastTrustLists
    ended: EndedSessions
    scanners: KnownScanners
    proofs: SeenProofs
    tallies: Tallies
    hub: InboxHub
    pictures: PictureDesk
    platforms: Platforms
    identity: IdentityAuthority
    enterprises: EnterpriseDesk
    licences: LicenceDesk
    cards: CardDesk
    registries: Registries
    destinations: Destinations
    roaming: RoamingDesk
    devices: DeviceDesk

    @property
    def limits(self) -> list[Limit]:
        """Every one: what is not shared is kept by each process alone, and never forgotten."""
        asked = (self.asking.limit, self.wallet_limit, self.receipt_limit, self.location_limit)
        return [self.code_limit, self.scan_limit, self.journal_limit, self.sync_limit, *asked]


def now() -> datetime:
    """The only clock of the server: handlers read it once and pass it on."""
    return datetime.now(UTC)


def services_of(request: Request[Any, Any, State]) -> Services:
    """The services of the process that answers this request."""
    return cast("Services", request.app.state.services)


@asynccontextmanager
async def serving(app: Litestar) -> AsyncGenerator[None]:
    """Opens everything before the first request, and closes it after the last."""
    settings: Settings = app.state.settings
    services = await _open(settings)
    await asyncio.gather(services.ended.catch_up(), services.trust.catch_up())
    app.state.services = services
    when_stopping(services.hub.close)
    share = partial(share_limits, services.limits, services.valkey, lambda: now().timestamp())
    try:
        async with following(
            endings=services.ended.follow,
            trust_list=services.trust.follow,
            status_lists=services.status_lists.follow,
            keys=partial(follow_keys, services.ring),
            alarms=partial(watch_endings, services.pool, services.ring, services.trust, now),
            inbox=services.hub.follow,
            limits=share,
            tallies=partial(services.tallies.follow, services.pool),
            counts=partial(COUNTS.follow, services.pool, now),
            probe=partial(probe, services.pool, services.ended, now),
            boundaries=services.roaming.boundaries.follow,
        ):
            yield
            services.hub.close()
    finally:
        await services.platforms.close()
        await services.identity.close()
        await close_desk(services.enterprises)
        await services.registries.close()
        await services.roaming.memory.close()
        await services.valkey.aclose()
        await services.pool.close()
        await asyncio.to_thread(stop_tracing)


async def _open(settings: Settings) -> Services:
    if settings.database_url is None or settings.redis_url is None:
        raise RuntimeError("a server process is given its database and Valkey by the launcher")
    secrets = read_secrets(settings.keys_folder)
    pool = await open_pool(settings, settings.database_url)
    return _assemble(settings, secrets, pool, open_valkey(settings.redis_url))


def _assemble(settings: Settings, secrets: Secrets, pool: Pool, valkey: Valkey) -> Services:
    vault = Vault(secrets)
    ring = KeyRing.load(settings.keys_folder)
    limits = _open_limits(settings)
    door = _open_door(settings, secrets, pool, vault)
    credentials = _open_credentials(settings, pool, vault, ring)
    registries = _open_registries(settings)
    return Services(
        **msgspec.structs.asdict(limits),
        settings=settings,
        pool=pool,
        valkey=valkey,
        vault=vault,
        ring=ring,
        door=door,
        acts=standard_acts(door, erase=order_erasure),
        room=ScanningRoom(pool, vault, ring),
        trust=HeldTrustList(pool, ring, now),
        status_lists=HeldStatusLists(pool, ring, settings.url, now),
        credentials=credentials,
        asking=_open_asking(settings, credentials),
        copies=_open_copies(settings, pool, vault, ring),
        past_lists=PastTrustLists(pool, ring),
        ended=EndedSessions(pool, settings.access_token_lifetime, now),
        scanners=KnownScanners(pool),
        proofs=SeenProofs(),
        tallies=Tallies(),
        hub=InboxHub(valkey),
        pictures=PictureDesk(limits.scan_limit),
        platforms=_open_platforms(settings),
        identity=_open_identity(settings, pool, vault),
        enterprises=_open_enterprises(settings, pool, vault),
        registries=registries,
        roaming=open_roaming(settings, pool, valkey),
        windows=_open_windows(settings, pool, vault, ring, registries),
        licences=LicenceDesk(pool, vault),
        cards=open_card_desk(LicenceDesk(pool, vault)),
        destinations=open_destinations(settings),
        devices=DeviceDesk(pool, vault, _open_push_apps(settings), settings.devices_daily, settings.preferences_daily),
    )


def _open_limits(settings: Settings) -> OftenAsked:
    address, receipts = settings.openid4vp_per_address, settings.receipt_checks_per_address
    return OftenAsked(
        code_limit=Limit("codes", per_minute=settings.codes_per_minute, burst=settings.codes_burst),
        scan_limit=Limit("scans", per_minute=settings.scans_per_minute, burst=settings.scans_burst),
        journal_limit=Limit("journals", per_minute=settings.journals_per_minute, burst=settings.journals_burst),
        sync_limit=Limit("syncs", per_minute=settings.wallet_syncs_per_minute, burst=_SYNCS_AT_ONCE),
        location_limit=Limit("locations", per_minute=settings.locations_per_minute, burst=settings.locations_burst),
        wallet_limit=Limit("wallets", per_minute=address, burst=address),
        receipt_limit=Limit("receipts", per_minute=receipts, burst=receipts),
    )


def _open_door(settings: Settings, secrets: Secrets, pool: Pool, vault: Vault) -> Doorkeeper:
    tokens = AccessTokens(secrets.token, f"suixing:{settings.province}", settings.access_token_lifetime)
    return Doorkeeper(pool, vault, settings, tokens, RefreshTokens(secrets.token))


def _open_copies(settings: Settings, pool: Pool, vault: Vault, ring: KeyRing) -> CopyDesk:
    return CopyDesk(pool, vault, ring, settings.url, settings.copies_daily, settings.copy_checks_per_address)


def _open_credentials(settings: Settings, pool: Pool, vault: Vault, ring: KeyRing) -> CredentialDesk:
    places = StatusPlaces(pool, settings.status_list_size)
    return CredentialDesk(pool, vault, ring, places, settings.papers_daily, settings.window_papers_daily)


def _open_asking(settings: Settings, credentials: CredentialDesk) -> AskingRoom:
    """Credentials and their places are shared with papers and certificates."""
    per_minute = settings.presentations_per_minute
    return AskingRoom(
        pool=credentials.pool,
        vault=credentials.vault,
        ring=credentials.ring,
        places=credentials.places,
        url=settings.url,
        lifetime=timedelta(seconds=settings.presentation_lifetime),
        limit=Limit("presentations", per_minute=per_minute, burst=per_minute),
        most_credentials=settings.credentials_per_session,
        postman=Postman(settings.openid4vp_loopback),
    )


def _open_platforms(settings: Settings) -> Platforms:
    """The mini-programs of the settings' file; without one, those that a development server invents."""
    limits = Limits(float(settings.provider_deadline), settings.provider_connections)
    if settings.mini_programs is not None:
        entries = read_mini_programs(settings.mini_programs, is_production=settings.is_production)
    elif settings.is_production:
        entries = []
    else:
        from app.development.mini_programs import (  # noqa: PLC0415  production never loads a stand-in
            invent_mini_programs,
        )

        entries = invent_mini_programs(settings)
    return open_platforms(entries, limits, now)


def _open_identity(settings: Settings, pool: Pool, vault: Vault) -> IdentityAuthority:
    """The authorities of the settings; without them, those that a development server stands in for."""
    cloud_auth, network = cloud_auth_access(settings), network_identity_access(settings)
    if not settings.is_production:
        from app.development.identity_standing_in import (  # noqa: PLC0415  production never loads a stand-in
            open_identity_files,
            stand_in_cloud_auth_access,
            stand_in_network_access,
        )

        cloud_auth = cloud_auth or stand_in_cloud_auth_access(settings.url)
        network = network or stand_in_network_access(settings.url, open_identity_files(settings), now())
    return open_proving_desk(settings, pool, vault, cloud_auth=cloud_auth, network=network)


def _open_enterprises(settings: Settings, pool: Pool, vault: Vault) -> EnterpriseDesk:
    """The registry of the settings; without it, the one that a development server stands in for."""
    access = registry_access(settings)
    if access is None and not settings.is_production:
        from app.development.enterprise_registry import (  # noqa: PLC0415  production never loads a stand-in
            stand_in_registry_access,
        )

        access = stand_in_registry_access(settings.url)
    return open_enterprise_desk(settings, pool, vault, access)


def _open_windows(settings: Settings, pool: Pool, vault: Vault, ring: KeyRing, registries: Registries) -> WindowDesk:
    return WindowDesk(pool, vault, ring, registries, settings.province, settings.url, settings.window_looks_per_hour)


def _open_registries(settings: Settings) -> Registries:
    """The registries of licences of the settings' file; without it, those that a development server invents."""
    entries = list_entries(settings)
    if entries is None and not settings.is_production:
        from app.development.licence_book import invent_registries  # noqa: PLC0415  production never loads a stand-in

        entries = invent_registries(settings.url)
    return open_licence_registries(settings, entries or [])


def _open_push_apps(settings: Settings) -> PushApps:
    """What the settings' file pushes through; without it, what a development server stands in for."""
    found = read_push(settings)
    if found is not None:
        return PushApps(found[0])
    if settings.is_production:
        return PushApps(PushSettings())
    from app.development.pushing import invent_push  # noqa: PLC0415  production never loads a stand-in

    return PushApps(invent_push(settings))


def open_destinations(settings: Settings) -> Destinations:
    """What provinces offer: nobody's word until they are joined; a development server makes it up."""
    if settings.is_production:
        return UnknownDestinations()
    from app.development.destinations import DemoDestinations  # noqa: PLC0415  production never loads a stand-in

    return DemoDestinations()
