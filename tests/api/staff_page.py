"""Writes the table of least privilege in docs/staff.md: `python -m tests.api.staff_page`."""

from __future__ import annotations

import re
from pathlib import Path

from api.application import list_handlers
from api.callers import Audience, roles_of
from app.people.model import Role
from app.settings import read_settings
from tests.api.described import list_routes

PAGE = Path(__file__).resolve().parents[2] / "docs" / "staff.md"
_BEGIN = "<!-- made from the routes by `python -m tests.api.staff_page` -->\n"
_END = "<!-- until here -->\n"


def write_table() -> str:
    """Each operation that asks for a role, and who may call it."""
    assert list_handlers(read_settings({}))
    heads = [role.value for role in Role]
    lines = [f"| operation | {' | '.join(heads)} | leaves the act |", f"|---|{'---|' * (len(heads) + 1)}"]
    for route in sorted(list_routes(), key=lambda one: (one.path, one.method)):
        roles = roles_of(route.audience)
        if roles is None or route.audience is Audience.OFFICER:
            continue
        marks = " | ".join("✓" if role in roles else "" for role in Role)
        path = re.sub(r":[a-z]+\}", "}", route.path)
        act = f"`{route.opt['records']}`" if route.opt["records"] else ""
        lines.append(f"| {route.method} {path} | {marks} | {act} |")
    return "\n".join(lines) + "\n"


def write_page() -> str:
    """The page with its table as it should be."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(_BEGIN)
    return f"{before}{_BEGIN}{write_table()}{_END}{rest.partition(_END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(write_page(), "utf-8")
