"""`python -m tests.codes.guided TARGET …` runs a target under atheris, with libFuzzer's options; it never returns.

`codes` is imported under atheris's eyes, so that it sees which lines an input reaches, and nothing else is.
"""

from __future__ import annotations

import sys

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]  # where it has no wheel

with atheris.instrument_imports(include=["codes"], enable_loader_override=False):
    from tests.codes.fuzzing import TARGETS

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
