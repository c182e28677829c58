"""Settings are named in words that people read: none that does not exist, none left out where all are listed."""

from __future__ import annotations

import re

from app.settings import describe_settings, list_secret_variables
from tests.house.source import ROOT, list_files, name_of

_VARIABLE = re.compile(r"\bSUIXING_[A-Z][A-Z_]*[A-Z]\b")
_READ = {".md", ".sh", ".yaml", ".yml", ".html", ".js", ".toml", ".env"}


def test_no_document_names_a_setting_that_is_none() -> None:
    known = {variable for variable, _, _ in describe_settings()} | {f"{name}_FILE" for name in list_secret_variables()}
    read = [path for path in list_files() if path.suffix in _READ or path.name in {"Makefile", "Dockerfile"}]
    faults = {
        f"{name_of(path)}: {variable}"
        for path in read
        for variable in _VARIABLE.findall(path.read_text("utf-8"))
        if variable not in known
    }
    assert sorted(faults) == []


def test_the_page_for_operators_names_every_setting() -> None:
    page = ROOT / "docs" / "operations.md"
    if page.exists():
        assert [variable for variable, _, _ in describe_settings() if variable not in page.read_text("utf-8")] == []
    else:
        assert "suixing settings" in (ROOT / "README.md").read_text("utf-8"), "say how the settings are listed"
