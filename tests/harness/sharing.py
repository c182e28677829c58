"""Which tests share a worker of xdist's, and which begin first.

A file stays on one worker, so that what a module sets up is set up once. Whatever drives a browser or asks the live
server stays on one together: those tests share a deployment and its people, and take turns. They begin first, since
nothing else takes as long.

xdist's own groups are told by a suffix of a node's id, which pytest 9.2 passes over without a word
(https://github.com/pytest-dev/pytest-xdist/issues/1386). So here a test's file alone decides.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from xdist.remote import Producer  # type: ignore[import-untyped]

LIVE = "live"
_LIVE_FILES = (
    "tests/pages/",
    "tests/examples/",
    "tests/journeys/test_mini_programs.py",
    "tests/journeys/test_revoking.py",
    "tests/app/scanner/test_gate.py",
)
_TOGETHER = ("tests/house/", "tests/app/audit/", "tests/journeys/")
"""Folders whose files read the same sources, write to one database, or ask one deployment of their own."""
_ONCE = {"browser", "live_server", "strict_server"}
"""What there is one of in a run."""
_LIVE_SECONDS = 300
"""For one test of those: starting a server and a browser may fall to it, on a machine that has other things to do."""
_ORDER = (
    "tests/operations/",
    "tests/docker/",
    "tests/journeys/",
    "tests/api/test_fuzzing.py",
    "tests/house/",
    "tests/migrations/",
    "tests/push/",
    "tests/app/",
    "tests/api/",
    "tests/",
)
"""Of the others: the few long ones before the many short ones, so that the workers end together."""


def share_of(node_id: str) -> str:
    """The name of what runs on one worker."""
    if node_id.startswith(_LIVE_FILES):
        return LIVE
    return next((folder for folder in _TOGETHER if node_id.startswith(folder)), node_id.partition("::")[0])


def add_shuffle_option(parser: pytest.Parser) -> None:
    """`--shuffle N` finds tests that lean on those before them: what runs where, and after what, is otherwise much the
    same in each run, until a machine is slower than the last.
    """
    parser.addoption("--shuffle", type=int, default=None, help="a seed: the other shares begin in an order of its own")


def order(items: list[pytest.Item], shuffle: int | None = None) -> None:
    """Puts what begins first at the front, with time for it; raises where a second live server would be started."""
    astray = [one.nodeid for one in items if needs_live(one) and share_of(one.nodeid) != LIVE]
    if astray:
        raise pytest.UsageError(f"of what a run has once, named in none of _LIVE_FILES: {', '.join(astray)}")
    for one in items:
        if share_of(one.nodeid) == LIVE:
            one.add_marker(pytest.mark.timeout(_LIVE_SECONDS))
    if shuffle is None:
        items.sort(key=lambda one: _rank(one.nodeid))
    else:
        items.sort(key=lambda one: _rank_by_chance(one.nodeid, shuffle))


def needs_live(item: pytest.Item) -> bool:
    """Whether a test uses what a run has once."""
    return not _ONCE.isdisjoint(getattr(item, "fixturenames", ()))


def _rank(node_id: str) -> int:
    if share_of(node_id) == LIVE:
        return -1
    return next((place for place, folder in enumerate(_ORDER) if node_id.startswith(folder)), len(_ORDER))


def _rank_by_chance(node_id: str, seed: int) -> tuple[bool, bytes]:
    """Each worker of xdist's has to find the same; a share stays together."""
    share = share_of(node_id)
    return share != LIVE, hashlib.blake2b(f"{seed} {share}".encode()).digest()


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # xdist tells no types
    """Hands out shares in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)
