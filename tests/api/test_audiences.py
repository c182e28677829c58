"""Every route names its audience, and is tried with every other audience's credential and with none."""

from __future__ import annotations

import dataclasses
from uuid import uuid4

import pytest

from api.application import create_litestar
from api.callers import Audience, roles_of
from app.people.model import Role
from app.settings import Settings, read_settings
from app.venues.scanners import make_credential
from tests.api.described import Route, list_routes
from tests.api.harness import Api, log_in, make_gate, make_person, running_api, slug_of


def is_local(route: Route) -> bool:
    """The test's settings have no token for monitors, so metrics are for this machine alone as well."""
    return route.opt.get("audience") in {Audience.LOOPBACK, Audience.MONITOR}


def list_guarded() -> list[Route]:
    """What asks for a credential."""
    return [one for one in list_routes() if not is_local(one) and one.opt.get("audience") is not Audience.ANYONE]


_OFFICERS = {role.value for role in Role}
ADMITTED = {
    Audience.RESIDENT: {"resident", *_OFFICERS},
    Audience.OPERATOR: {"operator"},
    Audience.AUDITOR: {"auditor"},
    Audience.OVERSIGHT: {"operator", "auditor"},
    Audience.MANAGER: {"manager"},
    Audience.WINDOW: {"window"},
    Audience.PUBLISHER: {"publisher"},
    Audience.REVIEWER: {"reviewer"},
    Audience.STAFF: _OFFICERS,
    Audience.OFFICER: _OFFICERS,
    Audience.SCANNER: {"scanner"},
}
"""Whose credential each audience admits; every other is known, and forbidden."""

_WITHOUT_ROUTES = {Audience.AUDITOR, Audience.PUBLISHER, Audience.REVIEWER}
"""Roles whose own routes come with in-app services; auditors share theirs with operators."""


@pytest.fixture(scope="module")
async def credentials(api: Api) -> dict[str, str]:
    """A good credential of each kind."""
    made = {
        "resident": (await log_in(api, await make_person(api))).credential,
        "scanner": (await make_gate(api)).credential,
    }
    for role in Role:
        made[role.value] = (await log_in(api, await make_person(api, role=role))).credential
    return made


def test_there_are_routes() -> None:
    assert len(list_guarded()) > 15
    assert {route.audience for route in list_routes()} == set(Audience) - _WITHOUT_ROUTES


@pytest.mark.parametrize("audience", [one for one in Audience if roles_of(one) is not None])
def test_an_audience_of_roles_admits_those_alone(audience: Audience) -> None:
    assert {role.value for role in roles_of(audience) or ()} == ADMITTED[audience]


def test_each_route_names_its_audience_and_its_refusals() -> None:
    for route in list_routes():
        assert isinstance(route.opt["audience"], Audience), route
        assert isinstance(route.opt["refusals"], frozenset), route


async def test_nobody_is_let_in_without_a_credential(api: Api) -> None:
    bad = {
        "none": {},
        "empty": {"Authorization": ""},
        "another scheme": {"Authorization": "Basic dXNlcjpwYXNz"},
        "no credential": {"Authorization": "Bearer "},
        "garbage": {"Authorization": "Bearer garbage"},
        "very long": {"Authorization": f"Bearer {'x' * 5000}"},
        "a JWT of nobody's": {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."},
    }
    of_scanners = {
        "a scanner that nobody enrolled": {"Authorization": f"Bearer {make_credential(uuid4())}"},
        "no scanner": {"Authorization": "Bearer sxs_x"},
    }
    wrong = {}
    for route in list_guarded():
        for what, headers in (bad | (of_scanners if route.audience is Audience.SCANNER else {})).items():
            response = await api.call(route.method, route.address, headers=headers)
            if (response.status_code, slug_of(response)) != (401, "unauthenticated"):
                wrong[f"{route}, {what}"] = response.text
    assert wrong == {}


async def test_no_other_audience_is_let_in(api: Api, credentials: dict[str, str]) -> None:
    wrong = {}
    for route in list_guarded():
        for who in credentials.keys() - ADMITTED[route.audience]:
            response = await api.call(route.method, route.address, by=credentials[who])
            if (response.status_code, slug_of(response)) != (403, "forbidden"):
                wrong[f"{route}, {who}"] = response.text
    assert wrong == {}


async def test_its_own_audience_is_let_in(api: Api, credentials: dict[str, str]) -> None:
    """Whatever is wrong with the empty request, it is not the caller."""
    wrong = {}
    for route in list_guarded():
        for who in ADMITTED[route.audience] if not route.path.endswith(("/stream", "/lock")) else ():
            response = await api.call(route.method, route.address, by=credentials[who])
            if response.status_code in {401, 403}:
                wrong[f"{route}, {who}"] = response.text
    assert wrong == {}


async def test_anyone_needs_no_credential(api: Api) -> None:
    open_to_all = [route for route in list_routes() if route.audience is Audience.ANYONE]
    assert open_to_all
    for route in open_to_all:
        for headers in ({}, {"Authorization": "Bearer garbage"}):
            response = await api.call(route.method, route.address, headers=headers)
            assert response.status_code not in {401, 403}, route


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("10.0.0.7", {}),
        ("8.8.8.8", {}),
        ("2001:db8::1", {}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}),
        ("127.0.0.1", {"Via": "1.1 proxy"}),
        ("127.0.0.1", {"Host": "suixing.example"}),
        ("127.0.0.1", {"Host": "127.rebound.example:8000"}),
        ("127.0.0.1", {"Host": "127.0.0.1.rebound.example:8000"}),
        ("127.0.0.1", {"Host": "localhost.rebound.example"}),
        ("127.0.0.1", {"Host": ""}),
    ],
)
async def test_what_is_local_is_for_this_machine_alone(
    api: Api, address: str, headers: dict[str, str], credentials: dict[str, str]
) -> None:
    local = list(filter(is_local, list_routes()))
    assert local
    for route in local:
        for by in (None, credentials["operator"]):
            response = await api.call(route.method, route.address, by=by, headers=headers, address=address)
            assert response.status_code == 403, route
            assert slug_of(response) == "forbidden", route


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("127.0.0.1", "127.0.0.1:8000"),
        ("127.8.8.8", "localhost:8000"),
        ("::1", "[::1]:8000"),
        ("::1", "[::1]"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
    ],
)
async def test_this_machine_reaches_its_stand_ins(api: Api, address: str, host: str) -> None:
    response = await api.get(
        "/v1/development/texts", params={"phone": "+8613800000000"}, headers={"Host": host}, address=address
    )
    assert response.status_code == 200


async def test_metrics_are_for_whoever_has_the_token(roomy: Settings, credentials: dict[str, str]) -> None:
    async with running_api(dataclasses.replace(roomy, metrics_token="let-me-see")) as guarded:
        for address in ("127.0.0.1", "10.0.0.7"):
            assert (await guarded.get("/metrics", by="let-me-see", address=address)).status_code == 200
            for by in (None, "let-me-sea", "", credentials["operator"], credentials["scanner"]):
                refused = await guarded.get("/metrics", by=by, address=address)
                assert (refused.status_code, slug_of(refused)) == (401, "unauthenticated")


def test_production_has_no_stand_ins() -> None:
    production = read_settings(
        {
            "SUIXING_ENVIRONMENT": "production",
            "SUIXING_KEYS": "/nowhere",
            "DATABASE_URL": "postgresql://nowhere",
            "REDIS_URL": "redis://nowhere",
            "SUIXING_PUBLIC_URL": "https://suixing.example",
            "SUIXING_METRICS_TOKEN": "a token of the monitor",
            "SUIXING_TRUSTED_PROXIES": "1",
            "SUIXING_SMS_URL": "https://sms.example",
            "SUIXING_SMS_ACCESS_KEY_ID": "id",
            "SUIXING_SMS_ACCESS_KEY_SECRET": "secret",
        }
    )
    paths = {route.path for route in create_litestar(production).routes}
    assert "/v1/me" in paths
    assert [path for path in paths if "development" in path] == []


async def test_which_methods_a_path_has_anyone_may_know(api: Api) -> None:
    asked = await api.call("OPTIONS", "/v1/me")
    assert (asked.status_code, asked.headers["allow"]) == (204, "GET, OPTIONS")
    refused = await api.delete("/v1/me")
    assert (refused.status_code, slug_of(refused)) == (405, "method-not-allowed")
    assert set(refused.headers["allow"].split(", ")) == {"GET", "OPTIONS"}
