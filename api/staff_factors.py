"""Second factors of staff: enrolling them, and taking them away."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from api.callers import Audience, ResidentRequest
from api.routes import NO_STORE, answers
from api.services import now, services_of
from api.staff_wire import (
    CeremonyOut,
    FactorIn,
    FactorOut,
    FactorsOut,
    NewFactorOut,
    PasskeyFactorIn,
    RecoveryCodesOut,
    TotpIn,
    TotpSecretOut,
)
from app.staff import factors
from app.staff.factors import NewFactor
from app.staff.model import Factor
from codes import to_svg

_LONGEST_BODY = 32 * 2**10
_FACTOR = ("second-factor-wrong", "second-factor-locked")
_UNTRUSTED = ("identity-not-verified", "installation-not-approved")


class StaffFactorController(Controller):
    """The caller's own second factors."""

    path = "/v1/staff/factors"
    request_max_body_size = _LONGEST_BODY

    @get(
        operation_id="getFactors",
        summary="My second factors",
        **answers(Audience.OFFICER, tag="staff", reads_input=False),
    )
    async def list_factors(self, request: ResidentRequest) -> Response[FactorsOut]:
        found, left = await factors.list_factors(services_of(request).pool, request.user)
        return Response(FactorsOut([_factor(one) for one in found], left), headers=NO_STORE)

    @post(
        "/totp",
        operation_id="addTotp",
        summary="A secret for an authenticator app; it counts once a code of it confirms it",
        **answers(Audience.OFFICER, "not-found", *_UNTRUSTED, tag="staff"),
    )
    async def add_totp(self, request: ResidentRequest, data: JSONBody[FactorIn]) -> Response[TotpSecretOut]:
        made = await factors.begin_totp(services_of(request).door, request.user, data.name, now())
        return Response(TotpSecretOut(made.factor_id, made.secret, made.uri, to_svg(made.uri)), headers=NO_STORE)

    @post(
        "/totp/{factor_id:uuid}/confirm",
        operation_id="confirmTotp",
        summary="Show the first code of an authenticator app",
        status_code=200,
        **answers(Audience.OFFICER, "not-found", *_FACTOR, *_UNTRUSTED, tag="staff", records="staff.factor-added"),
    )
    async def confirm_totp(
        self, request: ResidentRequest, factor_id: FromPath[UUID], data: JSONBody[TotpIn]
    ) -> Response[NewFactorOut]:
        added = await factors.confirm_totp(services_of(request).door, request.user, factor_id, data.totp, now())
        return Response(_new_factor(added), headers=NO_STORE)

    @post(
        "/passkeys/options",
        operation_id="preparePasskey",
        summary="A challenge for a new passkey",
        **answers(Audience.OFFICER, "not-found", *_UNTRUSTED, tag="staff"),
    )
    async def prepare_passkey(self, request: ResidentRequest) -> Response[CeremonyOut]:
        ceremony = await factors.prepare_passkey(services_of(request).door, request.user, now())
        made = CeremonyOut(ceremony.ceremony_id, ceremony.options, ceremony.expires_at)
        return Response(made, headers=NO_STORE)

    @post(
        "/passkeys",
        operation_id="addPasskey",
        summary="Enrol the passkey that answered the challenge",
        **answers(Audience.OFFICER, "not-found", *_FACTOR, *_UNTRUSTED, tag="staff", records="staff.factor-added"),
    )
    async def add_passkey(self, request: ResidentRequest, data: JSONBody[PasskeyFactorIn]) -> Response[NewFactorOut]:
        added = await factors.add_passkey(
            services_of(request).door,
            request.user,
            ceremony_id=data.ceremony_id,
            credential=data.credential,
            name=data.name,
            now=now(),
        )
        return Response(_new_factor(added), headers=NO_STORE)

    @delete(
        "/{factor_id:uuid}",
        operation_id="removeFactor",
        summary="Take a second factor away, but for the last one",
        **answers(
            Audience.OFFICER, "not-found", "last-factor", *_UNTRUSTED, tag="staff", records="staff.factor-removed"
        ),
    )
    async def remove_factor(self, request: ResidentRequest, factor_id: FromPath[UUID]) -> None:
        await factors.remove_factor(services_of(request).door, request.user, factor_id, now())

    @post(
        "/recovery-codes",
        operation_id="renewRecoveryCodes",
        summary="Ten new recovery codes in place of those before",
        **answers(
            Audience.OFFICER,
            "not-found",
            *_UNTRUSTED,
            tag="staff",
            reads_input=False,
            records="staff.recovery-codes-renewed",
        ),
    )
    async def renew_recovery_codes(self, request: ResidentRequest) -> Response[RecoveryCodesOut]:
        codes = await factors.renew_codes(services_of(request).door, request.user, now())
        return Response(RecoveryCodesOut(codes), headers=NO_STORE)


def _factor(factor: Factor) -> FactorOut:
    return FactorOut(factor.factor_id, factor.kind, factor.name, factor.created_at, factor.last_used_at)


def _new_factor(added: NewFactor) -> NewFactorOut:
    return NewFactorOut(_factor(added.factor), added.recovery_codes)
