"""What must not stand in a file of the repository, and what must."""

from __future__ import annotations

import re

import pytest

from tests.house.source import ROOT, list_files, name_of

_MACHINE = re.compile(
    r"(?<![\w.:/-])/(?:work|root|home/\w+|Users/\w+)/"  # where somebody's clone or tools lie
    r"|\b[A-Z]:\\Users\\"
    r"|registry[.]npmjs[.]org|registry[.]npmmirror[.]com|files[.]pythonhosted[.]org|pypi[.]org/simple"
    r"|\b(?:pypi|npm|mirrors?|nexus|artifactory)[.][\w-]+[.](?:com|cn|org|net|io|internal|local)\b"
    r"|(?:index-url|registry)\s*=\s*['\"]?https?://"
)
_DECISION = re.compile(r"\d{4}-[a-z0-9]+(?:-[a-z0-9]+)*\.md")


def find_traces(text: str) -> list[str]:
    """Paths of a machine, and hosts of package registries."""
    return [match[0] for match in _MACHINE.finditer(text)]


def test_no_file_tells_of_the_machine_it_was_written_on() -> None:
    faults = []
    for path in list_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a font
        if path != ROOT / "tests" / "house" / "test_files.py":
            faults += [f"{name_of(path)}: {trace}" for trace in find_traces(text)]
    assert faults == []


@pytest.mark.parametrize(
    "text",
    [
        "see /work/clone/app",
        "'/root/.cache'",
        "(/home/alice/x)",
        "https://registry.npmjs.org/pyright",
        "--index-url=https://somewhere/simple",
        "https://mirrors.example.cn/pypi",
    ],
)
def test_traces_are_seen(text: str) -> None:
    assert find_traces(text)


@pytest.mark.parametrize(
    "text", ["https://pypi.org/project/qrcode/", "/homework/", "a/work/b", "https://example.org/home/x/"]
)
def test_traces_are_not_imagined(text: str) -> None:
    assert find_traces(text) == []


def find_faults_of_decision(name: str, text: str) -> list[str]:
    """A decision has a number, the same in its name and title, and says why."""
    lines = text.splitlines()
    faults = {
        "name": not _DECISION.fullmatch(name),
        "title": not (lines and re.fullmatch(rf"# {name[:4]}[.:] \S.*", lines[0])),
        "decision": not re.search(r"^## Decision$", text, re.MULTILINE),
        "why": not re.search(r"^## Why$", text, re.MULTILINE),
    }
    return [f"{name}: {fault}" for fault, is_there in faults.items() if is_there]


def test_decisions_have_their_form() -> None:
    decisions = [path for path in list_files() if name_of(path).startswith("docs/decisions/")]
    assert decisions
    assert [fault for path in decisions for fault in find_faults_of_decision(path.name, path.read_text("utf-8"))] == []
    numbers = [path.name[:4] for path in decisions]
    assert sorted(set(numbers)) == sorted(numbers)


@pytest.mark.parametrize(
    ("name", "text", "faults"),
    [
        ("0001-good.md", "# 0001. Good\n\n## Decision\nYes.\n\n## Why\nSo.\n", []),
        ("0001_bad.md", "# 0001. Bad\n\n## Decision\nYes.\n\n## Why\nSo.\n", ["0001_bad.md: name"]),
        ("0001-bad.md", "# 0002. Bad\n\n## Decision\nYes.\n\n## Why\nSo.\n", ["0001-bad.md: title"]),
        ("0001-bad.md", "# 0001. Bad\n", ["0001-bad.md: decision", "0001-bad.md: why"]),
    ],
)
def test_faults_of_a_decision_are_seen(name: str, text: str, faults: list[str]) -> None:
    assert find_faults_of_decision(name, text) == faults
