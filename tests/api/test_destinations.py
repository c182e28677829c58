"""Provinces as destinations over HTTP: for anybody, to be kept for a while."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.services import open_destinations
from app.development.destinations import DemoDestinations
from app.roaming.destinations import UnknownDestinations
from app.settings import Settings
from tests.api.harness import Api, slug_of


async def test_a_province_is_described_to_anybody(api: Api) -> None:
    response = await api.get("/v1/destinations/33")
    found = response.json()
    assert (response.status_code, response.headers["cache-control"]) == (200, "public, max-age=300")
    assert (found["province"], found["name"], found["super_app"]["zh"]) == (
        "33",
        {"zh": "浙江", "en": "Zhejiang"},
        "浙里办",
    )
    assert found["numbers"][0] == {"number": "110", "kind": "emergency", "name": {"zh": "报警", "en": "Police"}}
    assert (found["source"], found["as_of"]) == ("demo", None)
    assert found["services"][0].keys() == {"id", "name", "summary", "url"}
    assert {"licence_type": "resident-identity-card"}.items() <= found["licences"][0].items()


@pytest.mark.parametrize("path", ["/v1/destinations/33", "/v1/services?province=33"])
async def test_what_is_held_is_not_sent_again(api: Api, path: str) -> None:
    first = await api.get(path)
    again = await api.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert again.headers["cache-control"] == first.headers["cache-control"]


async def test_services_are_this_provinces_own_unless_another_is_named(api: Api) -> None:
    own, home, other = [await api.get(f"/v1/services{query}") for query in ("", "?province=31", "?province=45")]
    assert own.json() == home.json() != other.json()
    assert own.json().keys() == {"items", "next_cursor"}
    assert {item["source"] for item in own.json()["items"]} == {"demo"}
    assert own.headers["vary"] == "Authorization"


async def test_what_a_caller_with_a_credential_is_told_is_theirs(api: Api) -> None:
    response = await api.get("/v1/services", headers={"Authorization": "Bearer anything"})
    assert response.headers["cache-control"] == "private, max-age=300"


@pytest.mark.parametrize("path", ["/v1/destinations/99", "/v1/services?province=99"])
async def test_no_such_province(api: Api, path: str) -> None:
    response = await api.get(path)
    assert (response.status_code, slug_of(response)) == (404, "not-found")


@pytest.mark.parametrize("path", ["/v1/destinations/shanghai", "/v1/services?province=310000"])
async def test_what_is_no_code_is_refused(api: Api, path: str) -> None:
    response = await api.get(path)
    assert (response.status_code, slug_of(response)) == (422, "invalid-request")


def test_production_makes_nothing_up(roomy: Settings) -> None:
    assert isinstance(open_destinations(roomy), DemoDestinations)
    assert isinstance(open_destinations(replace(roomy, environment="production")), UnknownDestinations)
