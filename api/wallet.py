"""The wallet: a resident's licences and those of the companies for which they act, seen and shown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import Audience, ResidentRequest, require_audience
from api.drawing import CodeOperation, RfcTime, draw, to_rfc3339
from api.lean import LeanAnswer
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.licences.cards import Card, Pen, mask_face
from app.licences.holding import require_holder
from app.licences.model import Bilingual, Standing
from app.licences.sources import SourceStanding, request_sync
from app.wallet.opening import OpenedLicence, OpenedWallet, open_licence, open_wallet
from app.wallet.showing import present_licence

WHOSE = ("identity-not-verified", "installation-not-approved", "binding-ended", "binding-rests", "not-found")
"""What stands between a caller and a wallet."""
_encode = msgspec.json.Encoder().encode
DelegationId = Annotated[
    UUID | None, QueryParameter(description="of a company's wallet, the delegation by which the caller acts for it")
]


class _Drawn(msgspec.Struct, frozen=True):
    """What of a licence's face stays as long as the licence stands as it does."""

    id: UUID
    type: str
    standing: Standing
    abnormal: bool
    """Not good now: drawn in red, and said in words."""
    masked: dict[str, str]
    issuer_name: str
    valid_from: date | None
    valid_until: date | None
    """The last day on which it is good."""
    changed_at: datetime


class LicenceCardOut(_Drawn, frozen=True):
    """The face of a licence."""

    fetched_at: datetime


class SourceOut(msgspec.Struct, frozen=True):
    """How old is what a wallet has of a registry."""

    source: str
    name: Bilingual
    state: SourceStanding
    synced_at: datetime | None


class LicencesOut(msgspec.Struct, frozen=True):
    """What is in a wallet."""

    items: list[LicenceCardOut]
    sources: list[SourceOut]
    opened_at: datetime
    next_cursor: None = None


class PartOut(msgspec.Struct, frozen=True):
    """One of the licences that a composite (一业一证) stands for."""

    type: str
    licence_id: UUID | None
    """Null where there is none, or none that the caller may see."""
    standing: Standing | None
    """Null where there is none."""


class LicenceOut(LicenceCardOut, frozen=True, kw_only=True):
    """A licence in full, for its holder's eyes."""

    fields: dict[str, str]
    identifier: str
    issued_on: date | None
    issuer_code: str
    parts: list[PartOut]


class SyncIn(msgspec.Struct, frozen=True):
    """Whose wallet."""

    delegation_id: UUID | None = None


class PresentIn(msgspec.Struct, frozen=True):
    """For what a licence is shown, where that is known: a page says beforehand that nobody there may look at it."""

    purpose: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    delegation_id: UUID | None = None


class ShownLicenceOut(msgspec.Struct, frozen=True):
    """A licence as a code, for one scanner; times are whole seconds, RFC 3339 in UTC."""

    code: str
    generated_at: RfcTime
    expires_at: RfcTime
    refresh_after: RfcTime


def _draw_card(card: Card) -> bytes:
    """Without its last field, and so without its end."""
    drawn = _Drawn(
        card.licence_id,
        card.type_id,
        card.standing,
        card.standing is not Standing.VALID,
        card.masked,
        card.issuer_name,
        card.valid_from,
        card.valid_until,
        card.changed_at,
    )
    return _encode(drawn).removesuffix(b"}")


_PEN = Pen(form=" ".join(("1", *LicenceCardOut.__struct_fields__)), draw=_draw_card)
"""The number goes up where a field is written or masked in another way: what wallets keep is drawn anew then."""


async def _list(request: ResidentRequest, delegation_id: UUID | None) -> LeanAnswer:
    services, moment = services_of(request), now()
    holder = await require_holder(services.pool, request.user, delegation_id, moment)
    opened = await open_wallet(services.cards, services.registries, holder, _PEN, moment)
    return LeanAnswer(_encode(_shape_wallet(opened, moment)), status=200)


async def _list_at_once(request: ResidentRequest) -> LeanAnswer | None:
    """One's own wallet, without Litestar's way to the handler, as api.callers.answering_at_once has it."""
    await require_audience(request)
    return None if request.scope["query_string"] else await _list(request, None)


class WalletController(Controller):
    """What residents hold."""

    path = "/v1/wallet"

    @get(
        "/licences",
        operation_id="listLicences",
        summary="The licences in my wallet, or in a company's; registries are asked anew where that is due",
        before_request=_list_at_once,
        **answers(Audience.RESIDENT, *WHOSE, tag="wallet", answered=LicencesOut),
    )
    async def list_licences(self, request: ResidentRequest, delegation_id: DelegationId = None) -> LeanAnswer:
        return await _list(request, delegation_id)

    @post(
        "/sync",
        operation_id="syncWallet",
        summary="Have registries asked anew about my wallet, or a company's; its list says when each has answered",
        status_code=202,
        **answers(Audience.RESIDENT, *WHOSE, "too-many-requests", tag="wallet"),
    )
    async def sync_wallet(self, request: ResidentRequest, data: JSONBody[SyncIn]) -> None:
        services, moment = services_of(request), now()
        holder = await require_holder(services.pool, request.user, data.delegation_id, moment)
        services.sync_limit.claim(holder.holder_id.hex, moment.timestamp())
        await request_sync(services.licences, holder, moment)

    @get(
        "/licences/{licence_id:uuid}",
        operation_id="getLicence",
        summary="A licence in full",
        **answers(Audience.RESIDENT, *WHOSE, tag="wallet"),
    )
    async def get_licence(
        self, request: ResidentRequest, licence_id: FromPath[UUID], delegation_id: DelegationId = None
    ) -> Response[LicenceOut]:
        services, moment = services_of(request), now()
        holder = await require_holder(services.pool, request.user, delegation_id, moment)
        opened = await open_licence(services.licences, holder, licence_id, moment)
        return Response(_shape_licence(opened), headers=NO_STORE)

    @post(
        "/licences/{licence_id:uuid}/presentations",
        operation_id="presentLicence",
        summary="Show a licence in hand: a code for one scanner; as a picture with Accept: image/svg+xml or image/png",
        **answers(
            Audience.RESIDENT,
            *WHOSE,
            "licence-not-good",
            "fields-not-allowed",
            "too-many-requests",
            tag="wallet",
            created=ShownLicenceOut,
            operation=CodeOperation,
        ),
    )
    async def present_licence(
        self, request: ResidentRequest, licence_id: FromPath[UUID], data: JSONBody[PresentIn]
    ) -> LeanAnswer:
        services, moment = services_of(request), now()
        services.ended.require_fresh(moment)
        services.code_limit.claim(request.user.session_id.hex, moment.timestamp())
        minted = await present_licence(
            services.licences,
            services.ring,
            request.user,
            licence_id,
            delegation_id=data.delegation_id,
            purpose=data.purpose,
            province=services.settings.province,
            lifetime=services.settings.code_lifetime,
            now=moment,
        )
        generated, expires, refresh = map(to_rfc3339, (minted.issued_at, minted.expires_at, minted.refresh_after))
        return draw(request, minted, ShownLicenceOut(minted.text, generated, expires, refresh))


class _Wallet(msgspec.Struct, frozen=True):
    """LicencesOut, with its cards as they were drawn."""

    items: list[msgspec.Raw]
    sources: list[SourceOut]
    opened_at: datetime
    next_cursor: None = None


def _shape_wallet(opened: OpenedWallet, moment: datetime) -> _Wallet:
    sources = [SourceOut(one.source, one.name, one.state, one.synced_at) for one in opened.sources]
    ends = {at: b',"fetched_at":%b}' % _encode(at) for at in {at for _, at in opened.cards}}
    cards = [msgspec.Raw(card + ends[at]) for card, at in opened.cards]
    return _Wallet(cards, sources, moment)


def _shape_licence(opened: OpenedLicence) -> LicenceOut:
    licence, content = opened.licence, opened.licence.content
    return LicenceOut(
        id=licence.licence_id,
        type=licence.type.id,
        standing=licence.standing,
        abnormal=licence.standing is not Standing.VALID,
        masked=mask_face(licence.type, content),
        issuer_name=content.issuer_name,
        valid_from=licence.valid_from,
        valid_until=licence.valid_until,
        changed_at=licence.changed_at,
        fetched_at=licence.fetched_at,
        fields=content.fields,
        identifier=content.identifier,
        issued_on=content.issued_on,
        issuer_code=content.issuer_code,
        parts=[PartOut(part.type_id, part.licence_id, part.standing) for part in opened.parts],
    )
