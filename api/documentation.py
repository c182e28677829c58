"""The API's own description, OpenAPI 3.1 at /openapi.json: every operation with its audience and its refusals."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any, cast

import msgspec
from litestar import Litestar, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import (
    Components,
    License,
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Reference,
    Schema,
    SecurityScheme,
    Tag,
)
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from api.callers import AnyRequest, Audience
from api.static_bodies import StaticBody

_ABOUT = """\
Suixing (随行) is the backend of a province's super-app: residents show one code, venue staff scan it, both are told.

Errors are `application/problem+json` (RFC 9457); the last part of `type` is the slug. Times are RFC 3339 in UTC,
ids UUIDv7, lists `{items, next_cursor}`.
"""

_TAGS = {
    "log in": "One-time passwords and sessions",
    "me": "The resident's own account",
    "rights": "What residents may ask of whoever holds their data: all of it, consents, leaving",
    "identity": "Proving who I am",
    "enterprises": "Companies: who represents them, and whom they let act for them",
    "relatives": "Children and parents whose codes somebody carries, and who invited whom",
    "codes": "What residents show",
    "licences": "Kinds of licences, and what may be asked of them",
    "wallet": "Licences: held, shown, copied, asked for",
    "scanning": "What scanners do",
    "roaming": "Other provinces: where somebody is, and what is to be had there",
    "messages": "What residents are told",
    "accesses": "Who looked at my data",
    "venues": "Venues and their scanners",
    "trust": "Public keys for those who verify",
    "callbacks": "What WeChat and Alipay push",
    "operation": "Health and metrics",
    "development": "Stand-ins of a development server; absent in production",
    "windows": "What a clerk at a window does with somebody who is there",
    "staff": "Those who run it: roles, second factors, what takes two persons, the log of acts",
    "desk": "The operators' desk",
}


def text_header(name: str, about: str) -> dict[str, OpenAPIHeader | Reference]:
    """A header of an answer, for the description."""
    return {name: OpenAPIHeader(schema=Schema(type=OpenAPIType.STRING), description=about)}


def binary(*media_types: str) -> dict[str, OpenAPIMediaType]:
    """Bytes of one of these types, for the description."""
    schema = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
    return {media_type: OpenAPIMediaType(schema=schema) for media_type in media_types}


@dataclass
class ApiOperation(Operation):
    """An operation as this API has them; Litestar would describe a 400 of its own, which is a 422 here."""

    def __post_init__(self) -> None:
        self.answers.pop("400", None)
        waiting = text_header("Retry-After", "seconds to wait")
        for status, headers in {
            "401": text_header("WWW-Authenticate", "RFC 9110, section 11.6.1"),
            "429": waiting,
            "503": waiting,
        }.items():
            if status in self.answers:
                self.answers[status].headers = headers

    @property
    def answers(self) -> dict[str, OpenAPIResponse]:
        """The responses by status; none here is a reference."""
        return cast("dict[str, OpenAPIResponse]", self.responses)


def describe_api(handlers: Sequence[Any]) -> dict[str, Any]:
    """The document of these handlers. It is made by an application of its own, so that the server has no route of it
    but ours.
    """
    return Litestar(handlers, openapi_config=_frame(), logging_config=None).openapi_schema.to_schema()


def _frame() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Suixing",
        version=version("suixing"),
        description=_ABOUT,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        tags=[Tag(name=name, description=about) for name, about in _TAGS.items()],
        components=Components(
            security_schemes={
                "resident": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    bearer_format="JWT",
                    description="A resident's access token; scopes are the roles of which it must bear one",
                ),
                "monitor": SecurityScheme(
                    type="http", scheme="bearer", description="SUIXING_METRICS_TOKEN; none on this machine"
                ),
                "scanner": SecurityScheme(type="http", scheme="bearer", description="A scanner's credential"),
            }
        ),
        use_handler_docstrings=False,
        create_examples=False,
    )


class _Description:
    """The document in memory, made when it is first asked for."""

    def __init__(self, handlers: Sequence[Any]) -> None:
        self._handlers = handlers

    @cached_property
    def body(self) -> StaticBody:
        return StaticBody(msgspec.json.encode(describe_api(self._handlers)), "application/json")


def description_route(handlers: Sequence[Any]) -> HTTPRouteHandler:
    """The route of the document of these handlers."""
    description = _Description(handlers)

    @get(
        "/openapi.json",
        include_in_schema=False,
        opt={"audience": Audience.ANYONE, "refusals": frozenset({"internal"})},
    )
    async def describe(request: AnyRequest) -> Response[bytes]:
        body = await asyncio.to_thread(lambda: description.body)
        return await body.answer(request, {"Cache-Control": "no-cache"})

    return describe
