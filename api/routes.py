"""How each route says who it is for and what it may refuse: for the guard, the description and the tests."""

from __future__ import annotations

from typing import Any

from api.callers import Audience
from api.problems import refusals

_AUTHENTICATED = ("unauthenticated", "forbidden")
NO_STORE = {"Cache-Control": "no-store"}

SECURITY: dict[Audience, list[dict[str, list[str]]]] = {
    Audience.ANYONE: [],
    Audience.LOOPBACK: [],
    Audience.SCANNER: [{"scanner": []}],
    Audience.RESIDENT: [{"resident": []}],
    Audience.MANAGER: [{"resident": ["manager"]}],
    Audience.OPERATOR: [{"resident": ["operator"]}],
    Audience.STAFF: [{"resident": ["manager", "operator"]}],
}


def answers(audience: Audience, *slugs: str, tag: str, reads_input: bool = True) -> dict[str, Any]:
    """The keyword arguments that every route handler has: audience, tag, and each refusal it may give."""
    may_refuse = [*slugs, "unavailable", "internal"]
    if reads_input:
        may_refuse.append("invalid-request")
    if audience is Audience.LOOPBACK:
        may_refuse.append("forbidden")
    elif audience is not Audience.ANYONE:
        may_refuse += _AUTHENTICATED
    return {
        "opt": {"audience": audience, "refusals": frozenset(may_refuse)},
        "tags": [tag],
        "security": SECURITY[audience],
        "responses": refusals(*dict.fromkeys(may_refuse)),
    }
