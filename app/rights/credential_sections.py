"""The parts of an export that show what was issued to live long, and who asked to see licences."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from app.database import Pool
from app.people.bindings import list_subject_nos
from app.rights import export_store
from app.rights.model import Holder
from app.wallet.presentation_exporting import list_credentials_for_export, list_requests_for_export


class _Subject(Protocol):
    """Of a section's subject, what these need."""

    @property
    def pool(self) -> Pool: ...

    @property
    def holder(self) -> Holder: ...


async def papers(subject: _Subject) -> AsyncIterator[list[Mapping[str, object]]]:
    """Each paper of every subject that shows the resident, or that they show; what it read is held nowhere."""
    numbers = await list_subject_nos(subject.pool, subject.holder.resident_id)
    rows = await export_store.list_papers(subject.pool, numbers)
    yield [
        {
            "paper_id": row["paper_id"],
            "issued_as": row["issued_as"],
            "issued_at": row["issued_at"],
            "expires_at": row["expires_at"],
            "ended_at": row["revoked_at"],
            "ended_for": row["revoked_for"],
        }
        for row in rows
    ]


async def certificates(subject: _Subject) -> AsyncIterator[list[Mapping[str, object]]]:
    """Each batch that a phone of the resident's was given."""
    numbers = await list_subject_nos(subject.pool, subject.holder.resident_id)
    rows = await export_store.list_certificates(subject.pool, numbers)
    yield [
        {
            "session_id": row["session_id"],
            "certificates": row["certificates"],
            "issued_at": row["issued_at"],
            "expires_at": row["expires_at"],
            "ended_at": row["revoked_at"],
        }
        for row in rows
    ]


async def licence_credentials(subject: _Subject) -> AsyncIterator[list[Mapping[str, object]]]:
    """Each credential of a licence that a phone or a venue was given."""
    yield await list_credentials_for_export(subject.pool, subject.holder.resident_id)


async def licence_requests(subject: _Subject) -> AsyncIterator[list[Mapping[str, object]]]:
    """Who asked for licences, and what became of it."""
    yield await list_requests_for_export(subject.pool, subject.holder.resident_id)
