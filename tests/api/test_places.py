"""What the app reads of a venue before somebody checks in there."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.api.harness import Api, Gate, make_gate, slug_of


@pytest.mark.parametrize(("language", "title"), [("zh-CN", "医院挂号"), ("en", "Hospital registration")])
async def test_a_place_says_what_a_check_tells_it(api: Api, gate: Gate, language: str, title: str) -> None:
    response = await api.get(f"/v1/places/{gate.venue_id}", headers={"Accept-Language": language})
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    assert found["id"] == str(gate.venue_id)
    assert found["purpose_title"] == title
    assert set(found["fields"]) <= {"kind", "masked_name"}
    assert "manager_id" not in found


async def test_a_place_that_is_none_or_not_approved_is_not_found(api: Api) -> None:
    closed = await make_gate(api, approved=False)
    for venue_id in (closed.venue_id, uuid4()):
        assert slug_of(await api.get(f"/v1/places/{venue_id}")) == "not-found"


async def test_a_poster_leads_to_checking_in(api: Api, gate: Gate) -> None:
    page = await api.get(f"/v/{gate.venue_id}", headers={"Accept": "text/html"})
    assert f'href="/resident#/check-in/{gate.venue_id}"' in page.text
