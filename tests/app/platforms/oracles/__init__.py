"""Other people's implementations of what platforms expect, run by tests/codes/oracles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.codes.oracles import ask_python

_HERE = Path(__file__).parent


def ask_official(questions: Sequence[Any]) -> list[Any]:
    """alipay-sdk-python, Alipay's own."""
    return ask_python(_HERE / "ask_alipay_official.py", questions)


def ask_community(questions: Sequence[Any]) -> list[Any]:
    """python-alipay-sdk; it and Alipay's own call themselves by one name, so it has an environment to itself."""
    return ask_python(_HERE / "ask_alipay_community.py", questions, "oracles-alipay")


def ask_wechatpy(questions: Sequence[Any]) -> list[Any]:
    return ask_python(_HERE / "ask_wechatpy.py", questions)
