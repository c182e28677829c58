"""Receipts of looks: the resident's copy, and a check for whoever was given one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import AnyRequest, Audience, ResidentRequest, ScannerRequest, address_of
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.people.rules import network_of
from app.wallet import receipts
from app.wallet.receipt_format import LONGEST, Receipt
from app.wallet.receipt_proofs import ProofText, write_proof


class ReceiptOut(msgspec.Struct, frozen=True):
    """A look's receipt, what it states, and how it is shown that the log holds it."""

    receipt: str
    """A compact JWS: keep it as it is."""
    claims: Receipt
    proof: ProofText | None
    """Null where it was not asked for, or the log's next batch is still to come: within two minutes, as a rule."""


class ReceiptsOut(msgspec.Struct, frozen=True):
    """Each look's of one question."""

    items: list[ReceiptOut]
    next_cursor: str | None = None


class ReceiptIn(msgspec.Struct, frozen=True):
    """What somebody was given as a receipt."""

    receipt: Annotated[str, msgspec.Meta(max_length=LONGEST)]


class ReceiptChecked(msgspec.Struct, frozen=True):
    """It is good, and states this."""

    claims: Receipt


class ReceiptController(Controller):
    """Receipts."""

    path = "/v1"

    @get(
        "/me/accesses/{access_id:uuid}/receipt",
        operation_id="getReceipt",
        summary="The signed receipt of one look at me, as the venue has it",
        **answers(Audience.RESIDENT, "installation-not-approved", "not-found", "too-many-requests", tag="accesses"),
    )
    async def get_receipt(
        self,
        request: ResidentRequest,
        access_id: FromPath[UUID],
        proof: Annotated[bool, QueryParameter(description="with the proof that the access log holds it")] = False,  # noqa: FBT002
    ) -> Response[ReceiptOut]:
        services, moment = services_of(request), now()
        if proof:  # it goes over a whole batch of the log: a session may ask for no more of them than for codes
            services.code_limit.claim(request.user.session_id.hex, moment.timestamp())
        found = await receipts.get_own_receipt(
            services.pool, services.ring, request.user, access_id, proven=proof, now=moment
        )
        shown = ReceiptOut(found.text, found.claims, write_proof(found.proof) if found.proof else None)
        return Response(shown, headers=NO_STORE)

    @get(
        "/presentations/{presentation_id:uuid}/receipts",
        operation_id="listReceipts",
        summary="The signed receipts of what this scanner was told, long after what it was told is gone",
        **answers(Audience.SCANNER, "not-found", tag="wallet"),
    )
    async def list_receipts(self, request: ScannerRequest, presentation_id: FromPath[UUID]) -> Response[ReceiptsOut]:
        services = services_of(request)
        found = await receipts.list_receipts(services.pool, services.ring, request.user, presentation_id, now())
        shown = ReceiptsOut([ReceiptOut(one.text, one.claims, None) for one in found])
        return Response(shown, headers=NO_STORE)

    @post(
        "/receipts/checks",
        operation_id="checkReceipt",
        summary="Check a receipt: what it states, or a refusal",
        status_code=200,
        **answers(Audience.ANYONE, "receipt-invalid", "too-many-requests", tag="trust"),
    )
    async def check_receipt(self, request: AnyRequest, data: JSONBody[ReceiptIn]) -> Response[ReceiptChecked]:
        services, moment = services_of(request), now()
        address = services.vault.index("quota", f"receipt-check:{network_of(address_of(request, services))}")
        services.receipt_limit.claim(address.hex(), moment.timestamp())
        claims = receipts.check_receipt(data.receipt, services.ring, services.trust.current, moment)
        return Response(ReceiptChecked(claims), headers=NO_STORE)
