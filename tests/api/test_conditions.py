"""What a request holds and how it takes an answer, for everything that is served with an ETag or compressed."""

from __future__ import annotations

import pytest

from api.conditions import is_held, takes_gzip


@pytest.mark.parametrize(
    ("if_none_match", "held"),
    [('"1"', True), ('W/"1"', True), ('"0", W/"1"', True), ("*", True), ('"0"', False), ("", False), ("1", False)],
)
@pytest.mark.parametrize("etag", ['"1"', 'W/"1"'])
def test_an_answer_is_held_by_its_tag_weak_or_strong(etag: str, if_none_match: str, *, held: bool) -> None:
    assert is_held(etag, if_none_match) is held


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("gzip; q=0.0", False), ("gzip;q=0", False), ("*", False), ("", False)],
)
def test_gzip_is_taken_where_it_is_named_with_a_weight(accepted: str, *, takes: bool) -> None:
    assert takes_gzip(accepted) is takes
