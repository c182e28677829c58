"""Codes on paper: printed, listed, reported lost; by oneself, by a carer, at a window, by the hotline."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody

from api.callers import Audience, ResidentRequest, require_role
from api.documentation import ApiOperation, binary, text_header
from api.routes import NO_STORE, answers
from api.services import Services, now, services_of
from api.staff_wire import ReasonIn
from app.credentials.model import IssuedPaper, PaperOfMine
from app.credentials.paper_page import PaperText, draw_pdf, draw_svg
from app.credentials.papers import issue_own_paper, issue_relative_paper, list_own_papers, report_lost
from app.credentials.windows import issue_paper_at_window, report_lost_at_window
from app.errors import InvalidError
from app.people.model import ResidentCaller
from app.staff.losing import report_lost_for_caller

_PDF, _SVG = "application/pdf", "image/svg+xml"
_SHOWN_DIGITS = 8
_HEADERS = {
    "X-Paper-Id": "by which it is reported lost",
    "X-Paper-Expires-At": "RFC 3339 in UTC",
    "X-Paper-Renew-At": "from when on to print the next: RFC 3339 in UTC",
}


PaperState: TypeAlias = Literal["good", "lost", "replaced", "locked", "withdrawn", "expired"]


class PaperIn(msgspec.Struct, frozen=True):
    """Whose: the caller's own, a relative's whom they care for, or of whoever stands at their window."""

    relative_id: UUID | None = None
    presence_id: UUID | None = None


class PaperOut(msgspec.Struct, frozen=True):
    """A paper that was printed; what it reads is stored nowhere."""

    id: UUID
    relative_id: UUID | None
    """The care relation that it is shown under."""
    is_mine: bool
    """Whether it shows me, be it carried by who cares for me."""
    issued_as: Literal["self", "relative", "window"]
    issued_at: datetime
    expires_at: datetime
    state: PaperState
    ended_at: datetime | None


class PaperListOut(msgspec.Struct, frozen=True):
    """The newest first."""

    items: list[PaperOut]
    next_cursor: None = None


class LostOut(msgspec.Struct, frozen=True):
    """How many papers are good no more."""

    ended: int


@dataclass
class PaperOperation(ApiOperation):
    """issuePaperCode, with the two forms in which it comes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        printed = self.answers["201"]
        printed.content = binary(_PDF, _SVG)
        printed.headers = {
            name: header for name, about in _HEADERS.items() for header in text_header(name, about).values()
        }


class PaperController(Controller):
    """What is printed."""

    path = "/v1/codes/paper"

    @post(
        operation_id="issuePaperCode",
        summary="A code on paper, to be printed; the one before it ends. SVG with Accept: image/svg+xml",
        media_type=_PDF,
        **answers(
            Audience.RESIDENT,
            "identity-not-verified",
            "installation-not-approved",
            "session-expired",
            "second-factor-required",
            "binding-ended",
            "binding-rests",
            "not-found",
            "window-presence-ended",
            "person-not-registered",
            "too-many-requests",
            tag="codes",
            operation=PaperOperation,
        ),
    )
    async def issue_paper(self, request: ResidentRequest, data: JSONBody[PaperIn]) -> Response[bytes]:
        services, moment = services_of(request), now()
        services.ended.require_fresh(moment)
        services.code_limit.claim(request.user.session_id.hex, moment.timestamp())
        paper = await _issue(services, request.user, data, moment)
        wanted = request.accept.best_match([_PDF, _SVG]) or _PDF
        draw = draw_svg if wanted == _SVG else draw_pdf
        body = await asyncio.to_thread(draw, _say(paper, services))
        headers = {
            **NO_STORE,
            "Vary": "Accept",
            "X-Paper-Id": str(paper.paper_id),
            "X-Paper-Expires-At": _rfc3339(paper.expires_at),
            "X-Paper-Renew-At": _rfc3339(paper.renew_at),
        }
        return Response(body, media_type=wanted, headers=headers)


async def _issue(services: Services, caller: ResidentCaller, data: PaperIn, moment: datetime) -> IssuedPaper:
    desk = services.credentials
    if data.presence_id is not None:
        if data.relative_id is not None:
            raise InvalidError("/relative_id", "A paper is of a relative or of who stands at the window, not of both.")
        require_role(caller, Audience.WINDOW)
        return await issue_paper_at_window(desk, caller, data.presence_id, moment)
    if data.relative_id is not None:
        return await issue_relative_paper(desk, caller, data.relative_id, moment)
    return await issue_own_paper(desk, caller, moment)


def _say(paper: IssuedPaper, services: Services) -> PaperText:
    return PaperText(
        code=paper.text,
        kind=paper.kind,
        masked_name=paper.masked_name,
        number=paper.paper_id.hex[-_SHOWN_DIGITS:],
        expires_at=paper.expires_at,
        renew_at=paper.renew_at,
        hotline=services.settings.hotline,
        address=services.settings.url,
    )


class OwnPaperController(Controller):
    """The papers of a resident."""

    path = "/v1/me/papers"

    @get(
        operation_id="listPaperCodes",
        summary="My codes on paper, and those of relatives whom I care for",
        **answers(Audience.RESIDENT, "installation-not-approved", tag="codes", reads_input=False),
    )
    async def list_papers(self, request: ResidentRequest) -> Response[PaperListOut]:
        papers, moment = await list_own_papers(services_of(request).pool, request.user), now()
        return Response(PaperListOut([_shape(one, moment) for one in papers]), headers=NO_STORE)

    @post(
        "/{paper_id:uuid}/lost",
        operation_id="reportPaperLost",
        summary="Report a paper of mine, or of a relative, as lost: it is refused from now on",
        status_code=204,
        **answers(Audience.RESIDENT, "not-found", "installation-not-approved", "session-expired", tag="codes"),
    )
    async def report_lost(self, request: ResidentRequest, paper_id: FromPath[UUID]) -> None:
        await report_lost(services_of(request).pool, request.user, paper_id, now())


class WindowPaperController(Controller):
    """Papers of whoever stands at a window."""

    path = "/v1/windows/presences/{presence_id:uuid}/papers"

    @post(
        "/lost",
        operation_id="reportPapersLostAtWindow",
        summary="Report every paper of the person at my window as lost",
        status_code=200,
        **answers(
            Audience.WINDOW,
            "not-found",
            "window-presence-ended",
            "person-not-registered",
            tag="codes",
            records="papers.lost",
        ),
    )
    async def report_lost(self, request: ResidentRequest, presence_id: FromPath[UUID]) -> Response[LostOut]:
        ended = await report_lost_at_window(services_of(request).credentials, request.user, presence_id, now())
        return Response(LostOut(ended), headers=NO_STORE)


class DeskPaperController(Controller):
    """Papers of a resident who calls."""

    path = "/v1/desk/residents"

    @post(
        "/{look_id:uuid}/papers/lost",
        operation_id="reportPapersLostByDesk",
        summary="Report every paper of a resident who calls as lost, by the id that findResident answered",
        status_code=200,
        **answers(Audience.OPERATOR, "not-found", "look-expired", tag="desk", records="papers.lost"),
    )
    async def report_lost(
        self, request: ResidentRequest, look_id: FromPath[UUID], data: JSONBody[ReasonIn]
    ) -> Response[LostOut]:
        services = services_of(request)
        ended = await report_lost_for_caller(services.door, request.user, look_id, reason=data.reason, now=now())
        return Response(LostOut(ended), headers=NO_STORE)


def _shape(one: PaperOfMine, moment: datetime) -> PaperOut:
    paper = one.paper
    is_over = paper.expires_at <= moment
    state: PaperState = "expired" if is_over else "good"
    if paper.revoked_for is not None:
        state = paper.revoked_for.value
    return PaperOut(
        id=paper.paper_id,
        relative_id=one.relative_id,
        is_mine=one.is_mine,
        issued_as=paper.issued_as.value,
        issued_at=paper.issued_at,
        expires_at=paper.expires_at,
        state=state,
        ended_at=paper.revoked_at or (paper.expires_at if is_over else None),
    )


def _rfc3339(moment: datetime) -> str:
    return f"{moment.isoformat()[:19]}Z"
