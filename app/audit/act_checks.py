"""The acts: each leaf has its act as it was committed, a batch's leaves make what its tree says, none is left out."""

from __future__ import annotations

from datetime import datetime

from app.audit import act_store
from app.audit.chain_checks import floor_of
from app.audit.encoding import commit_to, encode_act, encode_act_leaf, encode_acts, read_time
from app.audit.entry_checks import is_due
from app.audit.merkle import RootBuilder
from app.audit.model import FindingKind
from app.audit.report import Report
from app.database import Connection, Record


async def check_acts(db: Connection, report: Report, *, first_batch: int | None, since: datetime | None) -> None:
    """Adds what is wrong with the log of acts."""
    trees = await _check_leaves(db, report, first_batch)
    async for page in act_store.stream_act_commitments(db, first_batch=floor_of(first_batch)):
        for row in page:
            tree = trees.pop(row["batch_no"], RootBuilder())
            if commit_to(encode_acts(row["batch_no"], tree.count, tree.root())) != row["commitment"]:
                detail = f"its {tree.count} leaves of acts are not those that were committed"
                report.add(FindingKind.ACT_LEAVES_CHANGED, detail, batch_no=row["batch_no"])
    for batch_no, tree in trees.items():
        detail = f"{tree.count} leaves of acts name a batch that committed none"
        report.add(FindingKind.ACT_LEAVES_CHANGED, detail, batch_no=batch_no)
    if await act_store.has_act_leaves(db):
        await _check_pending(db, report, since)


async def _check_leaves(db: Connection, report: Report, first_batch: int | None) -> dict[int, RootBuilder]:
    """Each leaf against its act; answers with the tree that each batch's leaves make."""
    trees: dict[int, RootBuilder] = {}
    async for page in act_store.stream_act_leaves(db, first_batch=floor_of(first_batch)):
        for row in page:
            leaf = encode_act_leaf(row["leaf_actor_id"], row["leaf_act_id"], row["commitment"])
            trees.setdefault(row["batch_no"], RootBuilder()).add(leaf)
            if row["act_id"] is None:
                _find(report, FindingKind.ACT_REMOVED, "its leaf is there, it is not", row)
            elif commit_to(encode_act(row)) != row["commitment"]:
                _find(report, FindingKind.ACT_CHANGED, "it is not what was committed", row)
        report.acts += len(page)
        report.tell("acts", report.acts)
    return trees


async def _check_pending(db: Connection, report: Report, since: datetime | None) -> None:
    async for page in act_store.stream_uncommitted_acts(db, since=since):
        for row in page:
            if is_due(report, read_time(row["happened_at"])):
                report.add(FindingKind.ACT_NOT_COMMITTED, "it has no leaf", entry_id=row["act_id"])


def _find(report: Report, kind: FindingKind, detail: str, row: Record) -> None:
    report.add(kind, detail, batch_no=row["batch_no"], entry_id=row["leaf_act_id"])
