"""Scanners: enrolled, renewed and revoked by their venue's manager; each binds itself to a key, and asks what it is."""

from __future__ import annotations

import base64
from typing import Annotated, Any, cast
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from api.callers import Audience, ResidentRequest, ScannerRequest, read_authorization
from api.proving import BEFORE_KEY, require_proof
from api.repeating import answer_once
from api.routes import NO_STORE, answers
from api.scans import IdempotencyKey
from api.services import now, services_of
from api.shifts import shape_shift
from api.venue_wire import (
    EnrolledListOut,
    EnrolledOut,
    JournalSeen,
    JwkIn,
    KeyIn,
    KeyOut,
    OfflinePolicy,
    OfflineSeen,
    ScannerIn,
    ScannerOut,
    ScannerSeen,
    VenueNamed,
)
from api.venues import REPEATED
from app.database import Executor
from app.venues import scanners, shifts
from app.venues.keys import ScannerKey, read_public_key
from app.venues.model import EnrolledScanner, IssuedScanner
from app.venues.reconciling import get_last_entry


class ScannerController(Controller):
    """A venue's scanners, for its manager."""

    path = "/v1/venues/{venue_id:uuid}/scanners"

    @post(
        operation_id="addScanner",
        summary="Enrol a scanner; its credential is shown this once",
        **answers(
            Audience.MANAGER, "not-found", "venue-not-approved", *REPEATED, tag="venues", records="scanner.enrolled"
        ),
    )
    async def add_scanner(
        self,
        request: ResidentRequest,
        venue_id: FromPath[UUID],
        data: JSONBody[ScannerIn],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[ScannerOut]:
        key = None if data.public_key is None else _read_key(data.public_key)

        async def act(db: Executor) -> ScannerOut:
            issued = await scanners.add_scanner(
                db,
                venue_id=venue_id,
                manager_id=request.user.resident_id,
                name=data.name,
                lifetime=services_of(request).settings.scanner_lifetime,
                now=now(),
                key=key,
            )
            return _issued(issued)

        return await answer_once(request, idempotency_key, act)

    @get(
        operation_id="listScanners",
        summary="A venue's scanners, and when each was last used",
        **answers(Audience.MANAGER, "not-found", tag="venues"),
    )
    async def list_scanners(
        self,
        request: ResidentRequest,
        venue_id: FromPath[UUID],
        cursor: Annotated[UUID | None, QueryParameter(description="`next_cursor` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
    ) -> Response[EnrolledListOut]:
        found = await scanners.list_scanners(
            services_of(request).pool,
            venue_id=venue_id,
            manager_id=request.user.resident_id,
            after=cursor,
            limit=limit + 1,
        )
        items = [_enrolled(one) for one in found[:limit]]
        next_cursor = str(items[-1].id) if len(found) > limit else None
        return Response(EnrolledListOut(items, next_cursor), headers=NO_STORE)

    @post(
        "/{scanner_id:uuid}/renew",
        operation_id="renewScanner",
        summary="A new credential for the same scanner and key; the one of before is good for ten minutes more",
        **answers(Audience.MANAGER, "not-found", *REPEATED, tag="venues", records="scanner.renewed"),
    )
    async def renew_scanner(
        self,
        request: ResidentRequest,
        venue_id: FromPath[UUID],
        scanner_id: FromPath[UUID],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[ScannerOut]:
        async def act(db: Executor) -> ScannerOut:
            issued = await scanners.renew_scanner(
                db,
                venue_id=venue_id,
                manager_id=request.user.resident_id,
                scanner_id=scanner_id,
                lifetime=services_of(request).settings.scanner_lifetime,
                now=now(),
            )
            return _issued(issued)

        return await answer_once(request, idempotency_key, act)

    @delete(
        "/{scanner_id:uuid}",
        operation_id="revokeScanner",
        summary="End a scanner's credential, everywhere within seconds",
        **answers(Audience.MANAGER, "not-found", tag="venues", records="scanner.revoked"),
    )
    async def revoke_scanner(
        self, request: ResidentRequest, venue_id: FromPath[UUID], scanner_id: FromPath[UUID]
    ) -> None:
        await scanners.revoke_scanner(
            services_of(request).pool,
            venue_id=venue_id,
            manager_id=request.user.resident_id,
            scanner_id=scanner_id,
            now=now(),
        )


_REGISTERING: dict[str, Any] = answers(Audience.SCANNER, "scanner-key-registered", "enrolment-over", tag="scanning")
_REGISTERING["opt"] = {**_REGISTERING["opt"], BEFORE_KEY: True}


class OwnScannerController(Controller):
    """A scanner, to itself."""

    path = "/v1/scanner"

    @put(
        "/key",
        operation_id="registerScannerKey",
        summary="Bind this scanner to its device's key, once, within 24 hours of enrolment; with a proof by that key",
        **_REGISTERING,
    )
    async def register_key(self, request: ScannerRequest, data: JSONBody[KeyIn]) -> Response[KeyOut]:
        services, moment, scanner = services_of(request), now(), request.user
        key = _read_key(data.public_key)
        require_proof(services, request, scanner, key, read_authorization(request)[1], moment)
        await scanners.register_key(services.pool, scanner, key, moment)
        return Response(KeyOut(key.name), headers=NO_STORE)

    @get(
        operation_id="getScanner",
        summary="What this scanner is, and who is signed in on it",
        **answers(Audience.SCANNER, tag="scanning", reads_input=False),
    )
    async def get_scanner(self, request: ScannerRequest) -> Response[ScannerSeen]:
        services, moment, scanner = services_of(request), now(), request.user
        shift = await shifts.get_shift(services.pool, scanner, moment)
        sequence, digest = await get_last_entry(services.pool, scanner)
        seen = ScannerSeen(
            scanner_id=scanner.scanner_id,
            name=scanner.name,
            venue=VenueNamed(scanner.venue_id, scanner.venue_name),
            purpose=scanner.purpose,
            fields=scanner.fields,
            strict=scanner.strict,
            checks_person=scanner.checks_person,
            requires_shift=scanner.requires_shift,
            expires_at=scanner.expires_at,
            key_thumbprint=scanner.key.name if scanner.key else None,
            shift=shape_shift(shift) if shift else None,
            offline=OfflineSeen(cast("OfflinePolicy", scanner.offline_policy), services.settings.journal_window_hours),
            journal=JournalSeen(sequence, digest),
            warnings=["credential-ends-soon"] if scanners.ends_soon(scanner, moment) else [],
        )
        return Response(seen, headers=NO_STORE)


def _read_key(jwk: JwkIn) -> ScannerKey:
    return read_public_key({name: value for name, value in msgspec.structs.asdict(jwk).items() if value is not None})


def _issued(issued: IssuedScanner) -> ScannerOut:
    return ScannerOut(issued.scanner_id, issued.credential, issued.expires_at)


def _enrolled(one: EnrolledScanner) -> EnrolledOut:
    thumbprint = one.key_thumbprint
    return EnrolledOut(
        one.scanner_id,
        one.name,
        one.created_at,
        one.expires_at,
        one.last_used_at,
        base64.urlsafe_b64encode(thumbprint).decode().rstrip("=") if thumbprint else None,
        one.revoked_at,
    )
