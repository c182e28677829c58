"""A gate that a vendor reads in one sitting."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "app" / "scanner"
_SAY_NOTHING = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def count_lines(source: str) -> int:
    """Lines of code: without blank ones, imports, docstrings and comments."""
    lines = set[int]()
    is_import = is_statement_begun = False
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT}:
            is_statement_begun = is_statement_begun and token.type != tokenize.NEWLINE
            continue
        if not is_statement_begun:
            is_import = token.string in {"import", "from"} or (
                token.type == tokenize.STRING and token.string[:3] == '"""'
            )
            is_statement_begun = True
        if not is_import and token.type not in _SAY_NOTHING:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines)


def test_the_whole_of_it_is_300_lines() -> None:
    assert sum(count_lines(path.read_text("utf-8")) for path in FOLDER.glob("*.py")) <= 300


def test_counting() -> None:
    assert (
        count_lines(
            '"""A."""\n\nimport os\nfrom a import (\n    b,\n)\n\nX = 1  # y\n\ndef f():\n    """D."""\n    return os\n'
        )
        == 3
    )
