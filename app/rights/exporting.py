"""All that is held of a resident, as one archive: a page for them, and the same for machines.

It is read page by page, so that nobody's export needs more memory than another's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import msgspec

from app.database import Pool, transaction
from app.identifiers import new_id
from app.people.model import ResidentCaller
from app.people.quotas import require_quota
from app.people.rules import require_own_eyes
from app.people.standing import require_control
from app.people.telling import tell
from app.rights import html_page
from app.rights.archive import write_archive
from app.rights.consenting import require_holder
from app.rights.sections import SECTIONS, Row, Subject, open_subject
from app.sealing import Vault

_DAY = timedelta(hours=24)
_SCHEMA = {
    "name": "suixing-export",
    "version": 1,
    "note": (
        "One list for each part, in the order of index.html. Times are RFC 3339 in UTC; null is: nothing held. "
        "A device is the beginning of the SHA-256 of its installation's id, which is a secret of that device. "
        "每一部分为一个列表，顺序与 index.html 相同；时间为 UTC。"
    ),
}


async def begin_export(
    pool: Pool, vault: Vault, caller: ResidentCaller, *, daily: int, now: datetime
) -> AsyncIterator[bytes]:
    """Counts the export, tells the resident, and answers with the archive's bytes as they come to be."""
    require_own_eyes(caller)
    async with transaction(pool) as db:  # a token of before the proof of identity would read who it proved
        await require_control(db, caller, now)
        holder = await require_holder(db, caller)
    await require_quota(pool, vault, f"export:{caller.resident_id}", daily, _DAY, now)
    subject = await open_subject(pool, vault, holder, new_id())
    async with transaction(pool) as db:
        await tell(db, holder.subject_no, holder.resident_id, "account.exported", {"at": now}, now)
    files = {
        "index.html": lambda: _write_page(subject, now),
        "data.json": lambda: _write_data(subject, now),
    }
    return write_archive(files, now)


async def _write_page(subject: Subject, now: datetime) -> AsyncIterator[bytes]:
    yield html_page.begin(now).encode()
    for section in SECTIONS:
        yield html_page.begin_section(section).encode()
        has_rows = False
        async for rows in section.read(subject):
            if rows and not has_rows:
                has_rows = True
                yield html_page.begin_table(rows[0]).encode()
            yield html_page.write_rows(rows).encode()
        yield html_page.end_section(has_rows=has_rows).encode()
    yield html_page.end().encode()


async def _write_data(subject: Subject, now: datetime) -> AsyncIterator[bytes]:
    head = {"schema": _SCHEMA, "exported_at": now, "resident_id": subject.holder.resident_id}
    yield msgspec.json.encode(head)[:-1]
    for section in SECTIONS:
        yield b',\n"%b": [' % section.name.encode()
        separator = b"\n"
        async for rows in section.read(subject):
            if rows:
                yield separator + _encode(rows)
                separator = b",\n"
        yield b"\n]"
    yield b"}\n"


def _encode(rows: list[Row]) -> bytes:
    return b",\n".join(msgspec.json.encode(row) for row in rows)
