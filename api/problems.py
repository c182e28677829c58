"""Refusals as problem documents (RFC 9457): the one place that turns what the domain declines into HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from app.database import FAULTS
from app.errors import InvalidError, RefusedError, TooManyRequestsError
from app.logs import request_id
from codes import CodeRefusedError

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one value of the request, by JSON Pointer (RFC 6901)."""

    pointer: str
    message: str


class ProblemOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A refusal, and what to do next."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    next: str
    errors: list[FieldError] = []


class Meaning(msgspec.Struct, frozen=True):
    """What a slug means, in both languages, and what whoever meets it does next."""

    status: int
    title_zh: str
    title_en: str
    next_zh: str
    next_en: str


_AGAIN = ("请出示方刷新后重新扫码。", "Ask the holder to refresh the code, then scan again.")
_CHECK_APP = ("请确认对方出示的是官方应用中的随行码。", "Make sure that the code is shown by the official app.")
_LOG_IN = ("请重新登录。", "Log in again.")

MEANINGS: Mapping[str, Meaning] = {
    "code-not-ours": Meaning(422, "不是随行码", "Not a service code", *_CHECK_APP),
    "code-malformed": Meaning(422, "码已损坏", "The code is damaged", *_AGAIN),
    "code-issuer-unknown": Meaning(422, "签发地未获认可", "The issuer is not known", *_CHECK_APP),
    "code-algorithm-refused": Meaning(422, "签名方式不被接受", "The signature's algorithm is refused", *_CHECK_APP),
    "code-signature-invalid": Meaning(422, "签名无效", "The signature is not valid", *_CHECK_APP),
    "code-not-yet-valid": Meaning(
        422,
        "码尚未生效",
        "The code is not valid yet",
        "请核对手机时间后刷新。",
        "Check the phone's clock and refresh the code.",
    ),
    "code-expired": Meaning(422, "码已过期", "The code has expired", *_AGAIN),
    "code-lifetime-excessive": Meaning(422, "码的有效期超限", "The code's lifetime is too long", *_CHECK_APP),
    "code-revoked": Meaning(
        409, "码已失效", "The code is no longer good", "请对方打开应用查看。", "Ask the holder to open the app."
    ),
    "code-already-used": Meaning(409, "码已被使用", "The code was used already", *_AGAIN),
    "purpose-not-registered": Meaning(
        403,
        "用途未登记",
        "The purpose is not registered",
        "请使用本场所获批的用途。",
        "Use the purpose approved for this venue.",
    ),
    "venue-not-approved": Meaning(
        403, "场所尚未获批", "The venue is not approved yet", "请等待运营方审批。", "Wait for an operator's approval."
    ),
    "scan-not-annullable": Meaning(
        409, "已过撤销时限", "Too late to annul", "请联系运营方。", "Ask the operator; 24 hours are over."
    ),
    "otp-wrong": Meaning(
        401, "验证码不正确", "The one-time password is wrong", "请核对短信后重试。", "Check the text and try again."
    ),
    "otp-expired": Meaning(
        401, "验证码已失效", "The one-time password has ended", "请重新获取验证码。", "Ask for a new one."
    ),
    "session-expired": Meaning(401, "登录已过期", "The session has ended", *_LOG_IN),
    "session-reused": Meaning(
        401,
        "登录凭证被重复使用，已退出",
        "A refresh token was used twice; the session is ended",
        "请重新登录；若非本人操作请锁定账户。",
        "Log in again, and lock the account if this was not you.",
    ),
    "unauthenticated": Meaning(401, "未登录", "Not authenticated", *_LOG_IN),
    "identity-not-verified": Meaning(
        403, "尚未实名认证", "The identity is not verified", "请完成实名认证。", "Prove your identity."
    ),
    "installation-not-approved": Meaning(
        403,
        "此设备尚未获准",
        "This installation is not approved",
        "请在原设备上批准，或重新完成身份验证。",
        "Approve it on a device you already use, or prove your presence.",
    ),
    "forbidden": Meaning(
        403, "无权操作", "Forbidden", "请使用有权限的账户。", "Use a credential that this route is for."
    ),
    "not-found": Meaning(404, "未找到", "Not found", "请核对后重试。", "Check the address or the id."),
    "method-not-allowed": Meaning(
        405, "方法不允许", "Method not allowed", "请查阅接口文档。", "See the API's description at /docs."
    ),
    "invalid-request": Meaning(
        422, "请求内容有误", "The request is not valid", "请按提示修改。", "Mend what `errors` names."
    ),
    "idempotency-key-reused": Meaning(
        422,
        "幂等键已用于其他请求",
        "The idempotency key came with another request",
        "请换用新的幂等键。",
        "Use a new key.",
    ),
    "request-in-progress": Meaning(
        409, "相同请求处理中", "The same request is under way", "请稍后重试。", "Wait a moment and send it again."
    ),
    "too-many-requests": Meaning(
        429, "操作过于频繁", "Too many requests", "请稍后再试。", "Wait as long as Retry-After says."
    ),
    "unavailable": Meaning(503, "服务暂不可用", "Temporarily unavailable", "请稍后重试。", "Try again in a moment."),
    "internal": Meaning(
        500,
        "服务出错",
        "Something went wrong here",
        "请稍后重试，并提供请求编号。",
        "Try again; quote the request id if it stays.",
    ),
}
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
    """The document for a slug, in the caller's language."""
    meaning = MEANINGS[slug]
    english = prefers_english(request.headers.get("accept-language", ""))
    title = meaning.title_en if english else meaning.title_zh
    document = ProblemOut(
        type=f"/problems/{slug}",
        title=title,
        status=meaning.status,
        detail=detail if detail and detail != slug else title,
        request_id=request_id.get(),
        next=meaning.next_en if english else meaning.next_zh,
        errors=errors or [],
    )
    sent = {"Cache-Control": "no-store", "Content-Language": "en" if english else "zh-CN", **(headers or {})}
    if meaning.status == 401:  # noqa: PLR2004  RFC 9110, section 15.5.2
        sent["WWW-Authenticate"] = 'Bearer realm="suixing"'
    request.scope["state"]["problem"] = slug
    return Response(
        content=msgspec.json.encode(document), status_code=meaning.status, media_type=MEDIA_TYPE, headers=sent
    )


def prefers_english(accepted: str) -> bool:
    """Whether an Accept-Language header puts English before Chinese; Chinese where it says nothing."""
    best = {"en": 0.0, "zh": 0.0}
    for match in _LANGUAGE.finditer(accepted.lower()):
        best[match[1]] = max(best[match[1]], float(match[2] or "1"))
    return best["en"] > best["zh"]


def on_refused(request: Request[Any, Any, Any], error: RefusedError) -> Response[bytes]:
    """What the domain declines."""
    errors = [FieldError(error.pointer, error.message)] if isinstance(error, InvalidError) else None
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyRequestsError) else None
    return problem(request, error.slug, detail=error.detail, errors=errors, headers=headers)


def on_code_refused(request: Request[Any, Any, Any], error: CodeRefusedError) -> Response[bytes]:
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


def on_fault(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Whatever nobody expected: logged whole, said to the caller as one word."""
    log.error("request.failed", exc_info=error)
    return problem(request, "internal")


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    RefusedError: on_refused,
    CodeRefusedError: on_code_refused,
    ValidationException: on_invalid,
    HTTPException: on_http_error,
    UnicodeDecodeError: on_undecodable,
    Exception: on_fault,
    **dict.fromkeys(FAULTS, on_unavailable),
}
