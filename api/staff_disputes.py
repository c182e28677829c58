"""Disputed accesses: the desk's list and its answers, and where their residents read them."""

from __future__ import annotations

from typing import Annotated, Literal, cast
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import Audience, ResidentRequest
from api.receipts import ReceiptOut
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.staff_wire import DisputeAnswerIn, DisputeOut, DisputesOut, DisputeVenueOut
from api.venue_wire import Form
from app.venues import disputes
from app.venues.disputes import Dispute
from app.wallet.receipts import get_disputed_receipt

Cursor = Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")]
Limit = Annotated[int, QueryParameter(ge=1, le=100, description="entries a page")]


class DisputeController(Controller):
    """Disputes."""

    path = "/v1"

    @get(
        "/desk/disputes",
        operation_id="listDisputes",
        summary="Accesses that residents say were not them",
        **answers(Audience.OPERATOR, tag="desk", records="disputes.read"),
    )
    async def list_disputes(
        self,
        request: ResidentRequest,
        answered: Annotated[bool, QueryParameter(description="those that have an answer")] = False,  # noqa: FBT002
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> Response[DisputesOut]:
        services = services_of(request)
        found = await disputes.list_disputes(
            services.pool, services.vault, request.user, before=cursor, answered=answered, limit=limit + 1, now=now()
        )
        return Response(_page(found, limit), headers=NO_STORE)

    @post(
        "/desk/disputes/{access_id:uuid}/answer",
        operation_id="answerDispute",
        summary="Answer a dispute; the resident is told, and of one that is upheld the venue's manager too",
        status_code=204,
        **answers(Audience.OPERATOR, "not-found", "dispute-answered", tag="desk", records="dispute.answered"),
    )
    async def answer_dispute(
        self, request: ResidentRequest, access_id: FromPath[UUID], data: JSONBody[DisputeAnswerIn]
    ) -> None:
        services = services_of(request)
        await disputes.answer_dispute(
            services.pool,
            services.vault,
            request.user,
            access_id,
            outcome=data.outcome,
            words=data.words,
            now=now(),
        )

    @get(
        "/desk/disputes/{access_id:uuid}/receipt",
        operation_id="getDisputedReceipt",
        summary="The signed receipt of a disputed look; nothing in it says whom it was at",
        **answers(Audience.OPERATOR, "not-found", tag="desk", records="dispute.read"),
    )
    async def get_receipt(self, request: ResidentRequest, access_id: FromPath[UUID]) -> Response[ReceiptOut]:
        services = services_of(request)
        found = await get_disputed_receipt(services.pool, services.vault, services.ring, request.user, access_id, now())
        return Response(ReceiptOut(found.text, found.claims, None), headers=NO_STORE)

    @get(
        "/me/disputes",
        operation_id="listMyDisputes",
        summary="What I disputed, and what the desk answered",
        **answers(Audience.RESIDENT, "installation-not-approved", tag="accesses"),
    )
    async def list_my_disputes(
        self, request: ResidentRequest, cursor: Cursor = None, limit: Limit = 20
    ) -> Response[DisputesOut]:
        services = services_of(request)
        found = await disputes.list_own_disputes(
            services.pool, services.vault, request.user, before=cursor, limit=limit + 1
        )
        return Response(_page(found, limit), headers=NO_STORE)


def _page(found: list[Dispute], limit: int) -> DisputesOut:
    items = [_dispute(one) for one in found[:limit]]
    return DisputesOut(items, str(items[-1].access_id) if len(found) > limit else None)


def _dispute(dispute: Dispute) -> DisputeOut:
    return DisputeOut(
        access_id=dispute.access_id,
        venue=DisputeVenueOut(dispute.venue_id, dispute.venue_name),
        purpose=dispute.purpose,
        form=cast("Form", dispute.form),
        licence_type=dispute.licence_type,
        fields=dispute.fields,
        accessed_at=dispute.accessed_at,
        disputed_at=dispute.disputed_at,
        reason=dispute.reason,
        answered_at=dispute.answered_at,
        outcome=cast("Literal['upheld', 'rejected'] | None", dispute.outcome),
        words=dispute.words,
    )
