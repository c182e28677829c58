"""The Dockerfile's steps, done by hand in a folder, for machines without a container engine.

What is as in a build: COPY takes exactly what it names, every package is installed by its hash, the order of the steps.
What is simulated: uv installs in pip's place (from its cache, so that no network is needed again), the interpreter is
the one that runs the tests, and byte code is written for the product alone. A step that is not known here fails, so
that whoever changes the Dockerfile changes this too.
"""

from __future__ import annotations

import compileall
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.house.source import ROOT

DOCKERFILE = ROOT / "docker" / "Dockerfile"
_UV = Path(sys.executable).parent / "uv"


class Step(NamedTuple):
    """One instruction of a stage."""

    stage: int
    instruction: str
    text: str


class Built(NamedTuple):
    """What the last stage would have."""

    root: Path
    python: Path
    environment: dict[str, str]
    user: str
    entrypoint: list[str]
    command: list[str]
    healthcheck: list[str]


def read_steps(text: str) -> list[Step]:
    """Instructions in their order; comments and continued lines as Docker has them."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    steps, stage = [], -1
    for line in lines.replace("\\\n", " ").splitlines():
        if line.strip():
            instruction, _, rest = line.strip().partition(" ")
            stage += instruction == "FROM"
            steps.append(Step(stage, instruction, " ".join(rest.split())))
    return steps


class Builder:
    """Builds below `root`, where `/x` of the image is `root/x`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._work = root / "build"
        self._venv = root / "opt" / "suixing"
        self.environment: dict[str, str] = {}
        self._last: dict[str, str] = {}

    def build(self, steps: list[Step]) -> Built:
        for step in steps:
            self._do(step)
        return Built(
            root=self.root,
            python=self._venv / "bin" / "python",
            environment=self.environment,
            user=self._last["USER"],
            entrypoint=_read_list(self._last["ENTRYPOINT"]),
            command=_read_list(self._last["CMD"]),
            healthcheck=_read_list(re.sub(r"^(?:--\S+ )*CMD ", "", self._last["HEALTHCHECK"])),
        )

    def _do(self, step: Step) -> None:
        match step.instruction:
            case "COPY" if step.stage == 0:
                self._copy(step.text.split())
            case "COPY":
                assert step.text == "--from=build /opt/suixing /opt/suixing"
            case "RUN":
                self._run(step)
            case "ENV" if step.stage == 1:
                self.environment |= dict(re.findall(r"(\w+)=(\S+)", step.text))
            case "ENTRYPOINT" | "CMD" | "USER" | "HEALTHCHECK":
                self._last[step.instruction] = step.text
            case "FROM" | "ARG" | "ENV" | "WORKDIR" | "LABEL" | "VOLUME" | "EXPOSE" | "STOPSIGNAL":
                return
            case _:
                raise AssertionError(f"a step that the tests do not know: {step}")

    def _copy(self, words: list[str]) -> None:
        *sources, target = words
        for source in sources:
            there = self._work / target / source if target.endswith("/") else self._work / target
            there.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, there, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
            else:
                shutil.copyfile(ROOT / source, there)

    def _run(self, step: Step) -> None:
        if step.stage == 1:
            assert re.fullmatch(r"(groupadd|mkdir) .*10001.*", step.text), step.text
            return
        self._work.mkdir(parents=True, exist_ok=True)
        pip = r"/opt/suixing/bin/python -m pip"
        if step.text == "python -m venv /opt/suixing":
            self._uv("venv", "--python", sys.executable, self._venv)
        elif re.fullmatch(rf"{pip} install --require-hashes --only-binary :all: -r requirements/run\.txt", step.text):
            self._install("--require-hashes", "-r", "requirements/run.txt")
        elif re.fullmatch(rf"{pip} install --no-deps --no-build-isolation --no-index \.", step.text):
            self._install("--no-deps", "--no-build-isolation", "--no-index", ".")
        elif found := re.fullmatch(rf"{pip} uninstall --yes (.*)", step.text):
            names = [name for name in found[1].split() if name != "pip"]
            self._uv("pip", "uninstall", "--python", self._venv / "bin" / "python", *names)
        elif step.text == "/opt/suixing/bin/python -m compileall -q -j 0 /opt/suixing/lib":
            (packages,) = (self._venv / "lib").glob("python*/site-packages")
            assert all(compileall.compile_dir(packages / name, quiet=2) for name in ("api", "app", "codes", "push"))
        else:
            raise AssertionError(f"a step that the tests do not know: {step.text}")

    def _install(self, *arguments: str) -> None:
        self._uv("pip", "install", "--quiet", "--python", self._venv / "bin" / "python", *arguments)

    def _uv(self, *arguments: str | Path) -> None:
        outside = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        done = subprocess.run(
            [_UV, *arguments], cwd=self._work, env=outside, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


def _read_list(text: str) -> list[str]:
    """The exec form, which is JSON."""
    found: list[str] = json.loads(text)
    return found
