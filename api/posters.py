"""A venue's poster, for its manager to print, and the public page that its code leads to."""

from __future__ import annotations

import asyncio
import base64
import html
import re
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog
from litestar import Controller, Response, get
from litestar.params import FromPath

from api.callers import AnyRequest, Audience, ResidentRequest
from api.documentation import ApiOperation, binary, text_header
from api.page_files import PAGE_HEADERS
from api.problems import prefers_english
from api.routes import NO_STORE, answers
from api.services import Services, services_of
from app.errors import NotFoundError, RefusedError
from app.platforms.wechat import WeChatApp
from app.venues.posters import PosterText, draw_pdf, draw_svg
from app.venues.showing import ShownVenue, show_own_venue, show_venue

log = structlog.get_logger()

_PDF, _SVG = "application/pdf", "image/svg+xml"
_MINI_PROGRAM_PAGE = "pages/code/index"
_PLACE = (Path(__file__).parent / "pages" / "place.html").read_text(encoding="utf-8")
_WORDS = {
    True: {
        "lang": "en", "title": "Registered venue", "about": "Registered purpose", "sees": "A scan shows this venue",
        "valid": "whether the code is valid", "kind": "the kind of code", "masked_name": "a surname; the rest is stars",
        "never": "Never your ID number, phone number or address.", "open": "Show my code", "check_in": "Check in here",
        "gone": "This venue is not registered, or is closed", "gone_next": "Show no code there; ask the staff.",
    },
    False: {
        "lang": "zh-CN", "title": "已登记的场所", "about": "登记的用途", "sees": "扫码时，本场所看到",
        "valid": "码是否有效", "kind": "码的种类", "masked_name": "姓氏，名字隐去",
        "never": "看不到您的身份证号、手机号和住址。", "open": "出示我的服务码", "check_in": "在此签到",
        "gone": "这个场所没有登记，或已关闭", "gone_next": "请不要在此出示服务码，并询问工作人员。",
    },
}  # fmt: skip


@dataclass
class PosterOperation(ApiOperation):
    """getVenuePoster, with the two forms in which it comes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        drawn = self.answers["200"]
        drawn.content = binary(_PDF, _SVG)
        drawn.headers = text_header("X-Mini-Program-Code", "drawn | unavailable (WeChat is away) | none (not set up)")


class PosterController(Controller):
    """What a venue prints."""

    path = "/v1/venues/{venue_id:uuid}/poster"

    @get(
        operation_id="getVenuePoster",
        summary="An A4 poster: the venue's registered purpose and what a scan shows it; SVG with Accept: image/svg+xml",
        media_type=_PDF,
        **answers(Audience.MANAGER, "not-found", "venue-not-approved", tag="venues", operation=PosterOperation),
    )
    async def get_poster(self, request: ResidentRequest, venue_id: FromPath[UUID]) -> Response[bytes]:
        services = services_of(request)
        shown = await show_own_venue(services.pool, venue_id, request.user.resident_id)
        image, standing = await _draw_mini_program_code(services, venue_id)
        wanted = request.accept.best_match([_PDF, _SVG]) or _PDF
        draw = draw_svg if wanted == _SVG else draw_pdf
        body = await asyncio.to_thread(draw, _say(shown, services), image)
        headers = {**NO_STORE, "X-Mini-Program-Code": standing, "Vary": "Accept"}
        return Response(body, media_type=wanted, headers=headers)


def _say(shown: ShownVenue, services: Services) -> PosterText:
    venue, purpose = shown.venue, shown.purpose
    return PosterText(
        name=venue.name,
        address=venue.address,
        purpose_zh=purpose.name_zh,
        purpose_en=purpose.name_en,
        fields=purpose.fields,
        checks_person=purpose.checks_person,
        link=f"{services.settings.url.rstrip('/')}/v/{venue.venue_id}",
    )


async def _draw_mini_program_code(services: Services, venue_id: UUID) -> tuple[bytes | None, str]:
    """The code of the first WeChat mini-program; the poster is printed without it where WeChat does not answer."""
    platforms = services.platforms
    app_id = next((one for one in platforms.app_ids() if isinstance(platforms.find(one), WeChatApp)), None)
    if app_id is None:
        return None, "none"
    scene = "v" + base64.b32encode(venue_id.bytes).decode().rstrip("=").lower()
    try:
        return await platforms.draw_wechat_code(app_id, scene, _MINI_PROGRAM_PAGE), "drawn"
    except RefusedError as refusal:
        log.warning("poster.no-mini-program-code", reason=refusal.slug)
        return None, "unavailable"


@get(
    "/v/{venue_id:uuid}",
    include_in_schema=False,
    opt={"audience": Audience.ANYONE, "refusals": frozenset({"not-found", "unavailable", "internal"})},
)
async def place(request: AnyRequest, venue_id: FromPath[UUID]) -> Response[bytes]:
    """What whoever scans a poster sees: a page without a script, in their browser's language."""
    words = _WORDS[prefers_english(request.headers.get("accept-language", ""))]
    headers = {**PAGE_HEADERS, "Cache-Control": "no-cache", "Vary": "Accept, Accept-Language"}
    try:
        shown = await show_venue(services_of(request).pool, venue_id)
    except NotFoundError:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        gone = _fill(words, name=words["gone"], address=words["gone_next"], purpose="", sees=[], venue_id=venue_id)
        return Response(gone, status_code=404, media_type="text/html", headers=headers)
    return Response(_describe(words, shown), media_type="text/html", headers=headers)


def _describe(words: dict[str, str], shown: ShownVenue) -> bytes:
    purpose = shown.purpose.name_en if words["lang"] == "en" else shown.purpose.name_zh
    sees = [words["valid"], *(words[field] for field in shown.purpose.fields if field in words)]
    venue = shown.venue
    return _fill(words, name=venue.name, address=venue.address, purpose=purpose, sees=sees, venue_id=venue.venue_id)


def _fill(words: dict[str, str], *, name: str, address: str, purpose: str, sees: list[str], venue_id: UUID) -> bytes:
    items = "".join(f"<li>{html.escape(one)}</li>" for one in sees)
    blanks = {blank: html.escape(text) for blank, text in (words | {"name": name, "address": address}).items()}
    blanks |= {"purpose": html.escape(purpose), "items": items, "hidden": "" if sees else " hidden"}
    blanks["venue_id"] = str(venue_id)
    # In one pass: what stands in a name is never taken for a blank.
    return re.sub(r"\{(\w+)\}", lambda blank: blanks[blank[1]], _PLACE).encode()
