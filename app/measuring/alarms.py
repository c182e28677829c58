"""When an operator must be told: pure rules over how everything stands. docs/metrics.md says what to do about each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Literal, TypeAlias

import msgspec

from app.measuring.model import KeyStanding, Records, Standing, StatusListStanding, WorkerSeen

Severity = Literal["critical", "warning"]

WORKER_SILENT = timedelta(minutes=2)
OUTBOX_LATE = timedelta(minutes=1)
OUTBOX_VERY_LATE = timedelta(minutes=10)
PROVIDER_AWAY = timedelta(minutes=5)
"""A pause of a minute now and then is every provider's."""
KEY_ENDING = timedelta(days=7)
KEY_ENDING_NOW = timedelta(days=2)
"""A new key is published for two days before it signs: after that a rotation comes too late for some scanner."""
TRUST_ENDING = timedelta(hours=6)
STATUS_ENDING = 0.25
"""Of a status list's life: it is signed anew at half."""
STATUS_UNSIGNED = timedelta(minutes=5)
"""Since a list was opened of which nothing is published yet."""
AUDIT_LATE = timedelta(minutes=5)
ENDINGS_UNKNOWN = timedelta(seconds=5)
WALLETS_VERY_LATE = 10
"""Times what is promised."""
REGISTRY_FAILURES = 3
"""Of as many questions within ten minutes, and none that was answered."""
DOUBLE_USES = 10
"""Of an hour: fewer are single people who lent a code; as many are a fault, or somebody who hands out copies."""


class Alarm(msgspec.Struct, frozen=True):
    """Something that an operator sees to; `value` is how bad it is, in the unit of its words."""

    slug: str
    severity: Severity
    value: float
    subject: str = ""
    """What of several it is about: a channel, a use of keys, a worker."""


def find_alarms(standing: Standing) -> list[Alarm]:
    """What is wrong, the worst first."""
    found = [alarm for rule in _RULES for alarm in rule(standing)]
    return sorted(found, key=lambda alarm: (alarm.severity != "critical", SLUGS.index(alarm.slug)))


def find_ending(standing: Standing) -> list[Alarm]:
    """What is about to end of lists and keys, or is missing: each server writes it to its log besides."""
    return [alarm for rule in _ENDING for alarm in rule(standing)]


def _look_at_database(standing: Standing) -> Iterator[Alarm]:
    if standing.records is None:
        yield Alarm("database-away", "critical", 1)


def _look_at_valkey(standing: Standing) -> Iterator[Alarm]:
    if not standing.valkey:
        yield Alarm("valkey-away", "warning", 1)


def _look_at_workers(standing: Standing) -> Iterator[Alarm]:
    if standing.records is None:
        return
    living = [worker for worker in standing.records.workers if worker.stopped_at is None]
    silent = [worker for worker in living if standing.at - worker.seen_at > WORKER_SILENT]
    if len(silent) == len(living):
        yield Alarm("workers-silent", "critical", _silence(standing, standing.records))
        return
    for worker in silent:
        yield Alarm("worker-lost", "warning", _seconds(standing.at - worker.seen_at), _name(worker))


def _silence(standing: Standing, records: Records) -> float:
    """Since when none was heard; nought where there never was one."""
    newest = max((worker.seen_at for worker in records.workers), default=standing.at)
    return _seconds(standing.at - newest)


def _name(worker: WorkerSeen) -> str:
    return worker.worker_id.hex[-6:]


def _look_at_outbox(standing: Standing) -> Iterator[Alarm]:
    for channel in standing.records.channels if standing.records else ():
        age = timedelta(seconds=channel.oldest_seconds)
        if age > OUTBOX_LATE:
            severity: Severity = "critical" if age > OUTBOX_VERY_LATE else "warning"
            yield Alarm("outbox-late", severity, channel.oldest_seconds, channel.channel)


def _look_at_providers(standing: Standing) -> Iterator[Alarm]:
    """Notices that are tried again are not overdue, and take other channels: nothing else tells of these."""
    for one in standing.records.troubles if standing.records else ():
        subject = f"{one.channel} {one.line}".rstrip() + f" ({one.reason})"
        if one.is_ours:
            yield Alarm("channel-misconfigured", "critical", one.seconds, subject)
        elif one.seconds >= PROVIDER_AWAY.total_seconds():
            yield Alarm("channel-paused", "warning", one.seconds, subject)


def _look_at_keys(standing: Standing) -> Iterator[Alarm]:
    newest: dict[str, KeyStanding] = {}
    for key in (one for one in standing.keys if one.state != "withdrawn"):
        if key.use not in newest or key.ends_at > newest[key.use].ends_at:
            newest[key.use] = key
    for use, key in newest.items():
        left = key.ends_at - standing.at
        if left < KEY_ENDING:
            severity: Severity = "critical" if left < KEY_ENDING_NOW else "warning"
            yield Alarm("key-ending", severity, max(0.0, _seconds(left) / 86400), use)


def _look_at_trust_list(standing: Standing) -> Iterator[Alarm]:
    left = standing.trust_expires_at - standing.at
    if left < TRUST_ENDING:
        yield Alarm("trust-list-ending", "critical", max(0.0, _seconds(left) / 3600))


def _look_at_missing_keys(standing: Standing) -> Iterator[Alarm]:
    if standing.missing_keys:
        yield Alarm("keys-missing", "critical", len(standing.missing_keys), " ".join(standing.missing_keys))


def _look_at_status_lists(standing: Standing) -> Iterator[Alarm]:
    for one in standing.records.status_lists if standing.records else ():
        left = _left_of(one, standing)
        if left is not None:
            yield Alarm("status-list-ending", "critical", max(0.0, _seconds(left) / 3600), str(one.list_no))


def _left_of(one: StatusListStanding, standing: Standing) -> timedelta | None:
    """How long it is good for still, where that is too short."""
    if one.issued_at is None or one.expires_at is None:
        return timedelta(0) if standing.at - one.opened_at > STATUS_UNSIGNED else None
    left = one.expires_at - standing.at
    return left if left < (one.expires_at - one.issued_at) * STATUS_ENDING else None


def _look_at_audit(standing: Standing) -> Iterator[Alarm]:
    audit = standing.records.audit if standing.records else None
    if audit and audit.newest_at and standing.at - audit.newest_at > AUDIT_LATE:
        yield Alarm("audit-late", "critical", _seconds(standing.at - audit.newest_at))


def _look_at_findings(standing: Standing) -> Iterator[Alarm]:
    found = standing.records.findings.get("double-use", 0) if standing.records else 0
    if found >= DOUBLE_USES:
        yield Alarm("codes-used-twice", "warning", found)


def _look_at_wallets(standing: Standing) -> Iterator[Alarm]:
    if standing.records is None:
        return
    wallets = standing.records.wallets
    if wallets.oldest_seconds > standing.wallets_within.total_seconds():
        very = wallets.oldest_seconds > standing.wallets_within.total_seconds() * WALLETS_VERY_LATE
        yield Alarm("wallets-late", "critical" if very else "warning", wallets.oldest_seconds)
    for one in wallets.registries:
        if one.asked == one.failed >= REGISTRY_FAILURES:
            yield Alarm("registry-unreachable", "warning", one.failed, one.source)


def _look_at_endings(standing: Standing) -> Iterator[Alarm]:
    if standing.endings_age > ENDINGS_UNKNOWN:
        yield Alarm("endings-unknown", "critical", min(_seconds(standing.endings_age), 1e9))


def _seconds(span: timedelta) -> float:
    return span.total_seconds()


_Rule: TypeAlias = Callable[[Standing], Iterator[Alarm]]
_RULES: tuple[_Rule, ...] = (
    _look_at_database,
    _look_at_endings,
    _look_at_workers,
    _look_at_trust_list,
    _look_at_status_lists,
    _look_at_missing_keys,
    _look_at_audit,
    _look_at_keys,
    _look_at_outbox,
    _look_at_providers,
    _look_at_findings,
    _look_at_wallets,
    _look_at_valkey,
)

_ENDING: tuple[_Rule, ...] = (_look_at_trust_list, _look_at_status_lists, _look_at_missing_keys, _look_at_keys)

SLUGS = (
    "database-away",
    "endings-unknown",
    "workers-silent",
    "trust-list-ending",
    "status-list-ending",
    "keys-missing",
    "audit-late",
    "key-ending",
    "channel-misconfigured",
    "outbox-late",
    "channel-paused",
    "worker-lost",
    "wallets-late",
    "registry-unreachable",
    "codes-used-twice",
    "valkey-away",
)
"""Every alarm there is, the gravest first."""
