"""Which tests share a worker, and in which order they begin."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.harness import sharing

_LIVE = ["tests/pages/test_path.py::test_a", "tests/examples/test_examples.py::test_a_first_day[wechat]"]
_OTHERS = ["tests/journeys/test_racing.py::test_a", "tests/api/test_b.py::test_a[b::c]", "tests/api/test_b.py::test_b"]


def make_item(node_id: str, *fixtures: str) -> pytest.Item:
    return cast("pytest.Item", SimpleNamespace(nodeid=node_id, fixturenames=fixtures, add_marker=list[Any]().append))


class Node:
    """A worker, which is told the places of its tests in the collection."""

    shutting_down = False
    gateway = SimpleNamespace(id="gw")

    def __init__(self) -> None:
        self.told: list[list[int]] = []

    def send_runtest_some(self, places: list[int]) -> None:
        self.told.append(places)

    def shutdown(self) -> None:
        self.shutting_down = True


def test_a_share_is_run_whole_by_one_worker_and_the_first_begins_first() -> None:
    config: Any = SimpleNamespace(
        option=SimpleNamespace(loadscopereorder=True), getvalue={"tx": ["popen", "popen"], "rsyncdir": []}.get
    )
    scheduler, nodes = sharing.Sharing(config), [Node(), Node()]
    for node in cast("list[Any]", nodes):
        scheduler.add_node(node)
        scheduler.add_node_collection(node, [*_LIVE, *_OTHERS])
    scheduler.schedule()
    assert [node.told[0] for node in nodes] == [[0, 1], [2]]
    assert [share for node in nodes for share in node.told[1:]] == [[3, 4]]


def test_what_takes_long_begins_first_and_a_file_keeps_its_order() -> None:
    items = [make_item(one) for one in (*reversed(_OTHERS), *_LIVE)]
    sharing.order(items)
    assert [one.nodeid for one in items] == [*_LIVE, _OTHERS[0], _OTHERS[2], _OTHERS[1]]


def test_shuffled_the_live_begin_first_and_a_file_keeps_its_order() -> None:
    orders = set()
    for seed in range(20):
        items = [make_item(one) for one in (*_OTHERS, *_LIVE)]
        sharing.order(items, seed)
        ids = [one.nodeid for one in items]
        assert ids[:2] == _LIVE
        assert ids.index(_OTHERS[1]) + 1 == ids.index(_OTHERS[2])
        orders.add(tuple(ids))
    assert len(orders) == 2


@pytest.mark.parametrize("fixture", ["live_server", "strict_server", "browser"])
def test_nobody_starts_a_second_live_server_unseen(fixture: str) -> None:
    sharing.order([make_item(_LIVE[0], fixture), make_item(_OTHERS[0], "pool")])
    with pytest.raises(pytest.UsageError, match="test_racing"):
        sharing.order([make_item(_OTHERS[0], "pool", fixture)])
