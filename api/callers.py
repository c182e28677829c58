"""Who calls: every route names its audience, and this one guard holds it to that."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, TypeAlias, cast

import msgspec
from litestar import Request
from litestar.datastructures import State

from api.lean import Body, LeanAnswer, LeanRequest, raw_header
from api.proving import admit_scanner
from api.services import Services, now
from app.errors import ForbiddenError, UnauthenticatedError
from app.people.errors import SecondFactorRequiredError
from app.people.model import ResidentCaller, Role
from app.venues.model import Scanner


class Audience(StrEnum):
    """To whom a route answers."""

    ANYONE = "anyone"
    RESIDENT = "resident"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    OVERSIGHT = "oversight"
    """Operators and auditors: what both may read."""
    MANAGER = "manager"
    WINDOW = "window"
    PUBLISHER = "publisher"
    REVIEWER = "reviewer"
    STAFF = "staff"
    """Whoever has any role; the handler decides what each may see."""
    OFFICER = "officer"
    """Whoever holds any role, be it before the second factor: for giving one."""
    SCANNER = "scanner"
    LOOPBACK = "loopback"
    """This machine alone, in development alone."""
    MONITOR = "monitor"
    """Whoever has SUIXING_METRICS_TOKEN; where none is set, this machine alone."""


ResidentRequest: TypeAlias = Request[ResidentCaller, Any, State]
ScannerRequest: TypeAlias = Request[Scanner, Any, State]
AnyRequest: TypeAlias = Request[Any, Any, State]

_ROLES = {
    Audience.OPERATOR: frozenset({Role.OPERATOR}),
    Audience.AUDITOR: frozenset({Role.AUDITOR}),
    Audience.OVERSIGHT: frozenset({Role.OPERATOR, Role.AUDITOR}),
    Audience.MANAGER: frozenset({Role.MANAGER}),
    Audience.WINDOW: frozenset({Role.WINDOW}),
    Audience.PUBLISHER: frozenset({Role.PUBLISHER}),
    Audience.REVIEWER: frozenset({Role.REVIEWER}),
    Audience.STAFF: frozenset(Role),
    Audience.OFFICER: frozenset(Role),
}
"""Which roles each audience admits: the least that its routes need."""
_SCANNER_PREFIX = "sxs_"
_LONGEST_CREDENTIAL = 4096


async def require_audience(connection: AnyRequest) -> None:
    """Lets through whom the route is for, and puts them where the handler finds them (`request.user`).

    Runs before each request rather than as one of Litestar's guards, since for those it copies the whole route handler,
    which costs as much as reading the body.
    """
    if connection.scope["method"] == "OPTIONS":
        return  # Litestar's own answer: the methods of a path, which a 405 says as well
    audience: Audience = connection.scope["route_handler"].opt["audience"]
    if audience is Audience.ANYONE:
        return
    if audience is Audience.LOOPBACK:
        _require_loopback(connection)
        return
    services = cast("Services", connection.app.state.services)
    if audience is Audience.MONITOR:
        _require_monitor(connection, services.settings.metrics_token)
        return
    if audience is Audience.SCANNER:
        connection.scope["user"] = await _require_scanner(services, connection)
    else:
        caller = require_resident(services, _bearer(connection))
        require_role(caller, audience)
        connection.scope["user"] = caller


def answering_at_once(
    decoder: msgspec.json.Decoder[Body], answer: Callable[[Any, Body], Awaitable[LeanAnswer | None]]
) -> Callable[[AnyRequest], Awaitable[LeanAnswer | None]]:
    """A `before_request` that answers a route's good requests itself. Litestar's way to the handler costs a fifth of a
    short request: it is gone by those alone whom it has something to say to, whose body it is that is wrong, or whom
    `answer` leaves to it by None.

    It stands in the place of the application's own `before_request`, so it asks who calls first.
    """

    async def answer_at_once(request: AnyRequest) -> LeanAnswer | None:
        await require_audience(request)
        data = await cast("LeanRequest", request).read(decoder)
        return None if data is None else await answer(request, data)

    return answer_at_once


def roles_of(audience: Audience) -> frozenset[Role] | None:
    """The roles that an audience asks for; None where it asks for none."""
    return _ROLES.get(audience)


def require_role(caller: ResidentCaller, audience: Audience) -> None:
    """Raises ForbiddenError, or SecondFactorRequiredError, unless the caller's token bears a role that is asked for."""
    roles = _ROLES.get(audience)
    if roles is None or caller.roles & roles:
        return
    if not caller.held_roles & roles:
        raise ForbiddenError
    if audience is not Audience.OFFICER:
        raise SecondFactorRequiredError


def _bearer(connection: AnyRequest) -> str:
    scheme, credential = read_authorization(connection)
    if scheme != "bearer":
        raise UnauthenticatedError
    return credential


def read_authorization(connection: AnyRequest) -> tuple[str, str]:
    """The scheme in small letters, and what follows it."""
    scheme, _, credential = raw_header(connection.scope, b"authorization").decode("latin-1").partition(" ")
    credential = credential.strip()
    if not credential or len(credential) > _LONGEST_CREDENTIAL:
        raise UnauthenticatedError
    return scheme.lower(), credential


def require_resident(services: Services, credential: str) -> ResidentCaller:
    """Reads an access token and asks memory whether its session has ended."""
    if credential.startswith(_SCANNER_PREFIX):
        raise ForbiddenError
    caller = services.door.access_tokens.read(credential, now())
    if caller.session_id in services.ended:
        raise UnauthenticatedError("The session has ended.")
    return caller


async def _require_scanner(services: Services, connection: AnyRequest) -> Scanner:
    scheme, credential = read_authorization(connection)
    if scheme not in {"bearer", "dpop"}:
        raise UnauthenticatedError
    if not credential.startswith(_SCANNER_PREFIX):
        require_resident(services, credential)
        raise ForbiddenError
    return await admit_scanner(services, connection, scheme, credential, now())


def _require_monitor(connection: AnyRequest, token: str | None) -> None:
    if token is None:
        _require_loopback(connection)
    elif not hmac.compare_digest(_bearer(connection).encode(), token.encode()):
        raise UnauthenticatedError


def _require_loopback(connection: AnyRequest) -> None:
    """A page on the web can make a browser ask this machine; it cannot choose the Host, and a proxy leaves its mark."""
    peer = connection.client.host if connection.client else ""
    host = re.sub(r":\d*$", "", connection.headers.get("host", ""))
    forwarded = any(name.startswith(("forwarded", "x-forwarded", "x-real-ip", "via")) for name in connection.headers)
    if not _is_loopback(peer) or not (host == "localhost" or _is_loopback(host.strip("[]"))) or forwarded:
        raise ForbiddenError


def _is_loopback(address: str) -> bool:
    """Of an address alone: 127.example.com is a name, and whoever owns it says where it leads."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None  # noqa: PLR2004  IPv6
    return (mapped or parsed).is_loopback


def address_of(request: AnyRequest, services: Services) -> str:
    """Where a request comes from: behind n trusted proxies, the n-th entry from the right of X-Forwarded-For."""
    proxies = services.settings.trusted_proxies
    peer = request.client.host if request.client else "0.0.0.0"  # noqa: S104  nobody, not everybody
    if not proxies:
        return peer
    lines = request.headers.getall("x-forwarded-for", [])  # a proxy may add a line instead of lengthening the client's
    forwarded = [part.strip() for part in ",".join(lines).split(",") if part.strip()]
    return forwarded[-proxies] if len(forwarded) >= proxies else peer
