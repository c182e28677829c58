"""`python -m tests.operations.settings_table`: writes the table of settings into docs/operations.md."""

from __future__ import annotations

from app.settings import describe_settings, list_secret_variables
from tests.house.source import ROOT

PAGE = ROOT / "docs" / "operations.md"
_BEGIN = "<!-- settings: written by `python -m tests.operations.settings_table` -->\n"
_END = "<!-- /settings -->\n"


def write_table() -> str:
    """A row a setting, in the order of the program."""
    secret = set(list_secret_variables())
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {about}{' (*secret*)' if name in secret else ''} |\n"
        for name, default, about in describe_settings()
    ]
    return "".join(["| variable | default | |\n", "|---|---|---|\n", *(row.replace(" | |", " |  |") for row in rows)])


def put_table(page: str) -> str:
    """The page with the table as it should be."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}{write_table()}{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(put_table(PAGE.read_text("utf-8")), "utf-8")
