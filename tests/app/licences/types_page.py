"""Writes the table of shipped kinds in docs/licences.md: `python -m tests.app.licences.types_page`."""

from __future__ import annotations

from pathlib import Path

from app.licences.model import LicenceType
from app.licences.types import read_shipped

PAGE = Path(__file__).resolve().parents[3] / "docs" / "licences.md"
_BEGIN = "<!-- made from the kinds by `python -m tests.app.licences.types_page` -->\n"
_END = "<!-- until here -->\n"


def write_table() -> str:
    """Each kind: whose it is, its code, how it is shown, and what of it is masked or hidden."""
    lines = ["| kind | | holder | code | card | fields |", "|---|---|---|---|---|---|"]
    lines += [_write_row(kind) for kind in read_shipped().values()]
    return "\n".join(lines) + "\n"


def _write_row(kind: LicenceType) -> str:
    holder = kind.holder.value + (f", scope `{kind.scope}`" if kind.scope else "")
    code = "–" if kind.code is None else f"{kind.code}{'' if kind.code_certain else ' ?'}"
    card = f"{kind.look.emblem}, {kind.look.layout}"
    fields = ", ".join(f"{field.label.zh}" for field in kind.fields)
    if kind.parts:
        fields += f"; stands for {', '.join(kind.parts)}"
    return f"| `{kind.id}` | {kind.name.zh} | {holder} | {code} | {card} | {fields} |"


def write_page() -> str:
    """The page with its table as it should be."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(_BEGIN)
    return f"{before}{_BEGIN}{write_table()}{_END}{rest.partition(_END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(write_page(), "utf-8")
