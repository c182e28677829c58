"""The API's own description: OpenAPI 3.1, with every operation's audience and refusals."""

from __future__ import annotations

from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme, Tag

_ABOUT = """\
Suixing (随行) is the backend of a province's super-app: residents show one code, venue staff scan it, both are told.

Errors are `application/problem+json` (RFC 9457); the last part of `type` is the slug. Times are RFC 3339 in UTC,
ids UUIDv7, lists `{items, next_cursor}`.
"""

_TAGS = {
    "log in": "One-time passwords and sessions",
    "me": "The resident's own account",
    "codes": "What residents show",
    "scanning": "What scanners do",
    "messages": "What residents are told",
    "accesses": "Who looked at my data",
    "venues": "Venues and their scanners",
    "trust": "Public keys for those who verify",
    "operation": "Health and metrics",
    "development": "Stand-ins of a development server; absent in production",
}


def describe() -> OpenAPIConfig:
    """The description's frame; Litestar fills in the operations. Its pages are ours, at /docs."""
    return OpenAPIConfig(
        title="Suixing",
        version="0.1.0",
        description=_ABOUT,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        tags=[Tag(name=name, description=about) for name, about in _TAGS.items()],
        components=Components(
            security_schemes={
                "resident": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    bearer_format="JWT",
                    description="A resident's access token; scopes are the roles it must bear",
                ),
                "scanner": SecurityScheme(type="http", scheme="bearer", description="A scanner's credential"),
            }
        ),
        render_plugins=[],
        enabled_endpoints=set(),
        use_handler_docstrings=False,
        create_examples=False,
    )
