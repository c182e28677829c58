"""A resident's rights: everything held of them in their hands, consents, and leaving."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, delete, get, post, put
from litestar.params import JSONBody, PathParameter
from litestar.response import Stream

from api.callers import AnyRequest, Audience, ResidentRequest, address_of
from api.problems import prefers_english
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.sessions import GRANT_REFUSALS
from app.people.logging_in import AlipayGrant, OtpGrant, Visitor, WechatGrant, prove_account
from app.rights import consenting, exporting, leaving
from app.rights.kinds import KINDS, ConsentKind, GivenBy
from app.rights.model import ConsentState, Deletion, Standing

_LONGEST_BODY = 16 * 2**10
_ZIP = "application/zip"
ConsentName = Annotated[
    str, PathParameter(pattern=r"^[a-z]{1,32}(-[a-z]{1,32}){0,3}$", description="as listConsents has it")
]


class ConsentOut(msgspec.Struct, frozen=True):
    """One purpose, in the reader's language, and how it stands."""

    kind: str
    title: str
    purpose: str
    basis: str
    """The law it rests on."""
    withdrawing: str
    """What withdrawing it does."""
    sensitive: bool
    essential: bool
    """Whether there is no account without it; whatever is not may be refused and costs nothing else."""
    given_by: GivenBy
    can_grant: bool
    can_withdraw: bool
    version: int
    """Of the words above; `granted_version` is of those that were agreed to."""
    state: ConsentState
    granted_version: int | None
    granted_at: datetime | None
    withdrawn_at: datetime | None


class ConsentsOut(msgspec.Struct, frozen=True):
    """Every kind there is; they are few, so there is one page."""

    items: list[ConsentOut]
    next_cursor: str | None = None


class ConsentIn(msgspec.Struct, frozen=True):
    """Which words were shown."""

    version: Annotated[int, msgspec.Meta(ge=1, le=10_000, description="of the words shown, as listConsents has it")]


class DeletionIn(msgspec.Struct, frozen=True):
    """The wish in so many words, and a login of the account proven just now, as for openSession."""

    confirmation: Literal["delete-my-account"]
    proof: OtpGrant | WechatGrant | AlipayGrant


class RetainedOut(msgspec.Struct, frozen=True):
    """What is kept of one who leaves, because a law has it kept."""

    what: str
    because: str
    days: int
    """After erasure; then it is deleted."""


class DeletionOut(msgspec.Struct, frozen=True):
    """Whether the account is being deleted, and what that means."""

    state: Literal["none", "requested"]
    requested_at: datetime | None
    due_at: datetime | None
    """Until then it can be cancelled."""
    grace_days: int
    retained: list[RetainedOut]


class RightsController(Controller):
    """What residents may ask of whoever holds their data."""

    path = "/v1/me"
    request_max_body_size = _LONGEST_BODY

    @get(
        "/export",
        operation_id="exportMyData",
        summary="Everything held of me: a ZIP with a page to read and the same as JSON",
        media_type=_ZIP,
        **answers(
            Audience.RESIDENT,
            "installation-not-approved",
            "session-expired",
            "too-many-requests",
            tag="rights",
            reads_input=False,
        ),
    )
    async def export_my_data(self, request: ResidentRequest) -> Stream:
        services, moment = services_of(request), now()
        parts = await exporting.begin_export(
            services.pool, services.vault, request.user, daily=services.settings.exports_daily, now=moment
        )
        name = f"suixing-{moment + timedelta(hours=8):%Y-%m-%d}.zip"
        headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="{name}"'}
        return Stream(parts, media_type=_ZIP, headers=headers)

    @get(
        "/consents",
        operation_id="listConsents",
        summary="What I agreed to, and what for",
        **answers(Audience.RESIDENT, "installation-not-approved", tag="rights", reads_input=False),
    )
    async def list_consents(self, request: ResidentRequest) -> Response[ConsentsOut]:
        found = await consenting.list_consents(services_of(request).pool, request.user)
        return Response(ConsentsOut([_consent(one, request) for one in found]), headers=NO_STORE)

    @put(
        "/consents/{kind:str}",
        operation_id="grantConsent",
        summary="Agree to a purpose",
        **answers(
            Audience.RESIDENT,
            "installation-not-approved",
            "session-expired",
            "consent-not-switchable",
            "not-found",
            tag="rights",
        ),
    )
    async def grant_consent(
        self, request: ResidentRequest, kind: ConsentName, data: JSONBody[ConsentIn]
    ) -> Response[ConsentOut]:
        pool = services_of(request).pool
        standing = await consenting.grant_consent(pool, request.user, kind, version=data.version, now=now())
        return Response(_consent(standing, request), headers=NO_STORE)

    @delete(
        "/consents/{kind:str}",
        operation_id="withdrawConsent",
        summary="Take a consent back, with effect at once",
        status_code=200,
        **answers(
            Audience.RESIDENT,
            "installation-not-approved",
            "session-expired",
            "consent-not-switchable",
            "role-held",
            "not-found",
            tag="rights",
        ),
    )
    async def withdraw_consent(self, request: ResidentRequest, kind: ConsentName) -> Response[ConsentOut]:
        services = services_of(request)
        standing = await consenting.withdraw_consent(
            services.pool, services.vault, services.roaming.memory, request.user, kind, now()
        )
        return Response(_consent(standing, request), headers=NO_STORE)

    @get(
        "/deletion",
        operation_id="getDeletion",
        summary="Whether my account is being deleted, and what that means",
        **answers(Audience.RESIDENT, tag="rights", reads_input=False),
    )
    async def get_deletion(self, request: ResidentRequest) -> Response[DeletionOut]:
        found = await leaving.get_deletion(services_of(request).pool, request.user)
        return Response(_deletion(found, request), headers=NO_STORE)

    @post(
        "/deletion",
        operation_id="requestDeletion",
        summary="Lock my account now, and delete it after the days of grace",
        status_code=202,
        **answers(
            Audience.RESIDENT,
            "installation-not-approved",
            "session-expired",
            "proof-required",
            *GRANT_REFUSALS,
            "role-held",
            "venue-managed",
            tag="rights",
        ),
    )
    async def request_deletion(self, request: ResidentRequest, data: JSONBody[DeletionIn]) -> Response[DeletionOut]:
        services, moment, caller = services_of(request), now(), request.user
        leaving.require_may_leave(caller)
        visitor = Visitor(caller.installation_id, address_of(request, services))
        proven = await prove_account(services.door, services.platforms, data.proof, visitor, moment)
        deletion = await leaving.request_deletion(services.door, caller, proven, moment)
        services.ended.add(caller.session_id, moment)
        return Response(_deletion(deletion, request), headers=NO_STORE)

    @delete(
        "/deletion",
        operation_id="cancelDeletion",
        summary="Keep my account after all",
        **answers(Audience.RESIDENT, "not-found", tag="rights", reads_input=False),
    )
    async def cancel_deletion(self, request: ResidentRequest) -> None:
        await leaving.cancel_deletion(services_of(request).door, request.user, now())


def _is_english(request: AnyRequest) -> bool:
    return prefers_english(request.headers.get("accept-language", ""))


def _consent(standing: Standing, request: AnyRequest) -> ConsentOut:
    kind, english = KINDS[standing.kind], _is_english(request)

    def pick(field: str) -> str:
        text: str = getattr(kind, f"{field}_{'en' if english else 'zh'}")
        return text

    return ConsentOut(
        kind=kind.kind,
        title=pick("title"),
        purpose=pick("purpose"),
        basis=pick("basis"),
        withdrawing=pick("withdrawing"),
        sensitive=kind.is_sensitive,
        essential=kind.is_essential,
        given_by=kind.given_by,
        can_grant=kind.can_switch_on and _needs_no_proof(kind, standing),
        can_withdraw=kind.can_switch_off,
        version=kind.version,
        state=standing.state,
        granted_version=standing.version,
        granted_at=standing.granted_at,
        withdrawn_at=standing.withdrawn_at,
    )


def _needs_no_proof(kind: ConsentKind, standing: Standing) -> bool:
    """What proving gives is first given by proving, and switched after that."""
    return kind.given_by is GivenBy.SWITCH or standing.state is not ConsentState.NEVER


def _deletion(deletion: Deletion | None, request: AnyRequest) -> DeletionOut:
    settings, english = services_of(request).settings, _is_english(request)
    what, because = _RETAINED_EN if english else _RETAINED_ZH
    return DeletionOut(
        state="requested" if deletion else "none",
        requested_at=deletion.requested_at if deletion else None,
        due_at=deletion.due_at if deletion else None,
        grace_days=settings.deletion_grace_days,
        retained=[RetainedOut(what, because, settings.retention_days)],
    )


_RETAINED_ZH = (
    "账户的存在与实名结果（姓名、证件号码、手机号）及登录记录，单独加密封存",
    "《网络安全法》要求网络日志留存不少于六个月并落实真实身份；《个人信息保护法》第四十七条：期满前仅存储和保护，不作他用",
)
_RETAINED_EN = (
    "That the account existed, who was proven to hold it (name, ID number, phone) and its log-ins, sealed apart",
    (
        "The Cybersecurity Law has network logs kept for six months at least, and real names behind accounts; until "
        "then they are only stored and guarded (PIPL, article 47)"
    ),
)
