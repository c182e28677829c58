"""The OpenAPI document says what the server does, with the names that clients hold."""

from __future__ import annotations

import re
from typing import Any

import pytest

from api.application import create_litestar, list_handlers
from api.callers import Audience
from api.documentation import describe_api
from api.meanings import MEANINGS
from api.routes import SECURITY
from app.settings import read_settings
from tests.api.harness import Api
from tests.api.test_audiences import ROUTES, Route

CONTRACT = {
    "requestOtp": "POST /v1/otp",
    "openSession": "POST /v1/sessions",
    "refreshSession": "POST /v1/sessions/refresh",
    "listSessions": "GET /v1/me/sessions",
    "closeSession": "DELETE /v1/me/sessions/{session_id}",
    "lockAccount": "POST /v1/me/lock",
    "getMe": "GET /v1/me",
    "approveInstallation": "POST /v1/me/installations/{installation_id}/approve",
    "proveIdentity": "POST /v1/me/identity",
    "issueCode": "POST /v1/codes",
    "issueCertificates": "POST /v1/codes/certificates",
    "issuePaperCode": "POST /v1/codes/paper",
    "listPaperCodes": "GET /v1/me/papers",
    "reportPaperLost": "POST /v1/me/papers/{paper_id}/lost",
    "reportPapersLostAtWindow": "POST /v1/windows/presences/{presence_id}/papers/lost",
    "reportPapersLostByDesk": "POST /v1/desk/residents/{look_id}/papers/lost",
    "listStatusLists": "GET /v1/status-lists",
    "getStatusList": "GET /v1/status-lists/{list_id}",
    "scanCode": "POST /v1/scans",
    "annulScan": "POST /v1/scans/{scan_id}/annul",
    "syncScans": "POST /v1/scans/batch",
    "streamVenueScans": "GET /v1/scans/stream",
    "checkIn": "POST /v1/me/check-ins",
    "getTrustList": "GET /v1/trust-list",
    "createVenue": "POST /v1/venues",
    "approveVenue": "POST /v1/venues/{venue_id}/approve",
    "addScanner": "POST /v1/venues/{venue_id}/scanners",
    "revokeScanner": "DELETE /v1/venues/{venue_id}/scanners/{scanner_id}",
    "listScanners": "GET /v1/venues/{venue_id}/scanners",
    "renewScanner": "POST /v1/venues/{venue_id}/scanners/{scanner_id}/renew",
    "registerScannerKey": "PUT /v1/scanner/key",
    "getScanner": "GET /v1/scanner",
    "openShift": "POST /v1/scanner/shifts",
    "closeShift": "DELETE /v1/scanner/shifts/current",
    "addVenueStaff": "POST /v1/venues/{venue_id}/staff",
    "listVenueStaff": "GET /v1/venues/{venue_id}/staff",
    "removeVenueStaff": "DELETE /v1/venues/{venue_id}/staff/{staff_id}",
    "listVenueScans": "GET /v1/venues/{venue_id}/scans",
    "countVenueScans": "GET /v1/venues/{venue_id}/scans/counts",
    "updateVenue": "PATCH /v1/venues/{venue_id}",
    "closeVenue": "DELETE /v1/venues/{venue_id}",
    "transferVenue": "POST /v1/venues/{venue_id}/manager",
    "getVenuePoster": "GET /v1/venues/{venue_id}/poster",
    "getPlace": "GET /v1/places/{venue_id}",
    "listAccesses": "GET /v1/me/accesses",
    "disputeAccess": "POST /v1/me/accesses/{access_id}/dispute",
    "listMessages": "GET /v1/me/messages",
    "streamMessages": "GET /v1/me/messages/stream",
    "liveness": "GET /health/live",
    "readiness": "GET /health/ready",
    "metrics": "GET /metrics",
    "listSentTexts": "GET /v1/development/texts",
    "createMiniProgramCode": "POST /v1/development/mini-program-codes",
    "checkWechatCallback": "GET /v1/callbacks/wechat/{app_id}",
    "receiveWechatCallback": "POST /v1/callbacks/wechat/{app_id}",
    "receiveAlipayCallback": "POST /v1/callbacks/alipay/{app_id}",
    # In the same style, for logins and claims on an identity:
    "listLogins": "GET /v1/me/logins",
    "linkLogin": "POST /v1/me/logins",
    "unlinkLogin": "DELETE /v1/me/logins/{login_id}",
    "changePhone": "POST /v1/me/phone",
    "startIdentityCheck": "POST /v1/me/identity/checks",
    "listIdentityClaims": "GET /v1/me/identity/claims",
    "approveIdentityClaim": "POST /v1/me/identity/claims/{claim_id}/approve",
    "denyIdentityClaim": "POST /v1/me/identity/claims/{claim_id}/deny",
    "completeIdentityClaim": "POST /v1/me/identity/claims/{claim_id}/complete",
    "giveGuardianConsent": "POST /v1/me/guardian-consents",
    "listGuardianConsents": "GET /v1/me/guardian-consents",
    "withdrawGuardianConsent": "DELETE /v1/me/guardian-consents/{consent_id}",
    "listWaitingGuardians": "GET /v1/me/guardian-consents/waiting",
    "confirmGuardian": "POST /v1/me/guardian-consents/{consent_id}/confirm",
    # In the same style, for relatives and windows:
    "listRelatives": "GET /v1/me/relatives",
    "careForChild": "POST /v1/me/relatives",
    "endCare": "DELETE /v1/me/relatives/{relative_id}",
    "renewCare": "POST /v1/me/relatives/{relative_id}/renew",
    "inviteRelative": "POST /v1/me/relatives/invitations",
    "listCareInvitations": "GET /v1/me/relatives/invitations",
    "acceptCareInvitation": "POST /v1/me/relatives/invitations/{invitation_id}/accept",
    "declineCareInvitation": "POST /v1/me/relatives/invitations/{invitation_id}/decline",
    "withdrawCareInvitation": "DELETE /v1/me/relatives/invitations/{invitation_id}",
    "startPresence": "POST /v1/windows/presences/checks",
    "openPresence": "POST /v1/windows/presences",
    "closePresence": "DELETE /v1/windows/presences/{presence_id}",
    "unlockAtWindow": "POST /v1/windows/presences/{presence_id}/unlock",
    "registerAtWindow": "POST /v1/windows/presences/{presence_id}/registration",
    "confirmGuardianAtWindow": "POST /v1/windows/presences/{presence_id}/guardian-consents",
    "listRelativesAtWindow": "GET /v1/windows/presences/{presence_id}/relatives",
    "setUpCareAtWindow": "POST /v1/windows/care",
    "renewCareAtWindow": "POST /v1/windows/presences/{presence_id}/relatives/{relative_id}/renew",
    "endCareAtWindow": "DELETE /v1/windows/presences/{presence_id}/relatives/{relative_id}",
    # In the same style, for companies:
    "listEnterprises": "GET /v1/me/enterprises",
    "claimEnterprise": "POST /v1/me/enterprises",
    "listDelegations": "GET /v1/me/enterprises/{company_id}/delegations",
    "inviteDelegate": "POST /v1/me/enterprises/{company_id}/delegations",
    "endDelegation": "DELETE /v1/me/enterprises/{company_id}/delegations/{delegation_id}",
    "keepDelegation": "POST /v1/me/enterprises/{company_id}/delegations/{delegation_id}/keep",
    "listDelegationScopes": "GET /v1/delegation-scopes",
    "listDelegationInvitations": "GET /v1/me/delegation-invitations",
    "acceptDelegation": "POST /v1/me/delegation-invitations/{delegation_id}/accept",
    "declineDelegation": "POST /v1/me/delegation-invitations/{delegation_id}/decline",
    "returnDelegation": "DELETE /v1/me/delegations/{delegation_id}",
    "listRegisteredCompanies": "GET /v1/development/enterprise-registry/companies",
    "registerCompany": "POST /v1/development/enterprise-registry/companies",
    "listKnownIdentities": "GET /v1/development/identity/people",
    "completeFaceCheck": "POST /v1/development/identity/faces/{check_id}",
    "issueNetworkCredential": "POST /v1/development/identity/credentials",
    # In the same style, for those who run it:
    "getStaffMe": "GET /v1/staff/me",
    "prepareStaffSession": "POST /v1/staff/sessions/options",
    "openStaffSession": "POST /v1/staff/sessions",
    "getFactors": "GET /v1/staff/factors",
    "addTotp": "POST /v1/staff/factors/totp",
    "confirmTotp": "POST /v1/staff/factors/totp/{factor_id}/confirm",
    "preparePasskey": "POST /v1/staff/factors/passkeys/options",
    "addPasskey": "POST /v1/staff/factors/passkeys",
    "removeFactor": "DELETE /v1/staff/factors/{factor_id}",
    "renewRecoveryCodes": "POST /v1/staff/factors/recovery-codes",
    "listStaff": "GET /v1/staff/roles",
    "grantRole": "POST /v1/staff/roles",
    "revokeRole": "POST /v1/staff/roles/revoke",
    "proposeAct": "POST /v1/staff/proposals",
    "listProposals": "GET /v1/staff/proposals",
    "approveProposal": "POST /v1/staff/proposals/{proposal_id}/approve",
    "rejectProposal": "POST /v1/staff/proposals/{proposal_id}/reject",
    "listActs": "GET /v1/staff/acts",
    "findResident": "POST /v1/desk/residents/search",
    "lockResident": "POST /v1/desk/residents/{look_id}/lock",
    "listDisputes": "GET /v1/desk/disputes",
    "getOverview": "GET /v1/desk/overview",
    "listMeasurements": "GET /v1/desk/measurements",
    "answerDispute": "POST /v1/desk/disputes/{access_id}/answer",
    "listMyDisputes": "GET /v1/me/disputes",
    "exportMyData": "GET /v1/me/export",
    "listConsents": "GET /v1/me/consents",
    "grantConsent": "PUT /v1/me/consents/{kind}",
    "withdrawConsent": "DELETE /v1/me/consents/{kind}",
    "getDeletion": "GET /v1/me/deletion",
    "requestDeletion": "POST /v1/me/deletion",
    "cancelDeletion": "DELETE /v1/me/deletion",
    "rejectVenue": "POST /v1/venues/{venue_id}/reject",
    "suspendVenue": "POST /v1/venues/{venue_id}/suspend",
    # In the same style, for the pages and for managers:
    "readMessages": "POST /v1/me/messages/read",
    "readPicture": "POST /v1/pictures",
    "listPurposes": "GET /v1/purposes",
    "listVenues": "GET /v1/venues",
    "listDemoPeople": "GET /v1/development/people",
}
"""Clients hold these: a name or path here is never changed, only added."""

SUCCESSES = {
    "requestOtp": "202",
    "openSession": "201",
    "refreshSession": "200",
    "closeSession": "204",
    "lockAccount": "204",
    "approveInstallation": "204",
    "proveIdentity": "200 202",
    "linkLogin": "201",
    "unlinkLogin": "204",
    "changePhone": "200",
    "startIdentityCheck": "201",
    "approveIdentityClaim": "204",
    "denyIdentityClaim": "204",
    "completeIdentityClaim": "200",
    "giveGuardianConsent": "201",
    "claimEnterprise": "201",
    "inviteDelegate": "201",
    "endDelegation": "204",
    "keepDelegation": "204",
    "acceptDelegation": "204",
    "declineDelegation": "204",
    "returnDelegation": "204",
    "registerCompany": "204",
    "withdrawGuardianConsent": "204",
    "confirmGuardian": "204",
    "careForChild": "201",
    "endCare": "204",
    "renewCare": "200",
    "inviteRelative": "201",
    "acceptCareInvitation": "201",
    "declineCareInvitation": "204",
    "withdrawCareInvitation": "204",
    "startPresence": "201",
    "openPresence": "201",
    "closePresence": "204",
    "registerAtWindow": "201",
    "unlockAtWindow": "204",
    "confirmGuardianAtWindow": "201",
    "setUpCareAtWindow": "201",
    "renewCareAtWindow": "200",
    "endCareAtWindow": "204",
    "completeFaceCheck": "204",
    "issueNetworkCredential": "201",
    **dict.fromkeys(["prepareStaffSession", "openStaffSession", "addTotp", "preparePasskey", "addPasskey"], "201"),
    **dict.fromkeys(["renewRecoveryCodes", "proposeAct"], "201"),
    **dict.fromkeys(["removeFactor", "grantRole", "revokeRole", "lockResident", "answerDispute"], "204"),
    **dict.fromkeys(["grantConsent", "withdrawConsent"], "200"),
    "requestDeletion": "202",
    "cancelDeletion": "204",
    "issueCode": "201",
    "scanCode": "201",
    "annulScan": "204",
    "syncScans": "200",
    "checkIn": "201",
    "createVenue": "201",
    "approveVenue": "200",
    "addScanner": "201",
    "revokeScanner": "204",
    "renewScanner": "201",
    "registerScannerKey": "200",
    "openShift": "201",
    "closeShift": "204",
    "addVenueStaff": "201",
    "removeVenueStaff": "204",
    "updateVenue": "200",
    "closeVenue": "204",
    "transferVenue": "200",
    "disputeAccess": "204",
    "readMessages": "204",
    "readPicture": "200",
    "createMiniProgramCode": "201",
}
"""Of what is not a plain GET."""

DOCUMENT = describe_api(list_handlers(read_settings({})))
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: {**operation, "at": f"{method.upper()} {path}"}
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
_DESCRIBED = [
    route for route in ROUTES if route.path.startswith(("/v1", "/health", "/metrics")) and route.method != "HEAD"
]
_STAND_INS = {
    "/v1/development/sms",
    "/v1/development/wechat/{path:path}",
    "/v1/development/alipay/{path:path}",
    "/v1/development/enterprise-registry",
    "/v1/development/identity/cloud-auth",
    "/v1/development/identity/network/verifications",
    "/v1/development/identity/face-pages/{check_id:uuid}",
}
"""They answer as others do, not as this API does."""
_DESCRIBED = [route for route in _DESCRIBED if route.path not in _STAND_INS]


def operation_of(route: Route) -> dict[str, Any]:
    path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
    found: dict[str, Any] = DOCUMENT["paths"][path][route.method.lower()]
    return found


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """What a reference of the document leads to."""
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


async def test_the_document_is_served(api: Api) -> None:
    response = await api.get("/openapi.json")
    assert response.headers["content-type"] == "application/json"
    assert response.json() == DOCUMENT
    again = await api.get("/openapi.json", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_it_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert DOCUMENT["info"]["title"] == "Suixing"
    assert len(DOCUMENT["info"]["description"]) > 100


def test_operations_have_the_names_and_paths_that_clients_hold() -> None:
    assert {name: operation["at"] for name, operation in OPERATIONS.items()} == CONTRACT


def test_schemas_have_names_of_their_own() -> None:
    """Two structs of one name are told apart by their modules, which clients would hold as names."""
    assert not [name for name in DOCUMENT["components"]["schemas"] if "_" in name]


def test_nothing_but_the_operations_and_the_pages_is_served() -> None:
    hidden = {route.path for route in ROUTES} - {route.path for route in _DESCRIBED}
    pages = {"/", "/resident", "/venue", "/v/{venue_id:uuid}", "/desk", "/docs", "/assets/{path:path}"}
    pages |= {"/problems/{slug:str}"}
    assert hidden == pages | {"/openapi.json"} | _STAND_INS


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_what_it_does_and_how_it_succeeds(name: str) -> None:
    operation = OPERATIONS[name]
    assert len(operation["summary"]) > 5
    assert operation["tags"] in [[tag["name"]] for tag in DOCUMENT["tags"]]
    assert {status for status in operation["responses"] if status < "300"} == set(SUCCESSES.get(name, "200").split())
    assert "400" not in operation["responses"]


@pytest.mark.parametrize("route", _DESCRIBED, ids=str)
def test_an_operation_lists_each_of_its_refusals(route: Route) -> None:
    responses = operation_of(route)["responses"]
    listed: dict[str, set[str]] = {}
    for status, response in responses.items():
        for media_type, content in response.get("content", {}).items():
            if media_type == "application/problem+json":
                assert resolve(content["schema"])["title"] == "ProblemOut"
                listed[status] = set(re.findall(r"`([a-z-]+)`", response["description"]))
    expected: dict[str, set[str]] = {}
    for slug in route.opt["refusals"]:
        expected.setdefault(str(MEANINGS[slug].status), set()).add(slug)
    if route.path == "/health/ready":
        del expected["503"]  # an answer of its own
    assert listed == expected


@pytest.mark.parametrize("route", _DESCRIBED, ids=str)
def test_an_operation_says_whose_it_is(route: Route) -> None:
    assert operation_of(route).get("security", []) == SECURITY[route.audience]
    schemes = {name for requirement in SECURITY[route.audience] for name in requirement}
    assert schemes <= DOCUMENT["components"]["securitySchemes"].keys()


def test_every_audience_has_its_security() -> None:
    assert SECURITY.keys() == set(Audience)
    assert {scheme["scheme"] for scheme in DOCUMENT["components"]["securitySchemes"].values()} == {"bearer"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_headers_that_clients_must_look_at_are_described(name: str) -> None:
    for status, response in OPERATIONS[name]["responses"].items():
        expected = {"401": {"WWW-Authenticate"}, "429": {"Retry-After"}}.get(status, set())
        assert expected <= response.get("headers", {}).keys()


def test_a_picture_is_described_as_the_bytes_that_it_is() -> None:
    body = OPERATIONS["readPicture"]["requestBody"]
    assert body["required"] is True
    assert body["content"].keys() == {"image/png", "image/jpeg", "image/webp"}
    assert all(content["schema"] == {"type": "string", "format": "binary"} for content in body["content"].values())


def test_a_code_is_described_in_each_of_its_forms() -> None:
    issued = OPERATIONS["issueCode"]["responses"]["201"]
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
    operation = OPERATIONS["getTrustList"]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["If-None-Match"]
    assert operation["responses"]["304"].get("content") is None
    assert "ETag" in operation["responses"]["200"]["headers"]


@pytest.mark.parametrize("name", ["createVenue", "addScanner", "scanCode"])
def test_what_creates_may_be_repeated_safely(name: str) -> None:
    assert [parameter["name"] for parameter in OPERATIONS[name]["parameters"] if parameter["in"] == "header"] == [
        "Idempotency-Key"
    ]


@pytest.mark.parametrize("name", ["requestOtp", "openSession", "refreshSession", "issueCode"])
def test_what_must_not_be_stored_takes_no_key(name: str) -> None:
    assert OPERATIONS[name].get("parameters", []) == []


def test_lists_have_one_shape() -> None:
    lists = [name for name in OPERATIONS if name.startswith("list") and name != "listDemoPeople"]
    for name in lists:
        schema = resolve(OPERATIONS[name]["responses"]["200"]["content"]["application/json"]["schema"])
        assert schema["properties"].keys() == {"items", "next_cursor"}, name


def test_making_the_document_adds_no_route() -> None:
    paths = {route.path for route in create_litestar(read_settings({})).routes}
    assert [path for path in paths if path.startswith("/schema")] == []
