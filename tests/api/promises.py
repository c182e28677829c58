"""What holds of every answer, whatever was asked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
from litestar.types import Scope

from api.meanings import MEANINGS

_SAFE = {"x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin"}
_PROBLEM_FIELDS = {"type", "title", "status", "detail", "request_id", "next", "errors"}
_NO_PROBLEMS = (
    "/v1/development/sms",
    "/v1/development/wechat",
    "/v1/development/alipay",
    "/v1/development/apns",
    "/v1/development/fcm",
    "/v1/development/enterprise-registry",
    "/v1/development/identity/cloud-auth",
    "/v1/development/identity/network",
    "/health",
)
"""What answers as others do."""
_DECLARED_NOWHERE = {"not-found", "method-not-allowed"}
"""What is answered where there is no operation that could declare it."""


def check_promises(response: httpx.Response, scope: Scope) -> None:
    """An id, safe headers, and, where it is a refusal, one that its operation declares, in its form."""
    assert str(UUID(response.headers["x-request-id"])) == response.headers["x-request-id"]
    assert {name: response.headers[name] for name in _SAFE} == _SAFE
    if response.status_code >= 400 and not scope["path"].startswith(_NO_PROBLEMS):
        check_problem(response, scope)


def check_problem(response: httpx.Response, scope: Scope) -> None:
    assert response.headers["content-type"] == "application/problem+json", response.text
    assert response.headers["cache-control"] == "no-store"
    problem: dict[str, Any] = response.json()
    slug = problem["type"].removeprefix("/problems/")
    meaning = MEANINGS[slug]
    assert problem.keys() <= _PROBLEM_FIELDS
    assert problem.keys() >= _PROBLEM_FIELDS - {"errors"}
    assert problem["status"] == response.status_code == meaning.status
    assert problem["request_id"] == response.headers["x-request-id"]
    assert (problem["title"], problem["next"]) in {
        (meaning.title_zh, meaning.next_zh),
        (meaning.title_en, meaning.next_en),
    }
    assert ("errors" in problem) == (slug == "invalid-request")
    if response.status_code == 401:
        assert response.headers["www-authenticate"] == meaning.challenge
    if response.status_code == 429:
        assert int(response.headers["retry-after"]) >= 1
    handler: Any = scope.get("route_handler")
    declared = handler.opt["refusals"] if handler else _DECLARED_NOWHERE
    assert slug in declared, f"{handler} does not declare {slug}"
