"""What each server process counts for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from app.measuring.series import BOUNDS

LOCAL = CollectorRegistry()
"""Of this process; with PROMETHEUS_MULTIPROC_DIR they are files that any process adds up."""

REQUESTS = Counter("suixing_requests", "Requests answered", ["operation", "status"], registry=LOCAL)
SECONDS = Histogram("suixing_request_seconds", "Time to answer", ["operation"], buckets=BOUNDS, registry=LOCAL)
REFUSALS = Counter("suixing_refusals", "Requests refused, by slug", ["operation", "slug"], registry=LOCAL)
CALLBACKS = Counter("suixing_callbacks", "Pushes of platforms taken", ["platform", "outcome"], registry=LOCAL)
POOL_WAIT = Histogram(
    "suixing_pool_wait_seconds", "How long a probe waited for a connection", buckets=BOUNDS, registry=LOCAL
)
POOL_BUSY = Gauge(
    "suixing_pool_busy", "Database connections in use, of the busiest server", registry=LOCAL, multiprocess_mode="max"
)
ENDINGS_AGE = Gauge(
    "suixing_endings_age_seconds",
    "Since a server learnt which sessions have ended, of the one that is furthest behind",
    registry=LOCAL,
    multiprocess_mode="max",
)
LOCATIONS = Counter("suixing_locations", "Positions reported, by what was decided", ["reason"], registry=LOCAL)
