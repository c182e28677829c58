"""Refusals as problem documents (RFC 9457): the one place that turns what the domain declines into HTTP."""

from __future__ import annotations

import re
from typing import Any, cast

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from api.faults import word_fault
from api.meanings import MEANINGS
from app.database import FAULTS
from app.errors import InvalidError, RefusedError
from app.logs import request_id
from codes import CodeRefusedError, KeyRingError
from codes.errors import PresentationRefusedError

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one value of the request, by JSON Pointer (RFC 6901)."""

    pointer: str
    message: str
    """What to mend, in the caller's language."""


class ProblemOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A refusal, and what to do next."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    next: str
    errors: list[FieldError] = []


_BY_STATUS = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    429: "too-many-requests",
}
"""What Litestar raises by itself; any other fault of the request is `invalid-request`."""
_LANGUAGE = re.compile(r"(?:^|,)\s*(en|zh)(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?(?=,|$)")
"""English and Chinese in an Accept-Language header, with their weights (RFC 9110, section 12.5.4)."""


def refusals(*slugs: str) -> dict[int, ResponseSpec]:
    """The OpenAPI responses of an operation that may refuse with these slugs."""
    by_status: dict[int, list[str]] = {}
    for slug in slugs:
        by_status.setdefault(MEANINGS[slug].status, []).append(slug)
    return {
        status: ResponseSpec(
            data_container=ProblemOut,
            generate_examples=False,
            media_type=MEDIA_TYPE,
            description=" · ".join(f"`{slug}` {MEANINGS[slug].title_en}" for slug in found),
        )
        for status, found in sorted(by_status.items())
    }


def problem(
    request: Request[Any, Any, Any],
    slug: str,
    *,
    detail: str = "",
    errors: list[FieldError] | None = None,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """The document for a slug, in the caller's language; the domain says `detail` and what is wrong in English."""
    meaning = MEANINGS[slug]
    english = speaks_english(request)
    title = meaning.title_en if english else meaning.title_zh
    document = ProblemOut(
        type=f"/problems/{slug}",
        title=title,
        status=meaning.status,
        detail=word_fault(detail, english=english, otherwise=title) if detail and detail != slug else title,
        request_id=request_id.get(),
        next=meaning.next_en if english else meaning.next_zh,
        errors=[FieldError(one.pointer, word_fault(one.message, english=english)) for one in errors or []],
    )
    sent = {"Cache-Control": "no-store", "Content-Language": "en" if english else "zh-CN", **(headers or {})}
    if meaning.status == 401:  # noqa: PLR2004  RFC 9110, section 15.5.2
        sent["WWW-Authenticate"] = meaning.challenge
    request.scope["state"]["problem"] = slug
    return Response(
        content=msgspec.json.encode(document), status_code=meaning.status, media_type=MEDIA_TYPE, headers=sent
    )


def speaks_english(request: Request[Any, Any, Any]) -> bool:
    """Whether the caller is answered in English."""
    return prefers_english(request.headers.get("accept-language", ""))


def prefers_english(accepted: str) -> bool:
    """Whether an Accept-Language header puts English before Chinese; Chinese where it says nothing."""
    best = {"en": 0.0, "zh": 0.0}
    for match in _LANGUAGE.finditer(accepted.lower()):
        best[match[1]] = max(best[match[1]], float(match[2] or "1"))
    return best["en"] > best["zh"]


def on_refused(request: Request[Any, Any, Any], error: RefusedError) -> Response[bytes]:
    """What the domain declines."""
    errors = [FieldError(error.pointer, error.message)] if isinstance(error, InvalidError) else None
    headers = None if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return problem(request, error.slug, detail=error.detail, errors=errors, headers=headers)


def on_code_refused(
    request: Request[Any, Any, Any], error: CodeRefusedError | PresentationRefusedError
) -> Response[bytes]:
    """What `codes` declines."""
    return problem(request, error.slug, detail=error.detail)


def on_invalid(request: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    """A request that does not fit its schema; the values themselves are not said back, since one may be a secret."""
    return problem(request, "invalid-request", errors=_field_errors(error))


def _field_errors(error: ValidationException) -> list[FieldError]:
    extra: list[dict[str, Any]] = cast("Any", error.extra) if isinstance(error.extra, list) else []
    found: list[FieldError] = []
    for item in extra:
        key = re.sub(r"^data(\.|(?=\[)|$)", "", str(item.get("key", "")))
        pointer = "/" + key.lstrip("[").replace(".", "/").replace("[", "/").replace("]", "") if key else ""
        found.append(FieldError(pointer, _without_value(str(item.get("message", "not valid")))))
    return found or [FieldError("", "The request does not fit its schema.")]


def _without_value(message: str) -> str:
    """Messages of the decoder may quote what was sent, as in "Invalid enum value 'x'"."""
    return re.sub(r" ['\"].*['\"]", "", message, flags=re.DOTALL)


def on_undecodable(request: Request[Any, Any, Any], _error: UnicodeDecodeError) -> Response[bytes]:
    """A body that is no UTF-8: the decoder of JSON says so in its own way, which Litestar does not know."""
    return problem(request, "invalid-request", errors=[FieldError("", "The body is not UTF-8.")])


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What Litestar itself declines: an unknown path or method, a body that is too long or not JSON."""
    slug = _BY_STATUS.get(error.status_code, "internal" if error.status_code >= 500 else "invalid-request")  # noqa: PLR2004
    allowed = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    errors = [FieldError("", "The body cannot be read.")] if slug == "invalid-request" else None
    return problem(request, slug, errors=errors, headers=allowed)


def on_unavailable(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """PostgreSQL is away: what was asked may have been done or not, and the caller may come again."""
    log.warning("request.database-away", kind=type(error).__name__)
    return problem(request, "unavailable", headers={"Retry-After": "1"})


def on_key_missing(request: Request[Any, Any, Any], error: KeyRingError) -> Response[bytes]:
    """This server's folder lacks a key that others have by now; they answer, and it does itself once it is copied."""
    log.warning("request.key-missing", slug=error.slug)
    return problem(request, "unavailable", headers={"Retry-After": "5"})


def on_fault(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Whatever nobody expected: logged whole, said to the caller as one word."""
    log.error("request.failed", exc_info=error)
    return problem(request, "internal")


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    RefusedError: on_refused,
    CodeRefusedError: on_code_refused,
    PresentationRefusedError: on_code_refused,
    KeyRingError: on_key_missing,
    ValidationException: on_invalid,
    HTTPException: on_http_error,
    UnicodeDecodeError: on_undecodable,
    Exception: on_fault,
    **dict.fromkeys(FAULTS, on_unavailable),
}
