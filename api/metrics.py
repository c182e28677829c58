"""Prometheus metrics of all server processes together, with how the deployment stands. docs/metrics.md lists them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from api.counters import LOCAL
from app import ephemeral
from app.measuring.alarms import SLUGS, find_alarms
from app.measuring.changes import DELAY_BOUNDS
from app.measuring.model import FINDINGS, Records, Standing, WalletStanding
from app.measuring.standing import read_standing

if TYPE_CHECKING:
    from datetime import datetime

    from api.services import Services


class _Now(Collector):
    """What is read when it is asked for."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


async def read_services(services: Services, now: datetime) -> Standing:
    """How the deployment of these services stands."""
    return await read_standing(
        services.pool,
        services.ring,
        services.trust,
        valkey=await ephemeral.is_answering(services.valkey),
        endings_age=services.ended.age(now),
        now=now,
        wallets_within=timedelta(seconds=services.settings.licence_notice_seconds),
    )


async def render_metrics(services: Services, now: datetime) -> bytes:
    """The text format, version 0.0.4."""
    counted = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]  # the library's own
    else:
        counted = LOCAL
    standing = await read_services(services, now)
    read = CollectorRegistry()
    families = [
        *_list_families(standing, (services.ring.good_until - now).total_seconds()),
        *(_list_records(standing, standing.records) if standing.records else ()),
    ]
    read.register(_Now(families))
    return generate_latest(counted) + generate_latest(read)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"suixing_{name}", about, value=value)


def _labelled(
    name: str, about: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    family = GaugeMetricFamily(f"suixing_{name}", about, labels=labels)
    for of, value in values:
        family.add_metric(of, value)
    return family


def _list_families(standing: Standing, keys_good_for: float) -> Iterator[Metric]:
    """What is known without PostgreSQL."""
    at = standing.at
    yield _gauge("database_up", "Whether PostgreSQL answers", float(standing.records is not None))
    yield _gauge("valkey_up", "Whether Valkey answers", float(standing.valkey))
    left = (standing.trust_expires_at - at).total_seconds()
    yield _gauge("trust_list_expires_in_seconds", "Until the held trust list ends", left)
    yield _gauge("trust_list_sequence", "Of the held trust list", standing.trust_sequence)
    yield _gauge("keys_good_for_seconds", "Until the first kind of key has none that signs", keys_good_for)
    yield _gauge("keys_missing", "Keys that the list names and this folder lacks", float(len(standing.missing_keys)))
    signing = [key for key in standing.keys if key.state == "signing"]
    ages = [((key.use, key.kid), (at - key.signs_from).total_seconds()) for key in signing]
    yield _labelled("key_age_seconds", "Since a key began to sign", ("use", "kid"), ages)
    ends = [((key.use, key.kid), (key.ends_at - at).total_seconds()) for key in signing]
    yield _labelled("key_ends_in_seconds", "Until a key that signs ends", ("use", "kid"), ends)
    raised = {alarm.slug for alarm in find_alarms(standing)}
    yield _labelled("alarm", "Whether an alarm is raised", ("slug",), [((s,), float(s in raised)) for s in SLUGS])


def _list_records(standing: Standing, records: Records) -> Iterator[Metric]:
    """What PostgreSQL knows."""
    channels = records.channels
    yield _gauge("outbox_pending", "Notices not settled yet", float(sum(one.waiting for one in channels)))
    oldest = max((one.oldest_seconds for one in channels), default=0.0)
    yield _gauge("outbox_oldest_seconds", "How long the most overdue notice waits", oldest)
    waiting = [((one.channel,), float(one.waiting)) for one in channels]
    yield _labelled("outbox_channel_pending", "Notices not settled yet, by channel", ("channel",), waiting)
    late = [((one.channel,), one.oldest_seconds) for one in channels]
    yield _labelled("outbox_channel_oldest_seconds", "The most overdue notice, by channel", ("channel",), late)
    delivered = CounterMetricFamily("suixing_notices", "What workers made of notices", labels=("channel", "outcome"))
    for (channel, outcome), total in records.delivered.items():
        delivered.add_metric((channel, outcome), total)
    yield delivered
    yield from _list_ages(standing, records)


def _list_ages(standing: Standing, records: Records) -> Iterator[Metric]:
    alive = [worker for worker in records.workers if worker.stopped_at is None]
    yield _gauge("workers", "Workers that did not say goodbye, heard within a day", float(len(alive)))
    seen = max((worker.seen_at for worker in records.workers), default=None)
    if seen is not None:
        yield _gauge("worker_seen_seconds", "Since any worker was heard", (standing.at - seen).total_seconds())
    if records.audit.newest_at is not None:
        age = (standing.at - records.audit.newest_at).total_seconds()
        yield _gauge("audit_head_age_seconds", "Since the newest head of the access log", age)
    lists = [
        ((str(one.list_no), one.use), (one.expires_at - standing.at).total_seconds())
        for one in records.status_lists
        if one.expires_at is not None
    ]
    yield _labelled("status_list_expires_in_seconds", "Until a status list ends", ("list_no", "use"), lists)
    yield _gauge("audit_waiting", "Accesses not under a head yet", float(records.audit.waiting))
    yield _gauge("venues_waiting", "Venues that wait for approval", float(records.venues_waiting))
    yield _gauge("disputes_open", "Disputes without an answer", float(records.disputes_open))
    found = [((kind,), float(records.findings.get(kind, 0))) for kind in FINDINGS]
    yield _labelled("scan_findings", "What journals brought to light within the last hour", ("kind",), found)
    yield from _list_wallets(records.wallets)


def _list_wallets(wallets: WalletStanding) -> Iterator[Metric]:
    yield _gauge("wallets_due", "Wallets that wait to be brought up to date", float(wallets.waiting))
    yield _gauge("wallets_due_oldest_seconds", "How long the first of them has been due", wallets.oldest_seconds)
    bounds = [*(str(bound) for bound in DELAY_BOUNDS), "inf"]
    within = [((bound,), float(wallets.delays.get(bound, 0))) for bound in bounds]
    about = "Changes of licences shown in the last hour, by the seconds since the registry made them"
    yield _labelled("licence_changes", about, ("within",), within)
    asked = [((one.source,), float(one.asked)) for one in wallets.registries]
    yield _labelled("registry_questions", "Questions to a registry in the last ten minutes", ("source",), asked)
    failed = [((one.source,), float(one.failed)) for one in wallets.registries]
    yield _labelled("registry_failures", "And those that failed", ("source",), failed)
    left = [((source,), float(count)) for source, count in sorted(wallets.unconfirmed.items())]
    yield _labelled("licences_unconfirmed", "Licences that nobody could confirm any more, in a day", ("source",), left)
