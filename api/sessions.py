"""Logging in, staying in, getting out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from api.callers import AnyRequest, Audience, ResidentRequest, address_of
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.people import challenging, sessions
from app.people.locking import lock_account
from app.people.logging_in import AlipayGrant, OtpGrant, Visitor, WechatGrant, log_in
from app.people.model import Challenge, OpenedSession, Session

_LONGEST_BODY = 16 * 2**10
"""Of what anyone may send; decoded, a body of brackets alone takes thirty times its room."""

GRANT_REFUSALS = (
    "otp-wrong",
    "otp-expired",
    "login-code-invalid",
    "app-unknown",
    "provider-refused",
    "provider-unavailable",
    "too-many-requests",
)
"""Of whatever a grant is judged by."""

Phone = Annotated[
    str, msgspec.Meta(min_length=5, max_length=32, description="a mobile number; +86 where none is given")
]
RefreshToken = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class OtpIn(msgspec.Struct, frozen=True):
    """Whom to text."""

    phone: Phone
    installation_id: UUID | None = None


Installation = Annotated[UUID, msgspec.Meta(description="where it comes from: an id that the app makes once")]


class OtpSessionIn(OtpGrant, frozen=True, tag_field="grant", tag="otp", kw_only=True):
    """A text that was read on this installation."""

    installation_id: Installation


class WechatSessionIn(WechatGrant, frozen=True, tag_field="grant", tag="wechat", kw_only=True):
    """What wx.login gave in a mini-program on this installation."""

    installation_id: Installation


class AlipaySessionIn(AlipayGrant, frozen=True, tag_field="grant", tag="alipay", kw_only=True):
    """What my.getAuthCode gave in a mini-program on this installation."""

    installation_id: Installation


SessionIn: TypeAlias = OtpSessionIn | WechatSessionIn | AlipaySessionIn


class RefreshIn(msgspec.Struct, frozen=True):
    """The latest refresh token; it is good once."""

    refresh_token: RefreshToken


class SessionOut(msgspec.Struct, frozen=True):
    """One login. Whoever knows a trusted installation's id could pass for it, so no other session is told it."""

    id: UUID
    installation_id: UUID | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class SessionsOut(msgspec.Struct, frozen=True):
    """All logins; they are few, so there is one page."""

    items: list[SessionOut]
    next_cursor: str | None = None


class SessionController(Controller):
    """Sessions and what opens them."""

    path = "/v1"
    request_max_body_size = _LONGEST_BODY

    @post(
        "/otp",
        operation_id="requestOtp",
        summary="Ask for a one-time password",
        status_code=202,
        response_headers={},
        **answers(Audience.ANYONE, "too-many-requests", tag="log in"),
    )
    async def request_otp(self, request: AnyRequest, data: JSONBody[OtpIn]) -> Response[Challenge]:
        services = services_of(request)
        challenge = await challenging.request_otp(
            services.pool,
            services.vault,
            services.settings,
            phone=data.phone,
            address=address_of(request, services),
            installation_id=data.installation_id,
            now=now(),
        )
        return Response(challenge, headers=NO_STORE)

    @post(
        "/sessions",
        operation_id="openSession",
        summary="Log in",
        **answers(Audience.ANYONE, *GRANT_REFUSALS, "session-expired", tag="log in"),
    )
    async def open_session(self, request: AnyRequest, data: JSONBody[SessionIn]) -> Response[OpenedSession]:
        services = services_of(request)
        visitor = Visitor(data.installation_id, address_of(request, services))
        opened = await log_in(services.door, services.platforms, data, visitor, now())
        return Response(opened, headers=NO_STORE)

    @post(
        "/sessions/refresh",
        operation_id="refreshSession",
        summary="Exchange a refresh token for the next pair",
        status_code=200,
        **answers(Audience.ANYONE, "unauthenticated", "session-expired", "session-reused", tag="log in"),
    )
    async def refresh_session(self, request: AnyRequest, data: JSONBody[RefreshIn]) -> Response[OpenedSession]:
        opened = await sessions.refresh(services_of(request).door, data.refresh_token, now())
        return Response(opened, headers=NO_STORE)

    @get(
        "/me/sessions",
        operation_id="listSessions",
        summary="Where I am logged in",
        **answers(Audience.RESIDENT, tag="me", reads_input=False),
    )
    async def list_sessions(self, request: ResidentRequest) -> Response[SessionsOut]:
        def is_current(session: Session) -> bool:
            return session.session_id == request.user.session_id

        found = await sessions.list_sessions(services_of(request).pool, request.user, now())
        items = [
            SessionOut(
                id=session.session_id,
                installation_id=session.installation_id if is_current(session) else None,
                created_at=session.created_at,
                last_used_at=session.refreshed_at,
                expires_at=session.expires_at,
                current=is_current(session),
            )
            for session in found
        ]
        return Response(SessionsOut(items), headers=NO_STORE)

    @delete(
        "/me/sessions/{session_id:uuid}",
        operation_id="closeSession",
        summary="Log out here or elsewhere",
        **answers(Audience.RESIDENT, "not-found", tag="me"),
    )
    async def close_session(self, request: ResidentRequest, session_id: FromPath[UUID]) -> None:
        services, moment = services_of(request), now()
        await sessions.close_session(services.pool, request.user, session_id, moment)
        services.ended.add(session_id, moment)

    @post(
        "/me/lock",
        operation_id="lockAccount",
        summary="End every credential of the account",
        status_code=204,
        **answers(Audience.RESIDENT, tag="me", reads_input=False),
    )
    async def lock_account(self, request: ResidentRequest) -> None:
        services, moment = services_of(request), now()
        await lock_account(services.pool, request.user, moment)
        services.ended.add(request.user.session_id, moment)

    @post(
        "/me/installations/{installation_id:uuid}/approve",
        operation_id="approveInstallation",
        summary="Let a new installation in from one that is trusted",
        status_code=204,
        **answers(
            Audience.RESIDENT,
            "identity-not-verified",
            "installation-not-approved",
            "not-found",
            "session-expired",
            tag="me",
        ),
    )
    async def approve_installation(self, request: ResidentRequest, installation_id: FromPath[UUID]) -> None:
        services = services_of(request)
        await sessions.approve_installation(services.door, request.user, installation_id, now())
