"""What operators ask: is it alive, can it serve, how does it fare; and the id by which a request is found again."""

from __future__ import annotations

import dataclasses
import re
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from api.services import now
from app.licences.settling import Settled
from app.logs import request_id
from app.measuring.changes import note_changes
from app.settings import Settings
from tests.api.harness import Api, Gate, Session, issue_code, make_person, running_api, scan, slug_of


async def test_alive_is_alive(api: Api) -> None:
    response = await api.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})
    assert response.headers["cache-control"] == "no-store"


async def test_ready_with_both_servers(api: Api) -> None:
    response = await api.get("/health/ready")
    assert (response.status_code, response.json()) == (
        200,
        {"status": "ready", "postgresql": True, "valkey": True, "keys": True},
    )
    assert response.headers["cache-control"] == "no-store"


async def test_degraded_without_valkey(roomy: Settings, tmp_path: object) -> None:
    nowhere = dataclasses.replace(roomy, redis_url=f"unix://{tmp_path}/nobody.sock")
    async with running_api(nowhere) as alone:
        response = await alone.get("/health/ready")
        assert (response.status_code, response.json()) == (
            200,
            {"status": "degraded", "postgresql": True, "valkey": False, "keys": True},
        )
        assert await make_person(alone)


async def test_unavailable_without_postgresql(roomy: Settings) -> None:
    async with running_api(roomy) as alone:
        alone.services.pool.terminate()
        response = await alone.get("/health/ready")
        assert (response.status_code, response.json()) == (
            503,
            {"status": "unavailable", "postgresql": False, "valkey": True, "keys": True},
        )
        assert (await alone.get("/health/live")).status_code == 200


async def read_metrics(api: Api) -> dict[str, float]:
    response = await api.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = (line.rpartition(" ") for line in response.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


async def test_metrics_count_answers_and_refusals(api: Api, resident: Session, gate: Gate) -> None:
    accepted, refused = (
        'suixing_requests_total{operation="scanCode",status="201"}',
        'suixing_refusals_total{operation="scanCode",slug="code-already-used"}',
    )
    before = await read_metrics(api)
    code = await issue_code(api, resident)
    for _ in range(3):
        await scan(api, gate, code)
    after = await read_metrics(api)
    assert after[accepted] - before.get(accepted, 0) == 1
    assert after[refused] - before.get(refused, 0) == 2
    assert after['suixing_request_seconds_count{operation="scanCode"}'] >= 3
    assert after["suixing_outbox_pending"] >= 1
    assert after["suixing_database_up"] == 1
    assert 0 < after["suixing_trust_list_expires_in_seconds"] <= 86400


async def test_metrics_tell_of_licences_that_nobody_could_confirm(api: Api) -> None:
    settled = [Settled("left-library", is_joined=False, unconfirmed=ended) for ended in (2, 1)]
    await note_changes(api.services.pool, settled, now())
    found = await read_metrics(api)
    assert found['suixing_licences_unconfirmed{source="left-library"}'] == 3
    assert 'suixing_registry_questions{source="left-library"}' not in found, "nobody was asked"


async def test_metrics_name_nobody_and_no_path(api: Api, resident: Session) -> None:
    await api.get(f"/v1/me/{resident.person.phone}")
    await api.delete(f"/v1/me/sessions/{uuid4()}", by=resident)
    text = (await api.get("/metrics")).text
    assert resident.person.phone[3:] not in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text)


async def test_metrics_go_on_without_the_database(roomy: Settings) -> None:
    async with running_api(roomy) as alone:
        alone.services.pool.terminate()
        assert (await read_metrics(alone))["suixing_database_up"] == 0


async def test_a_proxys_request_id_is_kept(api: Api) -> None:
    given = str(uuid4())
    response = await api.get("/v1/nothing", headers={"X-Request-Id": given})
    assert response.headers["x-request-id"] == response.json()["request_id"] == given


@pytest.mark.parametrize("given", ["", "x", "1; DROP TABLE", "\x1b[31mred", "a" * 5000, "é"])
async def test_an_id_that_is_none_is_replaced(api: Api, given: str) -> None:
    headers = {b"X-Request-Id": given.encode("latin-1", "replace")}
    response = await api.get("/health/live", headers=headers)
    assert response.headers["x-request-id"] != given
    assert UUID(response.headers["x-request-id"]).version == 7


async def test_what_goes_wrong_is_logged_with_its_id_and_said_as_one_word(api: Api, resident: Session) -> None:
    await api.services.pool.execute(
        "UPDATE residents SET sealed_phone = '\\xdead' WHERE resident_id = $1", resident.person.resident_id
    )
    with capture_logs() as logs:
        response = await api.get("/v1/me", by=resident)
    assert (response.status_code, slug_of(response)) == (500, "internal")
    assert "phone" not in response.text
    assert [line["event"] for line in logs] == ["request.failed", "request.answered"]
    assert {**logs[1], "milliseconds": 0} == {
        "event": "request.answered",
        "log_level": "error",
        "operation": "getMe",
        "status": 500,
        "slug": "internal",
        "milliseconds": 0,
    }
    assert request_id.get() == ""


async def test_requests_that_go_well_are_not_logged(api: Api, resident: Session) -> None:
    with capture_logs() as logs:
        await api.get("/v1/me", by=resident)
        await api.get("/v1/me")
    assert logs == []


async def test_balancers_may_ask_without_a_body(api: Api, roomy: Settings) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = await api.call("HEAD", path)
        assert (answer.status_code, answer.content) == (200, b"")
    async with running_api(roomy) as alone:
        alone.services.pool.terminate()
        assert (await alone.call("HEAD", "/health/live")).status_code == 200
        assert (await alone.call("HEAD", "/health/ready")).status_code == 503


async def test_what_a_problem_means_is_where_its_type_leads(api: Api) -> None:
    refused = await api.get("/v1/me")
    address = refused.json()["type"]
    meaning = (await api.get(address)).json()
    assert (meaning["type"], meaning["status"]) == (address, 401)
    assert meaning["title_zh"] != meaning["title_en"]
    page = await api.get(address, headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert meaning["title_zh"] in page.text
    assert meaning["title_en"] in page.text
    assert (await api.get("/problems/no-such-slug")).status_code == 404
