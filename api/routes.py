"""How each route says who it is for and what it may refuse: for the guard, the description and the tests."""

from __future__ import annotations

from typing import Any

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Operation

from api.callers import Audience, roles_of
from api.documentation import ApiOperation
from api.problems import refusals

_OK, _CREATED = 200, 201
_AUTHENTICATED = ("unauthenticated", "forbidden")
_PROVEN = ("scanner-key-required", "dpop-proof-invalid")
NO_STORE = {"Cache-Control": "no-store"}

SECURITY: dict[Audience, list[dict[str, list[str]]]] = {
    Audience.ANYONE: [],
    Audience.LOOPBACK: [],
    Audience.MONITOR: [{"monitor": []}],
    Audience.SCANNER: [{"scanner": []}],
    Audience.RESIDENT: [{"resident": []}],
    **{audience: [{"resident": sorted(roles)}] for audience in Audience if (roles := roles_of(audience))},
}


def answers(
    audience: Audience,
    *slugs: str,
    tag: str,
    reads_input: bool = True,
    operation: type[Operation] = ApiOperation,
    created: type | None = None,
    answered: type | None = None,
    records: str | None = None,
) -> dict[str, Any]:
    """The keyword arguments that every route handler has: audience, tag, and each refusal it may give.

    `created` describes the body of a 201 that the handler encodes itself, `answered` that of a 200; `records` names the
    act that a staff route leaves in the log of acts.
    """
    succeeds = {
        status: ResponseSpec(body, generate_examples=False, description=said)
        for status, body, said in ((_OK, answered, "OK"), (_CREATED, created, "Created"))
        if body is not None
    }
    may_refuse = [*slugs, "unavailable", "internal"]
    if reads_input:
        may_refuse.append("invalid-request")
    if audience is Audience.LOOPBACK:
        may_refuse.append("forbidden")
    elif audience is not Audience.ANYONE:
        may_refuse += _AUTHENTICATED
    if audience is Audience.SCANNER:
        may_refuse += _PROVEN
    if roles_of(audience) is not None:
        may_refuse.append("second-factor-required")
    return {
        "opt": {"audience": audience, "refusals": frozenset(may_refuse), "records": records},
        "tags": [tag],
        "security": SECURITY[audience],
        "responses": {**succeeds, **refusals(*dict.fromkeys(may_refuse))},
        "operation_class": operation,
    }
