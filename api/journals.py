"""Journals: what scanners scanned without a network, sent later; docs/journal.md has the format."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias, cast
from uuid import UUID

import msgspec
from litestar import Controller, Response, post
from litestar.params import JSONBody

from api.callers import Audience, ScannerRequest
from api.proving import AFTER_END
from api.routes import NO_STORE, answers
from api.scans import CODE_REFUSALS
from api.services import now, services_of
from app.errors import InvalidError
from app.venues.entry_judging import Lists
from app.venues.journals import Entry, EntryResult, read_time
from app.venues.reconciling import Upload, sync_scans

MOST_ENTRIES = 500
_UUID7 = 7
Result: TypeAlias = Literal["accepted", "duplicate", "conflict", "refused", "noted"]
_Time = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$(?!\n)",
        description="by the scanner's clock, in UTC with milliseconds, as it is signed",
        examples=["2026-11-21T14:16:02.123Z"],
    ),
]


class EntryIn(msgspec.Struct, frozen=True):
    """One entry, as it stands in the journal."""

    id: Annotated[UUID, msgspec.Meta(description="a UUIDv7 of the scanner's own; it becomes the scan's id")]
    sequence: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    previous: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[A-Za-z0-9_-]{43}$(?!\n)", description="SHA-256 of what the entry before signed, in base64url"
        ),
    ]
    code: Annotated[str, msgspec.Meta(max_length=1024)]
    scanned_at: _Time
    outcome: Annotated[
        str, msgspec.Meta(pattern=r"^[a-z-]{1,64}$(?!\n)", description="`accepted`, or the slug it was refused with")
    ]
    signature: Annotated[str, msgspec.Meta(max_length=128)] | None


class JournalIn(msgspec.Struct, frozen=True):
    """Entries in any order."""

    sent_at: _Time
    scans: Annotated[list[EntryIn], msgspec.Meta(max_length=MOST_ENTRIES)]


class EntryOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an entry; the same for ever, but that `accepted` is `duplicate` from the second time on."""

    id: UUID
    result: Result
    warnings: list[str]
    slug: str | None = None


class JournalOut(msgspec.Struct, frozen=True):
    """One item for each entry, in the order sent."""

    items: list[EntryOut]
    next_cursor: None = None


_COUNTED = frozenset(
    {*CODE_REFUSALS, "trust-list-missing", "trust-list-expired", "status-list-missing", "status-list-expired"}
)
"""The refusals of scanners, with a network or without, that are counted each by itself."""
_SYNCING: dict[str, Any] = answers(Audience.SCANNER, "too-many-requests", tag="scanning")
_SYNCING["opt"] = {**_SYNCING["opt"], AFTER_END: True}


class JournalController(Controller):
    """What scanners tell later."""

    path = "/v1/scans/batch"

    @post(
        operation_id="syncScans",
        summary="Tell of scans made without a network: each counts once, in whatever order and however often it comes",
        status_code=200,
        **_SYNCING,
    )
    async def sync_scans(self, request: ScannerRequest, data: JSONBody[JournalIn]) -> Response[JournalOut]:
        services, moment, scanner = services_of(request), now(), request.user
        services.journal_limit.claim(scanner.scanner_id.hex, moment.timestamp())
        entries = [_entry(one, number) for number, one in enumerate(data.scans)]
        upload = Upload(read_time(data.sent_at, "/sent_at"), entries)
        lists = Lists(services.trust.current, services.past_lists.as_of)
        window = timedelta(hours=services.settings.journal_window_hours)
        results = await sync_scans(services.room, lists, scanner, upload, window=window, now=moment)
        for entry, one in zip(data.scans, results, strict=True):
            if one.result == "noted":
                services.tallies.note_refusal(scanner, _name_refusal(entry.outcome), moment)
        return Response(JournalOut([_shape(one) for one in results]), headers=NO_STORE)


def _entry(one: EntryIn, number: int) -> Entry:
    if one.id.version != _UUID7:
        raise InvalidError(f"/scans/{number}/id", "The id must be a UUIDv7 (RFC 9562).")
    return Entry(one.id, one.sequence, one.previous, one.code, one.scanned_at, one.outcome, one.signature)


def _name_refusal(outcome: str) -> str:
    """What a refusal is counted as: a scanner's own words would be as many counts."""
    return outcome if outcome in _COUNTED else "other"


def _shape(one: EntryResult) -> EntryOut:
    return EntryOut(one.entry_id, cast("Result", one.result), one.warnings, one.slug)
