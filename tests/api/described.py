"""What the API says of itself, made by whoever asks first: its routes, and its OpenAPI document."""

from __future__ import annotations

import functools
import re
from typing import Any, NamedTuple
from uuid import uuid4

from api.application import create_litestar, list_handlers
from api.callers import Audience
from api.documentation import describe_api
from app.settings import read_settings


class Route(NamedTuple):
    """What one handler answers to."""

    method: str
    path: str
    opt: dict[str, Any]

    @property
    def audience(self) -> Audience:
        audience: Audience = self.opt["audience"]
        return audience

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def address(self) -> str:
        """The path with something in its places."""
        return re.sub(r"\{\w+:uuid\}", lambda _: str(uuid4()), self.path).replace("{path:path}", "nothing.js")


@functools.cache
def list_routes() -> list[Route]:
    """Every handler of a development server but Litestar's own for OPTIONS."""
    return sorted(
        Route(method, route.path, handler.opt)
        for route in create_litestar(read_settings({})).routes
        for handler in route.route_handlers  # type: ignore[union-attr]  # there are HTTP routes alone
        for method in handler.http_methods
        if method != "OPTIONS"
    )


@functools.cache
def read_document() -> dict[str, Any]:
    return describe_api(list_handlers(read_settings({})))


@functools.cache
def read_operations() -> dict[str, dict[str, Any]]:
    """The document's operations by their names; `at` is where each is."""
    return {
        operation["operationId"]: {**operation, "at": f"{method.upper()} {path}"}
        for path, item in read_document()["paths"].items()
        for method, operation in item.items()
    }
