"""The accounts by which a resident comes in: listed, linked, unlinked; and the phone at which they are texted."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from api.callers import Audience, ResidentRequest, address_of
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.sessions import GRANT_REFUSALS
from app.people import changing_phone, linking
from app.people.changing_phone import PhoneGrant
from app.people.logging_in import Grant
from app.people.model import Login

_LONGEST_BODY = 4 * 2**10
_UNTRUSTED = ("installation-not-approved", "session-expired")


class LoginsOut(msgspec.Struct, frozen=True):
    """All logins, the oldest first; they are few, so there is one page."""

    items: list[Login]
    next_cursor: str | None = None


class LoginController(Controller):
    """A resident's own logins."""

    path = "/v1/me"
    request_max_body_size = _LONGEST_BODY

    @get(
        "/logins",
        operation_id="listLogins",
        summary="By which accounts I come in",
        **answers(Audience.RESIDENT, *_UNTRUSTED, tag="me", reads_input=False),
    )
    async def list_logins(self, request: ResidentRequest) -> Response[LoginsOut]:
        services = services_of(request)
        found = await linking.list_logins(services.pool, services.vault, request.user, now())
        return Response(LoginsOut(found), headers=NO_STORE)

    @post(
        "/logins",
        operation_id="linkLogin",
        summary="Come in by another account too; one that is mine already is answered again",
        **answers(Audience.RESIDENT, *_UNTRUSTED, *GRANT_REFUSALS, "login-already-linked", tag="me"),
    )
    async def link_login(self, request: ResidentRequest, data: JSONBody[Grant]) -> Response[Login]:
        services = services_of(request)
        linked = await linking.link_login(
            services.door, services.platforms, request.user, data, address_of(request, services), now()
        )
        return Response(linked, headers=NO_STORE)

    @delete(
        "/logins/{login_id:uuid}",
        operation_id="unlinkLogin",
        summary="Come in by an account no more; the sessions that it opened end",
        **answers(Audience.RESIDENT, *_UNTRUSTED, "not-found", "last-login", tag="me"),
    )
    async def unlink_login(self, request: ResidentRequest, login_id: FromPath[UUID]) -> None:
        services, moment = services_of(request), now()
        for session_id in await linking.unlink_login(services.door, request.user, login_id, moment):
            services.ended.add(session_id, moment)

    @post(
        "/phone",
        operation_id="changePhone",
        summary="Have another phone; the number of before is warned and opens nothing any more",
        status_code=200,
        **answers(Audience.RESIDENT, *_UNTRUSTED, *GRANT_REFUSALS, "login-already-linked", tag="me"),
    )
    async def change_phone(self, request: ResidentRequest, data: JSONBody[PhoneGrant]) -> Response[Login]:
        services = services_of(request)
        login = await changing_phone.change_phone(
            services.door, services.platforms, request.user, data, address_of(request, services), now()
        )
        await services.ended.catch_up()
        return Response(login, headers=NO_STORE)
