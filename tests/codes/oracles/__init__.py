"""Other people's implementations, each run once for a batch: JSON in by standard input, JSON out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[2]
_NODE = Path(sys.executable).with_name("node")


def ask_python(script: str | Path, questions: Sequence[Any], environment: str = "oracles") -> list[Any]:
    """In an environment of oracles, which shares nothing with ours; the script is one of this folder, or a path."""
    return _ask([_ROOT / ".venv" / environment / "bin" / "python", "-I", _HERE / script], questions)


def ask_node(script: str, questions: Sequence[Any]) -> list[Any]:
    return _ask([_NODE, _HERE / script], questions)


def _ask(command: Sequence[str | Path], questions: Sequence[Any]) -> list[Any]:
    done = subprocess.run(command, input=json.dumps(questions), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    assert len(answers) == len(questions)
    return answers
