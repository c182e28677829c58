"""Other people's implementations of what providers expect, run by tests/codes/oracles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.codes.oracles import ask_python

_HERE = Path(__file__).parent


def ask_google_auth(questions: Sequence[Any]) -> list[Any]:
    """Google's own."""
    return ask_python(_HERE / "ask_google_auth.py", questions)
