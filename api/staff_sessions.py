"""Staff at the door: how they stand, and a session that bears their roles for a second factor."""

from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.params import JSONBody

from api.callers import Audience, ResidentRequest
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.staff_wire import CeremonyOut, StaffMeOut, StaffSessionIn, StaffSessionOut
from app.errors import InvalidError
from app.people.staff_sessions import OpenedStaffSession
from app.staff import factors, sessions
from app.staff.guesses import PasskeyProof, Proof

_LONGEST_BODY = 32 * 2**10
_FACTOR = ("second-factor-wrong", "second-factor-locked")
_UNTRUSTED = ("identity-not-verified", "installation-not-approved", "session-expired")


class StaffSessionController(Controller):
    """Sessions of staff."""

    path = "/v1/staff"
    request_max_body_size = _LONGEST_BODY

    @get(
        "/me",
        operation_id="getStaffMe",
        summary="My roles, and whether this session bears them",
        **answers(Audience.OFFICER, tag="staff", reads_input=False),
    )
    async def get_staff_me(self, request: ResidentRequest) -> Response[StaffMeOut]:
        services, caller = services_of(request), request.user
        found, _ = await factors.list_factors(services.pool, caller)
        standing = StaffMeOut(
            resident_id=caller.resident_id,
            held_roles=sorted(caller.held_roles),
            roles=sorted(caller.roles),
            has_factor=bool(found),
            factor_required=services.settings.second_factor_required,
            second_factor_at=caller.second_factor_at,
        )
        return Response(standing, headers=NO_STORE)

    @post(
        "/sessions/options",
        operation_id="prepareStaffSession",
        summary="A challenge for one of my passkeys",
        **answers(Audience.OFFICER, tag="staff", reads_input=False),
    )
    async def prepare_staff_session(self, request: ResidentRequest) -> Response[CeremonyOut]:
        ceremony = await sessions.prepare_staff_session(services_of(request).door, request.user, now())
        made = CeremonyOut(ceremony.ceremony_id, ceremony.options, ceremony.expires_at)
        return Response(made, headers=NO_STORE)

    @post(
        "/sessions",
        operation_id="openStaffSession",
        summary="Give a second factor, for tokens that bear my roles",
        **answers(Audience.OFFICER, *_FACTOR, *_UNTRUSTED, tag="staff", records="staff.session-opened"),
    )
    async def open_staff_session(
        self, request: ResidentRequest, data: JSONBody[StaffSessionIn]
    ) -> Response[StaffSessionOut]:
        opened = await sessions.open_staff_session(services_of(request).door, request.user, _proof(data), now())
        return Response(_session(opened), headers=NO_STORE)


def _proof(data: StaffSessionIn) -> Proof:
    shown = [one for one in (data.totp, data.passkey, data.recovery_code) if one is not None]
    if len(shown) != 1:
        raise InvalidError("", "Show exactly one of totp, passkey and recovery_code.")
    passkey = PasskeyProof(data.passkey.ceremony_id, data.passkey.credential) if data.passkey else None
    return Proof(totp=data.totp, passkey=passkey, recovery_code=data.recovery_code)


def _session(session: OpenedStaffSession) -> StaffSessionOut:
    return StaffSessionOut(
        access_token=session.opened.access_token,
        expires_at=session.opened.expires_at,
        refresh_token=session.opened.refresh_token,
        resident_id=session.opened.resident_id,
        assurance=session.opened.assurance,
        roles=session.roles,
        idle_until=session.idle_until,
        ends_at=session.ends_at,
    )
