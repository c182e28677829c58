"""Annotated copies of licences (加注件): made, downloaded once, checked by whoever is handed one, taken back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import AnyRequest, Audience, ResidentRequest, address_of
from api.documentation import ApiOperation, binary
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.wallet import WHOSE, DelegationId
from app.licences.model import Bilingual
from app.wallet import copies
from app.wallet.copy_checking import check_copy
from app.wallet.copy_model import Copy, CopyState, PrintedLine
from app.wallet.copy_page import draw_pdf
from app.wallet.copy_printing import download_copy
from app.wallet.copy_rules import LONGEST_DAYS, LONGEST_PURPOSE, LONGEST_REQUESTER, read_order

_PDF = "application/pdf"
_LONGEST_BODY = 16 * 2**10
_TAG = "wallet"


class CopyIn(msgspec.Struct, frozen=True):
    """For whom a copy is, for what, and for how many days."""

    requester: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REQUESTER)]
    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_PURPOSE)]
    valid_days: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_DAYS)]
    delegation_id: UUID | None = None


class CopyIssuedOut(msgspec.Struct, frozen=True):
    """A copy that can be downloaded once."""

    copy_id: UUID
    download_url: str
    """Good once, and for ten minutes: it is given this once."""
    download_expires_at: datetime
    valid_until: datetime


class CopyOut(msgspec.Struct, frozen=True):
    """A copy as its holder sees it."""

    id: UUID
    licence_id: UUID
    licence_type: str
    requester: str
    purpose: str
    issued_at: datetime
    valid_until: datetime
    downloaded_at: datetime | None
    state: CopyState
    checks: int
    """How often somebody had it checked."""
    checked_at: datetime | None


class CopiesOut(msgspec.Struct, frozen=True):
    """The newest first."""

    items: list[CopyOut]
    next_cursor: str | None


class CopyCheckIn(msgspec.Struct, frozen=True):
    """What a copy's code reads: the address, or what follows its #."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=8192)]


class CopyCheckedOut(msgspec.Struct, frozen=True):
    """How a copy stands; whose it is and what it must say, of one that is good alone."""

    state: CopyState
    type: str | None
    type_name: Bilingual | None
    requester: str | None
    purpose: str | None
    issued_at: datetime | None
    valid_until: datetime | None
    masked_holder: str | None
    lines: list[PrintedLine]
    """What the paper must say, masked."""


@dataclass
class DownloadOperation(ApiOperation):
    """downloadLicenceCopy, with the form in which it comes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.answers["200"].content = binary(_PDF)


class WalletCopyController(Controller):
    """The copies of a wallet."""

    path = "/v1/wallet"
    request_max_body_size = _LONGEST_BODY

    @post(
        "/licences/{licence_id:uuid}/copies",
        operation_id="issueLicenceCopy",
        summary="Make an annotated copy of a licence for somebody and a purpose; it can be downloaded once",
        **answers(Audience.RESIDENT, *WHOSE, "session-expired", "licence-not-good", "too-many-requests", tag=_TAG),
    )
    async def issue_copy(
        self, request: ResidentRequest, licence_id: FromPath[UUID], data: JSONBody[CopyIn]
    ) -> Response[CopyIssuedOut]:
        services, moment = services_of(request), now()
        services.ended.require_fresh(moment)
        issued = await copies.issue_copy(
            services.copies,
            request.user,
            licence_id,
            read_order(data.requester, data.purpose),
            days=data.valid_days,
            delegation_id=data.delegation_id,
            now=moment,
        )
        address = f"{services.settings.url.rstrip('/')}/v1/licence-copies/{issued.token}"
        made = CopyIssuedOut(issued.copy_id, address, issued.download_expires_at, issued.valid_until)
        return Response(made, headers=NO_STORE)

    @get(
        "/copies",
        operation_id="listLicenceCopies",
        summary="The copies that I made, and how often each was checked",
        **answers(Audience.RESIDENT, *WHOSE, tag=_TAG),
    )
    async def list_copies(
        self,
        request: ResidentRequest,
        delegation_id: DelegationId = None,
        cursor: Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> Response[CopiesOut]:
        found = await copies.list_copies(
            services_of(request).copies, request.user, delegation_id, before=cursor, limit=limit + 1, now=now()
        )
        items = [_shape(one) for one in found[:limit]]
        following = str(items[-1].id) if len(found) > limit else None
        return Response(CopiesOut(items, following), headers=NO_STORE)

    @delete(
        "/copies/{copy_id:uuid}",
        operation_id="revokeLicenceCopy",
        summary="Take a copy back: whoever has it checked from now on is told so",
        **answers(Audience.RESIDENT, *WHOSE, "session-expired", tag=_TAG),
    )
    async def revoke_copy(
        self, request: ResidentRequest, copy_id: FromPath[UUID], delegation_id: DelegationId = None
    ) -> None:
        await copies.revoke_copy(services_of(request).copies, request.user, copy_id, delegation_id, now())


class LicenceCopyController(Controller):
    """Copies in the hands of others."""

    path = "/v1/licence-copies"
    request_max_body_size = _LONGEST_BODY

    @get(
        "/{token:str}",
        operation_id="downloadLicenceCopy",
        summary="Download a copy as PDF: once, within ten minutes",
        media_type=_PDF,
        **answers(Audience.ANYONE, "copy-spent", "licence-not-good", tag=_TAG, operation=DownloadOperation),
    )
    async def download_copy(self, request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
        said = await download_copy(services_of(request).copies, token, now())
        body = await asyncio.to_thread(draw_pdf, said)
        headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="licence-copy-{said.number}.pdf"'}
        return Response(body, media_type=_PDF, headers=headers)

    @post(
        "/checks",
        operation_id="checkLicenceCopy",
        summary="Check a copy that somebody was handed: whether it is genuine and good, and what it must say",
        status_code=200,
        **answers(Audience.ANYONE, "copy-malformed", "too-many-requests", tag=_TAG),
    )
    async def check_copy(self, request: AnyRequest, data: JSONBody[CopyCheckIn]) -> Response[CopyCheckedOut]:
        services = services_of(request)
        checked = await check_copy(services.copies, data.text, address_of(request, services), now())
        return Response(CopyCheckedOut(**msgspec.structs.asdict(checked)), headers=NO_STORE)


def _shape(one: Copy) -> CopyOut:
    return CopyOut(
        id=one.copy_id,
        licence_id=one.licence_id,
        licence_type=one.licence_type,
        requester=one.requester,
        purpose=one.purpose,
        issued_at=one.issued_at,
        valid_until=one.valid_until,
        downloaded_at=one.printed_at,
        state=one.state,
        checks=one.checks,
        checked_at=one.checked_at,
    )
