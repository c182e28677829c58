"""Scanning: the server's clock decides, one transaction claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, cast
from uuid import UUID

import msgspec
from litestar import Controller, Response, post
from litestar.openapi.spec import RequestBody
from litestar.params import FromPath, HeaderParameter, JSONBody

from api.callers import Audience, ScannerRequest, answering_at_once
from api.documentation import ApiOperation, binary
from api.lean import LeanAnswer, raw_header
from api.pictures import PictureError
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.enterprises.model import Authority, Shown
from app.errors import InvalidError, RefusedError
from app.venues.accesses import annul_scan
from app.venues.model import ScanResult
from app.venues.scanning import hash_request, scan_code
from codes import CodeRefusedError

_LONGEST_KEY = 128
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        max_length=_LONGEST_KEY,
        description="of this request; a repetition gets the first answer",
    ),
]
_encode = msgspec.json.Encoder().encode
_LONGEST_PICTURE = 8 * 2**20
CODE_REFUSALS = (
    "code-not-ours",
    "code-malformed",
    "code-issuer-unknown",
    "code-algorithm-refused",
    "code-signature-invalid",
    "code-not-yet-valid",
    "code-expired",
    "code-lifetime-excessive",
    "code-form-refused",
    "code-revoked",
    "code-already-used",
)


class ScanIn(msgspec.Struct, frozen=True):
    """What the scanner read, whatever it was: a code is refused in words, not by a schema."""

    code: str
    purpose: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class OrganisationOut(msgspec.Struct, frozen=True):
    """On whose behalf an enterprise code is shown, and by what authority: what such a code is for."""

    name: str
    unified_social_credit_code: str
    authority: Authority
    scopes: list[str]


class HolderOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the purpose needs of the holder: a surname and stars, or nothing; and of a company, which."""

    masked_name: str | None = None
    organisation: OrganisationOut | None = None


class ScanOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """The code is good, and is used now."""

    scan_id: UUID
    holder: HolderOut
    province: str
    scanned_at: datetime
    warnings: list[str]
    form: Literal["dynamic", "phone", "paper"]
    """How the code was made: by the server just now, by a phone without a network, on paper."""
    kind: str | None = None


class AnnulIn(msgspec.Struct, frozen=True):
    """Why the scan was a mistake."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class ReadCode(msgspec.Struct, frozen=True):
    """One code found in a picture."""

    text: str


class PictureOut(msgspec.Struct, frozen=True):
    """What a picture holds, ours or not."""

    items: list[ReadCode]
    next_cursor: str | None = None


@dataclass
class PictureOperation(ApiOperation):
    """readPicture, with the body that Litestar cannot infer: the picture's bytes and nothing around them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.request_body = RequestBody(binary("image/png", "image/jpeg", "image/webp"), required=True)


async def _answer(request: ScannerRequest, data: ScanIn, key: str | None) -> LeanAnswer:
    services, moment, scanner = services_of(request), now(), request.user
    services.scan_limit.claim(scanner.scanner_id.hex, moment.timestamp())
    try:
        result = await scan_code(
            services.room,
            services.trust.current,
            scanner,
            code=data.code,
            purpose=data.purpose,
            request_key=hash_request(scanner.scanner_id, key, await request.body()) if key else None,
            now=moment,
        )
    except (RefusedError, CodeRefusedError) as refusal:
        services.tallies.note_refusal(scanner, refusal.slug, moment)
        raise
    return LeanAnswer(_encode(_shape(result)))


async def _answer_at_once(request: ScannerRequest, data: ScanIn) -> LeanAnswer | None:
    key = raw_header(request.scope, b"idempotency-key").decode("latin-1")
    return await _answer(request, data, key) if len(key) <= _LONGEST_KEY else None


class ScanController(Controller):
    """What scanners do."""

    path = "/v1"

    @post(
        "/scans",
        operation_id="scanCode",
        summary="Use a code",
        before_request=answering_at_once(msgspec.json.Decoder(ScanIn), _answer_at_once),
        **answers(
            Audience.SCANNER,
            *CODE_REFUSALS,
            "purpose-not-registered",
            "venue-not-approved",
            "shift-required",
            "too-many-requests",
            tag="scanning",
            created=ScanOut,
        ),
    )
    async def scan_code(
        self, request: ScannerRequest, data: JSONBody[ScanIn], idempotency_key: IdempotencyKey = None
    ) -> LeanAnswer:
        return await _answer(request, data, idempotency_key)

    @post(
        "/scans/{scan_id:uuid}/annul",
        operation_id="annulScan",
        summary="Take a mistaken scan back; the resident is told",
        status_code=204,
        **answers(Audience.SCANNER, "not-found", "scan-not-annullable", tag="scanning"),
    )
    async def annul_scan(self, request: ScannerRequest, scan_id: FromPath[UUID], data: JSONBody[AnnulIn]) -> None:
        services = services_of(request)
        await annul_scan(services.pool, services.vault, request.user, scan_id, reason=data.reason, now=now())

    @post(
        "/pictures",
        operation_id="readPicture",
        summary="Read the codes in a picture (PNG, JPEG or WebP as the body); nothing is kept",
        status_code=200,
        request_max_body_size=_LONGEST_PICTURE,
        **answers(Audience.SCANNER, "too-many-requests", tag="scanning", operation=PictureOperation),
    )
    async def read_picture(self, request: ScannerRequest) -> Response[PictureOut]:
        desk, scanner = services_of(request).pictures, request.user.scanner_id.hex
        with desk.take(scanner, now().timestamp()):
            body = await request.body()
            try:
                texts = await desk.read(scanner, body, now().timestamp())
            except PictureError:
                raise InvalidError("", "This is not a picture that can be read: send PNG, JPEG or WebP.") from None
        return Response(PictureOut([ReadCode(text) for text in texts]), headers=NO_STORE)


def _shape(result: ScanResult) -> ScanOut:
    return ScanOut(
        scan_id=result.scan_id,
        holder=HolderOut(result.masked_name, shape_organisation(result.organisation)),
        province=result.province,
        scanned_at=result.scanned_at,
        warnings=result.warnings,
        form=cast("Literal['dynamic', 'phone', 'paper']", result.form),
        kind=result.kind,
    )


def shape_organisation(organisation: Shown | None) -> OrganisationOut | None:
    """The company on the wire, where there is one."""
    if organisation is None:
        return None
    return OrganisationOut(
        name=organisation.name,
        unified_social_credit_code=organisation.unified_social_credit_code,
        authority=organisation.authority,
        scopes=organisation.scopes,
    )
