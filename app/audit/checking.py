"""Checking: recompute all of it, and name what was changed, removed or cut off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from app.audit import store
from app.audit.commitments import FIRST_HEAD, AccessRow, Head, commit_to, merkle_root
from app.audit.committing import LAG
from app.audit.witness import read_heads
from app.database import Connection, Pool, Record, open_pool
from app.settings import Settings
from codes import KeyRing, KeyUse

WITNESS = "audit-heads.jsonl"
_COMMITTED_WITHIN = timedelta(minutes=5)
_MOST_FINDINGS = 1000

Finding = Literal[
    "access-changed",
    "access-removed",
    "access-not-committed",
    "leaves-changed",
    "leaf-stray",
    "batch-changed",
    "batch-removed",
    "chain-broken",
    "signature-invalid",
    "heads-cut-off",
    "head-differs-from-witness",
]


class Found(msgspec.Struct, frozen=True):
    """One thing that is not as it was, and the access or batch it is about."""

    finding: Finding
    about: str


class Report(msgspec.Struct):
    """What a verification saw."""

    batches: int = 0
    accesses: int = 0
    erased: int = 0
    findings: list[Found] = msgspec.field(default_factory=list[Found])

    @property
    def is_sound(self) -> bool:
        return not self.findings

    def add(self, finding: Finding, about: object) -> None:
        """Keeps a finding; beyond a thousand, one more tells nothing new."""
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(Found(finding, str(about)))


async def verify_deployment(settings: Settings, url: str, now: datetime, say: Callable[[str], None]) -> Report:
    """`suixing audit verify`: reads everything once, and says what it found."""
    pool = await open_pool(settings, url, size=2)
    try:
        report = await verify_log(pool, KeyRing.load(settings.keys_folder), settings.data / WITNESS, now)
    finally:
        await pool.close()
    for found in report.findings:
        say(f"{found.finding}  {found.about}")
    verdict = "sound" if report.is_sound else f"{len(report.findings)} findings"
    say(f"{verdict}: {report.batches} batches, {report.accesses} accesses, {report.erased} erased")
    return report


async def verify_log(pool: Pool, ring: KeyRing, witness: Path, now: datetime) -> Report:
    """Recomputes commitments, trees, heads, chain and signatures, and holds them against the witness."""
    report = Report()
    heads: dict[int, str] = {}
    previous = FIRST_HEAD
    async with pool.acquire() as db, db.transaction(isolation="repeatable_read", readonly=True):
        async for batch in store.stream_batches(db):
            _check_place(report, batch, len(heads) + 1, previous)
            await _check_batch(db, report, ring, batch)
            previous = batch["head"]
            heads[batch["batch_no"]] = previous.hex()
        async for access_id in store.stream_missed(db, now - LAG - _COMMITTED_WITHIN):
            report.add("access-not-committed", access_id)
        async for access_id in store.stream_stray_leaves(db):
            report.add("leaf-stray", access_id)
    report.batches = len(heads)
    _check_witness(report, heads, read_heads(witness))
    return report


def _check_place(report: Report, batch: Record, expected: int, previous: bytes) -> None:
    if batch["batch_no"] != expected and not any(f.finding == "batch-removed" for f in report.findings):
        report.add("batch-removed", f"before batch {batch['batch_no']}")
    if batch["previous_head"] != previous:
        report.add("chain-broken", f"batch {batch['batch_no']}")


async def _check_batch(db: Connection, report: Report, ring: KeyRing, batch: Record) -> None:
    number = batch["batch_no"]
    head = Head(number, batch["until_at"], batch["leaf_count"], batch["root"], batch["previous_head"])
    if head.hash != batch["head"]:
        report.add("batch-changed", f"batch {number}")
    if not ring.is_own_signature(KeyUse.FEDERATION, batch["kid"], batch["head"], batch["signature"]):
        report.add("signature-invalid", f"batch {number}")
    commitments: list[bytes] = []
    async for leaf in store.stream_leaves(db, number):
        _check_leaf(report, leaf)
        commitments.append(leaf["commitment"])
    if len(commitments) != head.leaf_count or merkle_root(commitments) != head.root:
        report.add("leaves-changed", f"batch {number}")


def _check_leaf(report: Report, leaf: Record) -> None:
    if leaf["salt"] is None:
        if leaf["erased_at"] is None:
            report.add("access-removed", leaf["access_id"])
        else:
            report.erased += 1
        return
    report.accesses += 1
    row = AccessRow(**{name: leaf[name] for name in AccessRow.__struct_fields__})
    if commit_to(row) != leaf["commitment"]:
        report.add("access-changed", leaf["access_id"])


def _check_witness(report: Report, heads: dict[int, str], witnessed: dict[int, str]) -> None:
    for number, head in witnessed.items():
        if number not in heads:
            report.add("heads-cut-off", f"batch {number}")
        elif heads[number] != head:
            report.add("head-differs-from-witness", f"batch {number}")
