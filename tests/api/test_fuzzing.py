"""The whole API under generated requests, good and bad: nothing breaks, and each answer is as it is described."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import re
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import uuid4

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok

from api import streaming
from api.callers import Audience
from api.services import now
from app.people.model import Assurance, ResidentCaller, Role
from app.settings import Settings
from tests.api.contract import CONTRACT
from tests.api.crafting import subject_of
from tests.api.described import list_routes, read_document
from tests.api.harness import Api, Session, log_in, make_gate, make_person, running_api

_FITTING_ALWAYS = {"readPicture", "downloadLicenceCopy"}
"""Any bytes are described, and any token."""
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "allow_header_conformance",
)
"""Left out: positive_data_acceptance, since a text that fits the schema may well be no phone and no code, and those
that call by themselves, whose questions test_audiences asks.
"""
_ROOM = 10**9
_EXAMPLES = 3
"""Making a request takes longer than answering it, and the same are made in each run; the soak makes thousands."""

AnyCase: TypeAlias = "Case[Any]"
Ask: TypeAlias = Callable[[AnyCase], None]


@functools.cache
def read_schemas() -> dict[str, Any]:
    """The operations of the document, as what requests are made of."""
    schema = schemathesis.openapi.from_dict(read_document())
    schema.config.generation.with_security_parameters = False  # the credential is ours to give
    found = (each.ok() for each in schema.get_all_operations() if isinstance(each, Ok))
    return {operation.definition.raw["operationId"]: operation for operation in found}


def is_fallible(name: str) -> bool:
    """Whether a request can be wrong in itself."""
    described = read_schemas()[name].definition.raw
    return name not in _FITTING_ALWAYS and bool(described.get("parameters") or described.get("requestBody"))


@pytest.fixture(scope="module")
async def fuzzed(roomy: Settings) -> AsyncGenerator[Api]:
    """The application with room for everything, and streams that end at once."""
    settings = dataclasses.replace(
        roomy,
        otp_per_phone=_ROOM,
        otp_per_phone_daily=_ROOM,
        otp_per_installation=_ROOM,
        scans_burst=_ROOM,
        codes_burst=_ROOM,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "_STREAM_LIFE", timedelta(0))
        async with running_api(settings) as running:
            yield running


class _Crowd:
    """A caller of each audience, with a new session for each request, since one of them may have locked the account."""

    def __init__(self, api: Api, people: dict[Audience, tuple[Session, int]], scanner: str) -> None:
        self._api = api
        self._people = people
        self._scanner = scanner

    def credential(self, audience: Audience) -> str | None:
        if audience is Audience.SCANNER:
            return self._scanner
        if audience not in self._people:
            return None
        session, subject_no = self._people[audience]
        roles = {Audience.MANAGER: Role.MANAGER, Audience.STAFF: Role.OPERATOR, Audience.OPERATOR: Role.OPERATOR}
        caller = ResidentCaller(
            resident_id=session.person.resident_id,
            session_id=uuid4(),
            installation_id=session.installation_id,
            subject_no=subject_no,
            assurance=Assurance.VERIFIED,
            identity_verified=True,
            roles=frozenset({roles[audience]} if audience in roles else ()),
        )
        return self._api.services.door.access_tokens.issue(caller, now())[0]


@pytest.fixture(scope="module")
async def ask(fuzzed: Api) -> Ask:
    """Sends a case as its operation's own audience and holds the answer to all that is promised and described."""
    people = {}
    for audience in (Audience.RESIDENT, Audience.MANAGER, Audience.OPERATOR, Audience.STAFF):
        session = await log_in(fuzzed, await make_person(fuzzed))
        people[audience] = (session, await subject_of(fuzzed, session))
    crowd = _Crowd(fuzzed, people, (await make_gate(fuzzed)).credential)
    audiences = {f"{route.method} {re.sub(r':[a-z]+', '', route.path)}": route.audience for route in list_routes()}
    loop = asyncio.get_running_loop()
    checks: list[Any] = [CHECKS.get_one(name) for name in _CHECKS if read_schemas()]  # which make them known

    def send(case: AnyCase) -> None:
        credential = crowd.credential(audiences[case.operation.label])
        response = loop.run_until_complete(_send(fuzzed, case, credential))
        case.validate_response(response, checks=checks)

    return send


async def _send(api: Api, case: AnyCase, credential: str | None) -> httpx.Response:
    given_by_case: dict[str, Any] = case.as_transport_kwargs(base_url="http://127.0.0.1:8000")
    headers = {name.encode(): _encode(value) for name, value in dict(given_by_case["headers"]).items()}
    body: dict[str, Any] = {}
    if "json" in given_by_case:
        body["json"] = given_by_case["json"]
    elif given_by_case.get("data") is not None:
        data = given_by_case["data"]
        body["content"] = data if isinstance(data, bytes) else str(data).encode("utf-8", "surrogatepass")
    return await api.call(
        given_by_case["method"],
        given_by_case["url"],
        by=credential,
        headers=headers,
        params=given_by_case.get("params"),
        **body,
    )


def _encode(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


def fuzz(name: str, mode: GenerationMode, ask: Ask, *, examples: int, seed: int = 0) -> None:
    """As many requests as examples, the same for the same seed."""

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=read_schemas()[name].as_strategy(generation_mode=mode))
    def check(case: AnyCase) -> None:
        ask(case)

    check()


@pytest.mark.parametrize("name", CONTRACT)
def test_good_requests_are_answered_and_bad_ones_refused(name: str, ask: Ask) -> None:
    fuzz(name, GenerationMode.POSITIVE, ask, examples=_EXAMPLES)
    if is_fallible(name):
        fuzz(name, GenerationMode.NEGATIVE, ask, examples=_EXAMPLES)


def test_most_requests_can_be_wrong() -> None:
    assert sum(map(is_fallible, CONTRACT)) > len(CONTRACT) / 2


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", CONTRACT)
def test_thousands_of_requests(name: str, ask: Ask, seed: int) -> None:
    fuzz(name, GenerationMode.POSITIVE, ask, examples=2000, seed=seed)
    if is_fallible(name):
        fuzz(name, GenerationMode.NEGATIVE, ask, examples=2000, seed=seed)
