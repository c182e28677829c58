"""The OpenAPI document says what the server does, with the names that clients hold."""

from __future__ import annotations

import re
from typing import Any

import pytest

from api.application import create_litestar
from api.callers import Audience
from api.meanings import MEANINGS
from api.routes import SECURITY
from app.settings import read_settings
from tests.api.contract import CONTRACT, SUCCESSES
from tests.api.described import Route, list_routes, read_document, read_operations
from tests.api.harness import Api

_STAND_INS = {
    "/v1/development/sms",
    "/v1/development/wechat/{path:path}",
    "/v1/development/alipay/{path:path}",
    "/v1/development/apns/{path:path}",
    "/v1/development/fcm/{path:path}",
    "/v1/development/enterprise-registry",
    "/v1/development/licence-registries/{registry:str}/{operation:str}",
    "/v1/development/identity/cloud-auth",
    "/v1/development/identity/network/verifications",
    "/v1/development/identity/face-pages/{check_id:uuid}",
}
"""They answer as others do, not as this API does."""


def list_described() -> list[Route]:
    """The routes that the document speaks of."""
    spoken_of = ("/v1", "/health", "/metrics", "/.well-known")
    return [
        route
        for route in list_routes()
        if route.path.startswith(spoken_of) and route.method != "HEAD" and route.path not in _STAND_INS
    ]


def operation_of(route: Route) -> dict[str, Any]:
    path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
    found: dict[str, Any] = read_document()["paths"][path][route.method.lower()]
    return found


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """What a reference of the document leads to."""
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = read_document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


async def test_the_document_is_served(api: Api) -> None:
    packed = {"Accept-Encoding": "gzip"}
    response = await api.get("/openapi.json", headers=packed)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-encoding"] == "gzip"
    assert response.json() == read_document()
    again = await api.get("/openapi.json", headers={"If-None-Match": response.headers["etag"], **packed})
    assert (again.status_code, again.content) == (304, b"")


def test_it_is_openapi_3_1() -> None:
    assert read_document()["openapi"].startswith("3.1")
    assert read_document()["info"]["title"] == "Suixing"
    assert len(read_document()["info"]["description"]) > 100


def test_operations_have_the_names_and_paths_that_clients_hold() -> None:
    assert {name: operation["at"] for name, operation in read_operations().items()} == CONTRACT


def test_schemas_have_names_of_their_own() -> None:
    """Two structs of one name are told apart by their modules, which clients would hold as names."""
    assert not [name for name in read_document()["components"]["schemas"] if "_" in name]


def test_nothing_but_the_operations_and_the_pages_is_served() -> None:
    hidden = {route.path for route in list_routes()} - {route.path for route in list_described()}
    pages = {"/", "/resident", "/venue", "/v/{venue_id:uuid}", "/desk", "/docs", "/copy", "/assets/{path:path}"}
    pages |= {"/problems/{slug:str}"}
    assert hidden == pages | {"/openapi.json"} | _STAND_INS


def test_an_operation_says_what_it_does_and_how_it_succeeds() -> None:
    tags = [[tag["name"]] for tag in read_document()["tags"]]
    for name, operation in read_operations().items():
        assert len(operation["summary"]) > 5, name
        assert operation["tags"] in tags, name
        succeeding = {status for status in operation["responses"] if status < "300"}
        assert succeeding == set(SUCCESSES.get(name, "200").split()), name
        assert "400" not in operation["responses"], name


def test_an_operation_lists_each_of_its_refusals() -> None:
    for route in list_described():
        listed: dict[str, set[str]] = {}
        for status, response in operation_of(route)["responses"].items():
            for media_type, content in response.get("content", {}).items():
                if media_type == "application/problem+json":
                    assert resolve(content["schema"])["title"] == "ProblemOut", route
                    listed[status] = set(re.findall(r"`([a-z-]+)`", response["description"]))
        expected: dict[str, set[str]] = {}
        for slug in route.opt["refusals"]:
            expected.setdefault(str(MEANINGS[slug].status), set()).add(slug)
        if route.path == "/health/ready":
            del expected["503"]  # an answer of its own
        assert listed == expected, route


def test_an_operation_says_whose_it_is() -> None:
    known = read_document()["components"]["securitySchemes"].keys()
    for route in list_described():
        assert operation_of(route).get("security", []) == SECURITY[route.audience], route
        assert {name for requirement in SECURITY[route.audience] for name in requirement} <= known, route


def test_every_audience_has_its_security() -> None:
    assert SECURITY.keys() == set(Audience)
    assert {scheme["scheme"] for scheme in read_document()["components"]["securitySchemes"].values()} == {"bearer"}


def test_headers_that_clients_must_look_at_are_described() -> None:
    for name, operation in read_operations().items():
        for status, response in operation["responses"].items():
            expected = {"401": {"WWW-Authenticate"}, "429": {"Retry-After"}}.get(status, set())
            assert expected <= response.get("headers", {}).keys(), name


def test_a_picture_is_described_as_the_bytes_that_it_is() -> None:
    body = read_operations()["readPicture"]["requestBody"]
    assert body["required"] is True
    assert body["content"].keys() == {"image/png", "image/jpeg", "image/webp"}
    assert all(content["schema"] == {"type": "string", "format": "binary"} for content in body["content"].values())


def test_a_code_is_described_in_each_of_its_forms() -> None:
    issued = read_operations()["issueCode"]["responses"]["201"]
    assert issued["content"].keys() == {"application/json", "image/svg+xml", "image/png"}
    assert {"X-Code-Issued-At", "X-Code-Expires-At", "X-Code-Refresh-After"} <= issued["headers"].keys()
    assert resolve(issued["content"]["application/json"]["schema"])["properties"].keys() == {
        "code",
        "kind",
        "issued_at",
        "expires_at",
        "refresh_after",
    }


def test_what_is_held_already_need_not_be_sent() -> None:
    operation = read_operations()["getTrustList"]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["If-None-Match"]
    assert operation["responses"]["304"].get("content") is None
    assert "ETag" in operation["responses"]["200"]["headers"]


@pytest.mark.parametrize("name", ["createVenue", "addScanner", "scanCode"])
def test_what_creates_may_be_repeated_safely(name: str) -> None:
    assert [
        parameter["name"] for parameter in read_operations()[name]["parameters"] if parameter["in"] == "header"
    ] == ["Idempotency-Key"]


@pytest.mark.parametrize("name", ["requestOtp", "openSession", "refreshSession", "issueCode", "presentLicence"])
def test_what_must_not_be_stored_takes_no_key(name: str) -> None:
    assert [one for one in read_operations()[name].get("parameters", []) if one["in"] == "header"] == []


_MORE = {"listLicences": {"sources", "opened_at"}}
"""What a list says besides: of a wallet, how old it is."""


def test_lists_have_one_shape() -> None:
    lists = [name for name in read_operations() if name.startswith("list") and name != "listDemoPeople"]
    for name in lists:
        schema = resolve(read_operations()[name]["responses"]["200"]["content"]["application/json"]["schema"])
        assert schema["properties"].keys() == {"items", "next_cursor"} | _MORE.get(name, set()), name


def test_making_the_document_adds_no_route() -> None:
    paths = {route.path for route in create_litestar(read_settings({})).routes}
    assert [path for path in paths if path.startswith("/schema")] == []
