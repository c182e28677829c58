"""The witness: every head that the file has is in the database, the same."""

from __future__ import annotations

from collections.abc import Sequence

from app.audit import store
from app.audit.chain_checks import floor_of
from app.audit.heads import is_signed
from app.audit.model import FindingKind, Head
from app.audit.report import Report, say_time
from app.audit.signing import Verifier
from app.audit.witness import WitnessFile
from app.database import Connection


async def check_witness(
    db: Connection,
    witness: WitnessFile,
    size: int | None,
    verifier: Verifier,
    report: Report,
    *,
    first_batch: int | None,
    young_us: int,
) -> Head | None:
    """Answers with the newest head in the file.

    `size` is how long the file was before the database was looked at: what was added later may be newer than what is
    read here. A chain whose first head was made after `young_us` may have no file yet.
    """
    if size is None:
        first = await store.list_heads(db, 0, limit=1)
        if first and first[0].created_us >= young_us:
            report.note(f"there is no {witness.path.name} yet: the chain began at {say_time(first[0])}")
        elif first:
            report.add(FindingKind.WITNESS_MISSING, f"there is no {witness.path.name}")
        return None
    newest: Head | None = None
    lines: list[Head] = []
    for line_no, head in witness.read(size):
        if head is None:
            report.add(FindingKind.WITNESS_DAMAGED, f"line {line_no} of {witness.path.name} is no head")
            continue
        if newest and head.batch_no > newest.batch_no + 1:
            detail = f"{witness.path.name} passes over heads before line {line_no}"
            report.add(FindingKind.WITNESS_DAMAGED, detail, batch_no=newest.batch_no + 1)
        newest = head if newest is None or head.batch_no >= newest.batch_no else newest
        if head.batch_no >= floor_of(first_batch):
            lines.append(head)
        if len(lines) == store.PAGE:
            await _compare(db, lines, verifier, report)
            lines.clear()
    await _compare(db, lines, verifier, report)
    return newest


async def _compare(db: Connection, lines: Sequence[Head], verifier: Verifier, report: Report) -> None:
    held = await store.find_heads(db, [head.batch_no for head in lines])
    cut_off = report.newest.batch_no if report.newest else 0
    for head in lines:
        here = held.get(head.batch_no)
        if here == head.head:
            continue
        if not is_signed(head, verifier):
            report.add(FindingKind.WITNESS_DAMAGED, "the witness has a head that nobody signed", batch_no=head.batch_no)
        elif here is not None:
            detail = (
                "the witness has another head of this number, signed: the chain was cut off before it and continued"
            )
            report.add(FindingKind.HEAD_REPLACED, detail, batch_no=head.batch_no)
        elif head.batch_no > cut_off:
            report.add(
                FindingKind.HEADS_CUT_OFF, "the witness has this head, the database no more", batch_no=head.batch_no
            )
