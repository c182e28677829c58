"""Questions for licences on the wire: as a venue puts them, and as a resident sees them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from app.licences.holding import Holder
from app.licences.masking import mask_field
from app.licences.model import HolderKind
from app.wallet.askers import Asker
from app.wallet.presentation_model import Answered, Given, Presentation, Query
from app.wallet.wallets import Chosen

State = Literal["pending", "granted", "refused", "expired", "withdrawn"]
_LONGEST_TEXT = 2**20
_MOST_FIELDS = 60

QueryId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$(?!\n)", description="as DCQL has ids of queries")]
TypeId = Annotated[str, msgspec.Meta(min_length=1, max_length=64, description="as listLicenceTypes names it")]
FieldNames = Annotated[list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=_MOST_FIELDS)]
VpToken = Annotated[str, msgspec.Meta(max_length=_LONGEST_TEXT, description="an SD-JWT VC with key binding")]


class QueryIn(msgspec.Struct, frozen=True):
    """One licence; without fields, all that the purpose may ask of it."""

    id: QueryId
    licence_type: TypeId
    fields: FieldNames | None = None


class PresentationIn(msgspec.Struct, frozen=True):
    """What is asked: one kind, or several queries; of a licence in hand (`code`), of whoever was scanned (`scan_id`),
    or of whoever reads the link.
    """

    purpose: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    licence_type: TypeId | None = None
    fields: FieldNames | None = None
    queries: Annotated[list[QueryIn], msgspec.Meta(min_length=1, max_length=8)] | None = None
    code: Annotated[str, msgspec.Meta(max_length=4096, description="`SX4:…`, whatever the scanner read")] | None = None
    scan_id: UUID | None = None


class GivenOut(msgspec.Struct, frozen=True):
    """What was told of one licence. `credential` proves it, and to whom and for which question it was told."""

    query_id: str
    licence_type: str
    fields: dict[str, str]
    standing: str
    credential: str
    access_id: UUID
    receipt: str
    kept_until: datetime | None


class PresentationOut(msgspec.Struct, frozen=True):
    """A question as whoever put it sees it."""

    id: UUID
    state: State
    link: str
    openid4vp_link: str | None
    """For wallets of other deployments, where the question is open to them."""
    expires_at: datetime
    nonce: str
    audience: str
    items: list[GivenOut]
    kept_until: datetime | None
    """Until when all of it may be kept; null where nothing was told, or something may be looked at alone."""


class AskableOut(msgspec.Struct, frozen=True):
    """What this scanner's purpose may ask of one kind of licence."""

    licence_type: str
    fields: list[str]
    kept_days: int


class AskablesOut(msgspec.Struct, frozen=True):
    """All kinds that may be asked for."""

    items: list[AskableOut]
    next_cursor: None = None


class AskingVenue(msgspec.Struct, frozen=True):
    """Who asks, by its registered name, and where that is."""

    id: UUID
    name: str
    province: str
    city: str


class CandidateHolder(msgspec.Struct, frozen=True):
    """Whose licence it is: the resident's own, or that of a company which they act for."""

    kind: HolderKind
    name: str | None = None
    """Of the company."""
    delegation_id: UUID | None = None
    """By what they act for it, as listLicences takes it."""


class CandidateOut(msgspec.Struct, frozen=True):
    """A licence of the resident's that would answer, and what the venue would be told of it (`preview`). The rest tells
    it from others of its kind, for the resident alone.
    """

    licence_id: UUID
    standing: str
    preview: dict[str, str]
    holder: CandidateHolder
    masked_number: str
    issuer_name: str
    valid_from: date | None
    valid_until: date | None


class AskedQueryOut(msgspec.Struct, frozen=True):
    """One licence that is asked for; without candidates the resident has none."""

    id: str
    licence_type: str
    fields: list[str]
    kept_days: int
    candidates: list[CandidateOut]


class RequestOut(msgspec.Struct, frozen=True):
    """A question as the resident sees it."""

    id: UUID
    state: State
    venue: AskingVenue
    purpose: str
    purpose_title: str
    matter_title: str | None
    """Of a window's: for which matter it asks, while that is known, a day long."""
    kept_days: int
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    nonce: str
    audience: str
    delivery: Literal["here", "waiting", "delivered"]
    """`here`: the venue fetches the answer. To a verifier elsewhere it is sent, and `waiting` until that took it."""
    queries: list[AskedQueryOut]


class RequestsOut(msgspec.Struct, frozen=True):
    """A page of questions, newest first."""

    items: list[RequestOut]
    next_cursor: str | None


class AnswerIn(msgspec.Struct, frozen=True):
    """Yes, with a licence for each query that is granted, and what the phone made of it where it can sign; or no."""

    grant: bool
    licences: Annotated[dict[QueryId, UUID], msgspec.Meta(max_length=8)] = {}
    vp_token: Annotated[dict[QueryId, VpToken], msgspec.Meta(max_length=8)] | None = None


class AnswerOut(msgspec.Struct, frozen=True):
    """What the question is now, and the looks that were entered."""

    state: State
    accesses: list[UUID]
    delivery: Literal["here", "waiting", "delivered"]


def shape_answered(answered: Answered, url: str) -> PresentationOut:
    """For the scanner that asked."""
    asked, base = answered.presentation, url.rstrip("/")
    ends = [given.kept_until for given in answered.items]
    known = [end for end in ends if end is not None]
    return PresentationOut(
        id=asked.presentation_id,
        state=answered.state.value,
        link=f"{base}/resident#/p/{asked.presentation_id}",
        openid4vp_link=_link_wallets(asked, base),
        expires_at=asked.expires_at,
        nonce=asked.nonce,
        audience=asked.audience,
        items=[_shape_given(given) for given in answered.items],
        kept_until=min(known) if known and len(known) == len(ends) else None,
    )


def _link_wallets(asked: Presentation, base: str) -> str | None:
    if asked.wallet_state is None:
        return None
    where = f"{base}/v1/openid4vp/requests/{asked.presentation_id}"
    return "openid4vp://?" + urlencode({"client_id": asked.audience, "request_uri": where})


def _shape_given(given: Given) -> GivenOut:
    return GivenOut(**{name: getattr(given, name) for name in GivenOut.__struct_fields__})


def shape_askable(query: Query) -> AskableOut:
    """For the scanner that may ask it."""
    return AskableOut(query.licence_type, query.fields, query.kept_days)


def shape_request(
    asked: Presentation,
    asker: Asker,
    candidates: Mapping[str, list[CandidateOut]],
    *,
    english: bool,
    now: datetime,
) -> RequestOut:
    """For the resident who is asked."""
    matter = asker.matter.name if asker.matter else None
    return RequestOut(
        id=asked.presentation_id,
        state=asked.state_at(now).value,
        venue=AskingVenue(asker.venue.venue_id, asker.venue.name, asker.venue.adcode[:2], asker.city),
        purpose=asked.purpose,
        purpose_title=asker.purpose.name_en if english else asker.purpose.name_zh,
        matter_title=(matter.en if english else matter.zh) if matter else None,
        kept_days=max(query.kept_days for query in asked.queries),
        created_at=asked.created_at,
        expires_at=asked.expires_at,
        answered_at=asked.answered_at,
        nonce=asked.nonce,
        audience=asked.audience,
        delivery=find_delivery(asked),
        queries=[
            AskedQueryOut(one.id, one.licence_type, one.fields, one.kept_days, candidates.get(one.id, []))
            for one in asked.queries
        ],
    )


def find_delivery(asked: Presentation) -> Literal["here", "waiting", "delivered"]:
    """What has become of an answer that is to go elsewhere."""
    if asked.response_uri is None:
        return "here"
    return "delivered" if asked.delivered_at else "waiting"


def shape_candidate(candidate: Chosen, companies: Mapping[UUID, str]) -> CandidateOut:
    """With what would be told, in full: its holder looks at it."""
    licence, said = candidate.licence, candidate.licence.content.fields
    number = licence.type.field(licence.type.number_field)
    return CandidateOut(
        licence_id=licence.licence_id,
        standing=licence.standing.value,
        preview=candidate.query.pick(said),
        holder=_shape_holder(candidate.holder, companies),
        masked_number=mask_field(number, said.get(number.id, "")) if number else "",
        issuer_name=licence.content.issuer_name,
        valid_from=licence.valid_from,
        valid_until=licence.valid_until,
    )


def _shape_holder(holder: Holder, companies: Mapping[UUID, str]) -> CandidateHolder:
    if holder.kind is HolderKind.RESIDENT:
        return CandidateHolder(holder.kind)
    return CandidateHolder(holder.kind, companies.get(holder.holder_id), holder.binding_id)
