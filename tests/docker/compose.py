"""docker/compose.yaml as Compose would read it: merged, with the variables of example.env."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.house.source import ROOT

FOLDER = ROOT / "docker"
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def read_compose() -> dict[str, Any]:
    """The file, with its anchors resolved; variables stay as they are."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
    return found


def list_variables() -> set[str]:
    """What the file asks of the environment; `$$` is a shell's own."""
    return {name for name, _, _ in _VARIABLE.findall((FOLDER / "compose.yaml").read_text("utf-8").replace("$$", ""))}


def read_example() -> dict[str, str]:
    lines = (FOLDER / "example.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def fill_in(text: str, variables: dict[str, str]) -> str:
    """A value with its variables, as Compose interpolates it."""

    def value(match: re.Match[str]) -> str:
        name, kind, more = match.groups()
        given = variables.get(name, "")
        if not given and kind == "?":
            raise AssertionError(f"{name} must be set: {more}")
        return given or (more if kind == "-" else "")

    return _VARIABLE.sub(value, text)


def settings_of(service: dict[str, Any], variables: dict[str, str]) -> dict[str, str]:
    """The environment of a service's process."""
    return {name: fill_in(str(value), variables) for name, value in service.get("environment", {}).items()}


def mounts_of(service: dict[str, Any], variables: dict[str, str]) -> list[tuple[str, str, str]]:
    """(source, target, mode) of each volume of a service."""
    parts = [fill_in(volume, variables).split(":") for volume in service.get("volumes", [])]
    return [(source, target, mode[0] if mode else "rw") for source, target, *mode in parts]


def path_of(source: str) -> Path:
    return (FOLDER / source).resolve()
