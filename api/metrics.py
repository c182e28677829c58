"""Prometheus metrics of all server processes together, with what PostgreSQL knows of the outbox and the trust list."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from api.services import Services, now
from app.database import FAULTS
from push.outbox import count_notices

_LOCAL = CollectorRegistry()
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

REQUESTS = Counter("suixing_requests", "Requests answered", ["operation", "status"], registry=_LOCAL)
SECONDS = Histogram("suixing_request_seconds", "Time to answer", ["operation"], buckets=_BUCKETS, registry=_LOCAL)
REFUSALS = Counter("suixing_refusals", "Requests refused, by slug", ["operation", "slug"], registry=_LOCAL)
CALLBACKS = Counter("suixing_callbacks", "Pushes of platforms taken", ["platform", "outcome"], registry=_LOCAL)


class _Now(Collector):
    """Gauges that are read when they are asked for."""

    def __init__(self, gauges: list[tuple[str, str, float]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterable[Metric]:
        for name, about, value in self._gauges:
            yield GaugeMetricFamily(name, about, value=value)


async def render_metrics(services: Services) -> bytes:
    """The text format, version 0.0.4."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's own
    else:
        registry = _LOCAL
    return generate_latest(registry) + await _render_gauges(services)


async def _render_gauges(services: Services) -> bytes:
    moment = now()
    expires_in = (services.trust.current.expires_at - moment).total_seconds()
    gauges = [
        (
            "suixing_endings_age_seconds",
            "Since this process last heard which sessions have ended; beyond 5 it issues no codes",
            services.ended.age(moment).total_seconds(),
        ),
        ("suixing_trust_list_expires_in_seconds", "Until the held trust list ends", expires_in),
        (
            "suixing_keys_good_for_seconds",
            "Until the first kind of key has none that signs",
            (services.ring.good_until - moment).total_seconds(),
        ),
    ]
    try:
        counts = await count_notices(services.pool, now=moment, settled_since=moment - timedelta(hours=1))
        gauges += [
            (
                "suixing_outbox_pending",
                "Notices not settled yet",
                float(sum(w.pending for w in counts.waiting.values())),
            ),
            (
                "suixing_outbox_oldest_seconds",
                "How long the most overdue notice waits",
                max((w.oldest_due_seconds for w in counts.waiting.values()), default=0.0),
            ),
        ]
        gauges.append(("suixing_database_up", "Whether PostgreSQL answers", 1.0))
    except FAULTS:
        gauges.append(("suixing_database_up", "Whether PostgreSQL answers", 0.0))
    registry = CollectorRegistry()
    registry.register(_Now(gauges))
    return generate_latest(registry)
