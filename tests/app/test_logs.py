"""What a log line is, as an operator's collector reads it: the logs of a process of its own, line by line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

_PROGRAM = """
import logging, sys, uuid
import structlog
from app.logs import configure_logs, request_id

configure_logs("info")
log = structlog.get_logger()
log.debug("too.quiet")
log.info("plain", count=3, subject=uuid.UUID(int=1), words="二维码\\nnext")
logging.getLogger("library").warning("from a library: %s", "here")
logging.getLogger("library").info("too quiet for a library")
request_id.set("0197-req")
log.warning("within.request")
logging.getLogger("library").error("within a request")

class RefusedRow(Exception):
    pass

def use(token):
    raise RefusedRow("duplicate key value\\nDETAIL:  Key (name)=(secret-name) already exists.")

try:
    use("secret-token")
except RefusedRow as fault:
    log.exception("went.wrong")
    logging.getLogger("library").exception("went wrong in a library")
    try:
        raise ExceptionGroup("several", [fault]) from fault
    except ExceptionGroup:
        log.exception("went.wrong.together")
print("to standard output")
"""


@pytest.fixture(scope="module")
def written() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM], cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def lines(written: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in written.stderr.splitlines()]


def test_lines_go_to_standard_error(written: subprocess.CompletedProcess[str]) -> None:
    assert written.stdout == "to standard output\n"


def test_each_event_is_one_line_beginning_with_its_name(written: subprocess.CompletedProcess[str]) -> None:
    assert all(line.startswith('{"event":') for line in written.stderr.splitlines())


def test_the_events_are_those_loud_enough(lines: list[dict[str, Any]]) -> None:
    assert [line["event"] for line in lines] == [
        "plain",
        "from a library: here",
        "within.request",
        "within a request",
        "went.wrong",
        "went wrong in a library",
        "went.wrong.together",
    ]


def test_a_line_has_its_level_time_and_values(lines: list[dict[str, Any]]) -> None:
    plain = lines[0]
    assert plain.pop("timestamp").endswith("Z")
    assert plain == {
        "event": "plain",
        "level": "info",
        "count": 3,
        "subject": "00000000-0000-0000-0000-000000000001",
        "words": "二维码\nnext",
    }


def test_the_request_is_named_while_it_lasts(lines: list[dict[str, Any]]) -> None:
    assert [line.get("request_id") for line in lines[:4]] == [None, None, "0197-req", "0197-req"]


def test_a_traceback_shows_neither_locals_nor_rows(
    lines: list[dict[str, Any]], written: subprocess.CompletedProcess[str]
) -> None:
    for line in lines[4:6]:
        assert line["exception"][0]["exc_type"] == "RefusedRow"
        assert line["exception"][0]["exc_value"] == "duplicate key value"
        assert [frame["name"] for frame in line["exception"][0]["frames"]] == ["<module>", "use"]
    assert lines[6]["exception"][0]["exc_type"] == "ExceptionGroup"
    assert "secret" not in written.stderr
