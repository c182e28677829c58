"""The worker: delivers what waits in the outbox, chains the access log, keeps the trust list fresh, forgets in time."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import msgspec
import structlog

from app import audit
from app.audit.checking import WITNESS
from app.campaigns.counting import count_campaigns
from app.campaigns.walking import walk_campaigns
from app.credentials.papers import forget_papers, remind_of_ends
from app.credentials.publishing import Publisher, forget_lists, publish_due
from app.credentials.revoking import Follower
from app.credentials.settling import settle_withdrawn
from app.database import FAULTS, Pool, open_pool
from app.devices.retaining import forget_left_devices
from app.enterprises.checking import check_companies
from app.enterprises.desk import EnterpriseDesk
from app.enterprises.opening import close_desk, open_enterprise_desk, registry_access
from app.enterprises.registry import RegistryAccess
from app.enterprises.representing import find_representative
from app.enterprises.tending import end_due, tell_invited
from app.ephemeral import Valkey, open_valkey
from app.identity.proving import forget_checks
from app.keeping import follow_keys
from app.licences.exporting import forget_merged_wallets
from app.licences.opening import list_entries, open_licence_registries, open_sync_desk
from app.licences.registries import Registries
from app.licences.turns import Turns
from app.measuring.changes import note_changes
from app.measuring.pushes import note_pushes
from app.measuring.sampling import Sampler, forget_measurements
from app.migrating import ensure_partitions
from app.people.care_reminding import remind_ending
from app.people.endings import forget_ended
from app.people.inviting import forget_invitations
from app.people.locking import tell_companies
from app.people.merging import gather_messages
from app.people.presences import forget_presences
from app.people.retention import forget_logins
from app.platforms.receiving import forget_callbacks
from app.recognition.publishing import forget_trust_lists, publish_trust_list
from app.repeating.answering import forget_answers
from app.rights.erasing import Eraser, erase_due
from app.rights.retaining import tend_retained
from app.roaming.desk import RoamingDesk, open_roaming
from app.roaming.forgetting import forget_crossings, forget_merged_roamers, settle_ends
from app.roaming.witnessing import follow_scans
from app.sealing import Vault
from app.secrets import read_secrets
from app.settings import Settings
from app.staff.proposing import execute_approved
from app.staff.rotating import worker_acts
from app.tracing import configure_tracing, span, stop_tracing
from app.venues.history import forget_history, project_scans
from app.venues.reconciling import forget_journals
from app.wallet.copies import forget_ended_copies
from app.wallet.materials import forget_requests
from app.wallet.results import empty_results, forget_presentations
from app.worker_channels import open_dispatcher
from codes import KeyRing
from push.outbox import expire_notices, purge_messages, purge_notices
from push.stranding import hand_on_stranded

log = structlog.get_logger()

_Job: TypeAlias = Callable[[datetime], Awaitable[object]]

_SETTLED_KEPT = timedelta(days=7)
_MESSAGES_KEPT = timedelta(days=365)
_HOUR = 3600.0
_MINUTE = 60.0
_BEAT_SECONDS = 10.0
_TRUST_SECONDS = 10.0
_ERASURE_SECONDS = 60.0
_PROPOSAL_SECONDS = 5.0
_WITHDRAWN_SECONDS = 5.0
_NEWS_SECONDS = 5.0
_VENUE_SCANS_SECONDS = 3.0
_INVITATION_SECONDS = 3.0
_EMPTYING_SECONDS = 15.0
_WALLET_SECONDS = 2.0
_CAMPAIGN_SECONDS = 0.5
_TALLY_SECONDS = 10.0


def _now() -> datetime:
    return datetime.now(UTC)


class _Tools(msgspec.Struct, frozen=True):
    """What the jobs share."""

    settings: Settings
    pool: Pool
    valkey: Valkey
    vault: Vault
    ring: KeyRing
    enterprises: EnterpriseDesk
    wallets: Turns
    roaming: RoamingDesk


async def run_worker(settings: Settings) -> None:
    """Works until SIGTERM or SIGINT, then finishes what it holds."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    configure_tracing(
        settings.otlp_endpoint, province=settings.province, process="worker", percent=settings.trace_percent
    )
    async with (
        _tools(settings) as tools,
        open_dispatcher(settings, tools.pool, tools.valkey, tools.vault, _now) as dispatcher,
    ):
        sampler = Sampler(tools.pool, dispatcher.tally, dispatcher.troubles, _now())
        _set_aside_what_stays()
        jobs = [asyncio.create_task(job) for job in (*_jobs(tools, dispatcher.served), *_notes(sampler))]
        log.info("worker.started")
        try:
            await dispatcher.run(stopping)
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            with suppress(*FAULTS):
                await sampler.stop(_now())
    await asyncio.to_thread(stop_tracing)
    log.info("worker.stopped")


def _set_aside_what_stays() -> None:
    """What is open by now lives as long as the worker: the collector would walk it for nothing, again and again."""
    gc.collect()  # what is garbage already would be kept for good
    gc.freeze()


@asynccontextmanager
async def _tools(settings: Settings) -> AsyncGenerator[_Tools]:
    if settings.database_url is None or settings.redis_url is None:
        raise RuntimeError("a worker is given its database and Valkey by the launcher or by the settings")
    secrets = read_secrets(settings.keys_folder)
    pool = await open_pool(settings, settings.database_url)
    valkey, vault = open_valkey(settings.redis_url), Vault(secrets)
    desk = open_enterprise_desk(settings, pool, vault, _registry_access(settings))
    wallets = Turns(open_sync_desk(settings, pool, vault, _open_registries(settings)))
    roaming, ring = open_roaming(settings, pool, valkey), KeyRing.load(settings.keys_folder)
    try:
        yield _Tools(settings, pool, valkey, vault, ring, desk, wallets, roaming)
    finally:
        await roaming.memory.close()
        await close_desk(desk)
        await wallets.close()
        await wallets.desk.registries.close()
        await valkey.aclose()
        await pool.close()


def _registry_access(settings: Settings) -> RegistryAccess | None:
    """The registry of the settings; in development this server's own stand-in."""
    if settings.enterprise_registry_url is not None or settings.is_production:
        return registry_access(settings)
    from app.development.enterprise_registry import (  # noqa: PLC0415  production never loads a stand-in
        stand_in_registry_access,
    )

    return stand_in_registry_access(settings.url)


def _open_registries(settings: Settings) -> Registries:
    """The registries of licences of the settings' file; in development this server's own stand-ins."""
    entries = list_entries(settings)
    if entries is None and not settings.is_production:
        from app.development.licence_book import invent_registries  # noqa: PLC0415  production never loads a stand-in

        entries = invent_registries(settings.url)
    return open_licence_registries(settings, entries or [])


def _jobs(tools: _Tools, served: Collection[str]) -> list[Coroutine[Any, Any, None]]:
    settings, pool, ring = tools.settings, tools.pool, tools.ring
    lifetime = timedelta(seconds=settings.trust_list_lifetime)
    eraser = Eraser(pool, tools.vault, ring, timedelta(days=settings.retention_days))

    async def publish(now: datetime) -> None:
        await publish_trust_list(pool, ring, lifetime=lifetime, now=now)

    revocations = Follower(pool)
    publisher = Publisher(pool, ring, settings.url, timedelta(seconds=settings.status_list_lifetime))

    async def tend_status_lists(now: datetime) -> None:
        await revocations.follow(now)
        await publish_due(publisher, now)

    async def sync_wallets(now: datetime) -> None:
        await note_changes(pool, await tools.wallets.take(now), now)

    async def commit(now: datetime) -> None:
        await audit.commit_batch(pool, ring, now=now, witness=settings.data / WITNESS)

    return [
        follow_keys(ring),
        _repeat("trust-list", _TRUST_SECONDS, publish),
        _repeat("status-lists", float(settings.status_interval), tend_status_lists),
        _repeat("access-log", float(settings.audit_interval), commit),
        _repeat("proposals", _PROPOSAL_SECONDS, lambda now: execute_approved(pool, worker_acts(ring, lifetime), now)),
        _repeat("withdrawn-keys", _WITHDRAWN_SECONDS, lambda now: settle_withdrawn(pool, now)),
        _repeat("erasures", _ERASURE_SECONDS, lambda now: erase_due(eraser, now)),
        _repeat("venue-scans", _VENUE_SCANS_SECONDS, lambda now: project_scans(pool, now)),
        _repeat("wallets", _WALLET_SECONDS, sync_wallets),
        _repeat("emptying-presentations", _EMPTYING_SECONDS, lambda now: empty_results(pool, now)),
        *_telling_jobs(tools, served),
        *(_repeat(name, _HOUR, job) for name, job in _hourly_jobs(tools, revocations).items()),
    ]


def _telling_jobs(tools: _Tools, served: Collection[str]) -> list[Coroutine[Any, Any, None]]:
    """What somebody is told of afterwards: of companies, of journeys, and by campaigns."""
    settings, pool = tools.settings, tools.pool

    async def walk(now: datetime) -> None:
        await walk_campaigns(pool, settings.province, now, served=served)

    return [
        _repeat("company-news", _NEWS_SECONDS, lambda now: tell_companies(pool, find_representative, now)),
        _repeat("roaming-ends", _EMPTYING_SECONDS, lambda now: settle_ends(pool, tools.roaming.memory, now)),
        _repeat("roaming-scans", _VENUE_SCANS_SECONDS, lambda now: follow_scans(tools.roaming, now)),
        _repeat("delegation-invitations", _INVITATION_SECONDS, lambda now: tell_invited(pool, tools.vault, now)),
        _repeat("delegations-due", _MINUTE, lambda now: end_due(pool, now)),
        _repeat("campaigns", _CAMPAIGN_SECONDS, walk),
        _repeat("stranded-notices", _MINUTE, lambda now: hand_on_stranded(pool, served=served, now=now)),
        _repeat("campaign-tallies", _TALLY_SECONDS, lambda now: count_campaigns(pool, now)),
        _repeat("counting-pushes", _MINUTE, lambda now: note_pushes(pool, now)),
        _repeat("company-checks", _MINUTE, lambda now: check_companies(tools.enterprises, now)),
    ]


def _hourly_jobs(tools: _Tools, revocations: Follower) -> dict[str, _Job]:
    """What is forgotten in time, and what is tended besides."""
    pool, journal_window = tools.pool, timedelta(hours=tools.settings.journal_window_hours)
    crossings_kept = timedelta(days=tools.settings.crossings_days)
    session_lifetime = timedelta(seconds=tools.settings.session_lifetime)

    async def forget_endings(now: datetime) -> None:
        await revocations.follow(now)  # where no worker ran for a while, certificates first end with their sessions
        await forget_ended(pool, now)

    # Each by itself: one that fails must not keep the others from their turn.
    return {
        "partitions": lambda now: ensure_partitions(pool, now),
        "forgetting-measurements": lambda now: forget_measurements(pool, now),
        "forgetting-endings": forget_endings,
        "forgetting-papers": lambda now: forget_papers(pool, now),
        "forgetting-status-lists": lambda now: forget_lists(pool, now, journal_window=journal_window),
        "reminding-of-papers": lambda now: remind_of_ends(pool, now),
        "forgetting-identity-checks": lambda now: forget_checks(pool, now),
        "forgetting-logins": lambda now: forget_logins(pool, now),
        "forgetting-devices": lambda now: forget_left_devices(pool, now, session_lifetime=session_lifetime),
        "reminding-relatives": lambda now: remind_ending(pool, now),
        "forgetting-invitations": lambda now: forget_invitations(pool, now),
        "forgetting-presences": lambda now: forget_presences(pool, now),
        "forgetting-copies": lambda now: forget_ended_copies(pool, now),
        "forgetting-materials": lambda now: forget_requests(pool, now),
        "forgetting-messages": lambda now: purge_messages(pool, created_before=now - _MESSAGES_KEPT),
        "tending-retained": lambda now: tend_retained(pool, tools.vault, now),
        "forgetting-presentations": lambda now: forget_presentations(pool, now),
        "forgetting-answers": lambda now: forget_answers(pool, now),
        "forgetting-callbacks": lambda now: forget_callbacks(pool, now),
        "forgetting-trust-lists": lambda now: forget_trust_lists(pool, now),
        "forgetting-journals": lambda now: forget_journals(pool, now),
        "forgetting-venue-scans": lambda now: forget_history(pool, now),
        "gathering-messages": lambda now: gather_messages(pool, now),
        "forgetting-merged-wallets": lambda now: forget_merged_wallets(pool, now),
        "forgetting-crossings": lambda now: forget_crossings(pool, now, kept=crossings_kept),
        "forgetting-merged-roamers": lambda now: forget_merged_roamers(pool, now),
        "expiring-notices": lambda now: expire_notices(pool, now=now),
        "forgetting-notices": lambda now: purge_notices(pool, settled_before=now - _SETTLED_KEPT),
    }


def _notes(sampler: Sampler) -> list[Coroutine[Any, Any, None]]:
    """What this worker says of itself."""
    return [
        _repeat("heartbeat", _BEAT_SECONDS, sampler.beat),
        _repeat("measuring", _MINUTE, sampler.sample),
    ]


async def _repeat(name: str, seconds: float, job: _Job) -> None:
    """Runs a job at intervals until cancelled; one that fails is logged and comes again."""
    while True:
        try:
            with span(f"worker.{name}"):
                await job(_now())
        except FAULTS:
            log.warning("worker.database-away", job=name)
        except Exception:
            log.exception("worker.job-failed", job=name)
        await asyncio.sleep(seconds)
