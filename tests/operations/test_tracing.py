"""Traces reach a collector, tell nothing of anybody, and break nothing where it is away or not wanted."""

from __future__ import annotations

import dataclasses
import io
import os
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest
import structlog
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from api.observing import Observer
from api.tracing import RequestTracer
from app import tracing
from app.database import Pool, open_pool
from app.delivering import trace_channels
from app.keeping import create_keys
from app.logs import configure_logs
from app.recognition.publishing import publish_trust_list
from app.settings import Settings
from app.tracing import configure_tracing, is_tracing, span, stop_tracing
from push.channels import Attempt, BatchChannel, PreparingChannel
from push.notices import Delivered, Notice, Outcome, Refused, Withheld
from tests.api.harness import Api, issue_code, log_in, make_gate, make_person, open_session, running_api, scan
from tests.api.locations import agree, report
from tests.harness.live import free_port
from tests.house.source import ROOT
from tests.journeys.places import PLACE
from tests.operations.collector import Collector, attributes_of, collecting

_TRACE, _PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
_TRACEPARENT = f"00-{_TRACE}-{_PARENT}-01"


@contextmanager
def tracing_to(url: str, *, percent: int = 100) -> Iterator[None]:
    configure_tracing(url, province="31", process="server", percent=percent)
    try:
        yield
    finally:
        stop_tracing()
        assert not is_tracing()


@pytest.fixture(scope="module")
async def keys(settings: Settings, pool: Pool) -> None:
    """What a server finds when it starts."""
    ring = create_keys(settings, development=True, now=datetime.now(UTC))
    await publish_trust_list(pool, ring, lifetime=timedelta(days=1), now=datetime.now(UTC))


@pytest.fixture
def collector() -> Generator[Collector]:
    with collecting() as started:
        yield started


@contextmanager
def traced(api: Api) -> Iterator[None]:
    """The application as a server with an endpoint wraps it."""
    plain = api.asgi
    api.asgi = RequestTracer(Observer(api.litestar, log_requests=True, is_production=False))
    try:
        yield
    finally:
        api.asgi = plain


def _roomy(settings: Settings) -> Settings:
    """Without the limits of one address, from which all tests come."""
    return dataclasses.replace(settings, otp_per_address=10**6, logins_per_address=10**6)


@pytest.mark.usefixtures("keys")
async def test_a_request_is_a_span_of_its_callers_trace(collector: Collector, settings: Settings) -> None:
    with tracing_to(collector.url):
        async with running_api(_roomy(settings)) as api:
            with traced(api):
                person = await make_person(api)
                response = await open_session(api, person.phone, person.installation_id)
                assert response.status_code == 201
                refused = await api.get("/v1/me", headers={"traceparent": _TRACEPARENT, "Authorization": "Bearer no"})
                assert refused.status_code == 401
    opened = collector.wait_for_span("openSession")
    told = attributes_of(opened)
    assert told["http.response.status_code"] == "201"
    assert told["http.request.method"] == "POST"
    assert opened.kind == Span.SPAN_KIND_SERVER
    inside = [one for one in collector.spans if one.trace_id == opened.trace_id]
    assert {"database.transaction", "database.statement"} <= {one.name for one in inside}
    transaction = next(one for one in inside if one.name == "database.transaction")
    assert transaction.parent_span_id == opened.span_id
    statements = [attributes_of(one)["db.query.text"] for one in inside if one.name == "database.statement"]
    assert any(text.startswith("INSERT INTO sessions") for text in statements)
    me = collector.wait_for_span("getMe")
    assert (me.trace_id.hex(), me.parent_span_id.hex()) == (_TRACE, _PARENT)
    assert attributes_of(me)["suixing.problem"] == "unauthenticated"
    assert collector.resources[0]["service.name"] == "suixing"
    assert collector.resources[0]["suixing.province"] == "31"


@pytest.mark.usefixtures("keys")
async def test_spans_tell_nothing_of_anybody(collector: Collector, settings: Settings) -> None:
    """Everything that a whole visit says, against every byte that was sent."""
    secrets: list[str] = []
    with tracing_to(collector.url):
        async with running_api(_roomy(settings)) as api:
            with traced(api):
                person = await make_person(api, name="欧阳兰兰")
                session, gate = await log_in(api, person), await make_gate(api)
                code = await issue_code(api, session)
                assert (await scan(api, gate, code)).status_code == 201
                assert (await scan(api, gate, code)).status_code == 409
                await api.get("/v1/me", by=session)
                await api.get(f"/v1/me/accesses?limit=3&q={person.phone}", by=session)
                await api.delete(f"/v1/me/sessions/{uuid4()}", by=session)
                await api.post("/v1/otp", json={"phone": person.phone})
                secrets += [person.phone, person.phone[3:], person.name, person.id_number, session.access_token]
                secrets += [
                    session.refresh_token,
                    gate.credential,
                    code,
                    str(person.resident_id),
                    person.resident_id.hex,
                ]
                assert (await report(api, session, PLACE)).status_code == 403
                await agree(api, session)
                assert (await report(api, session, PLACE)).status_code == 200
                assert (await report(api, session, PLACE, datum="mars")).status_code == 422
                secrets += [f"{figure:.4f}" for figure in PLACE]
                secrets += [str(person.installation_id), str(gate.scanner_id), "limit=3", "/v1/me/sessions/"]
    sent = b"".join(collector.bodies)
    assert len(collector.spans) > 20
    assert [secret for secret in secrets if secret.encode() in sent] == []
    known = {
        "http.request.method", "http.response.status_code", "suixing.problem", "db.system.name", "db.query.text",
        "error.type",
    }  # fmt: skip
    assert {key for one in collector.spans for key in attributes_of(one)} <= known
    assert not [one for one in collector.spans if one.events or one.status.message], "an exception's words may quote"


def test_what_goes_wrong_is_told_by_its_kind_alone(collector: Collector) -> None:
    with tracing_to(collector.url), pytest.raises(ValueError, match="13800000000"), span("work"):
        raise ValueError("the phone 13800000000 is bad")
    failed = collector.wait_for_span("work")
    assert attributes_of(failed) == {"error.type": "ValueError"}
    assert failed.status.code == 2
    assert b"13800000000" not in b"".join(collector.bodies)


async def test_a_statement_that_fails_keeps_its_values(
    collector: Collector, settings: Settings, database_url: str
) -> None:
    with tracing_to(collector.url):
        pool = await open_pool(settings, database_url, size=1)
        with span("outer"), pytest.raises(asyncpg.PostgresError):
            await pool.fetchval("SELECT $1::text::integer", "13800000000x")
        with span("outer"):
            assert await pool.fetchval("SELECT 1") == 1
        await pool.fetchval("SELECT 2")
        await pool.close()
    texts = {attributes_of(one).get("db.query.text") for one in collector.spans}
    assert "SELECT 1" in texts
    assert "SELECT 2" not in texts, "outside of any span it is upkeep"
    assert b"13800000000x" not in b"".join(collector.bodies)


async def test_deliveries_are_spans_of_their_channel(collector: Collector) -> None:
    class Texts:
        name, concurrency, deadline = "sms", 2, 1.0

        async def deliver(self, notice: Notice) -> Outcome:
            return Refused("no") if notice.topic == "otp" else Delivered()

    class Inbox:
        name, concurrency, deadline, batch = "inbox", 1, 1.0, 10

        async def deliver_many(self, notices: Sequence[Notice]) -> Sequence[Outcome]:
            return [Delivered() for _ in notices]

    class Sending:
        async def send(self) -> Outcome:
            return Delivered()

        def cut(self, reason: str) -> Outcome:
            return Refused(reason)

    finished: list[str] = []

    class Phones:
        name, concurrency, deadline = "apns", 2, 1.0

        async def prepare(self, notices: Sequence[Notice]) -> Sequence[Attempt | Outcome]:
            return [Withheld("not-wanted"), *(Sending() for _ in notices[1:])]

        async def finish(self) -> None:
            finished.append(self.name)

    now = datetime.now(UTC)
    notice = Notice(
        routing_key=1, recipient=uuid4(), channel="sms", topic="otp", dedupe_key="x", data={}, created_at=now,
        due_at=now, expires_at=now, attempts=2,
    )  # fmt: skip
    plain = trace_channels([Texts(), Inbox(), Phones()])
    assert [type(one) for one in plain] == [Texts, Inbox, Phones]
    with tracing_to(collector.url):
        texts, inbox, phones = trace_channels([Texts(), Inbox(), Phones()])
        assert isinstance(inbox, BatchChannel)
        assert isinstance(phones, PreparingChannel)
        await phones.finish()
        assert not isinstance(texts, BatchChannel | PreparingChannel)
        withheld, sending = await phones.prepare([notice, notice])
        assert withheld == Withheld("not-wanted")
        assert not isinstance(sending, Outcome)
        assert (await sending.send(), sending.cut("late")) == (Delivered(), Refused("late"))
        assert await texts.deliver(notice) == Refused("no")
        assert await inbox.deliver_many([notice, notice]) == [Delivered(), Delivered()]
        assert (texts.name, texts.concurrency, inbox.batch) == ("sms", 2, 10)
    told = attributes_of(collector.wait_for_span("deliver.sms"))
    assert finished == ["apns"]
    assert told == {"suixing.topic": "otp", "suixing.attempt": "2", "suixing.outcome": "Refused"}
    assert attributes_of(collector.wait_for_span("deliver.inbox"))["suixing.outcome.Delivered"] == "2"
    assert attributes_of(collector.wait_for_span("prepare.apns"))["suixing.outcome.Withheld"] == "1"
    assert attributes_of(collector.wait_for_span("deliver.apns"))["suixing.outcome"] == "Delivered"


def test_log_lines_bear_the_trace(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    try:
        configure_logs("info")
        with tracing_to(collector.url), tracing.request_span(_TRACEPARENT):
            structlog.get_logger().info("inside")
        structlog.get_logger().info("outside")
    finally:
        structlog.reset_defaults()
    inside, outside = (msgspec.json.decode(line) for line in written.getvalue().splitlines())
    assert inside["trace_id"] == _TRACE
    assert "trace_id" not in outside


@pytest.mark.parametrize("traceparent", ["", "x" * 55, _TRACEPARENT[:-3], _TRACEPARENT.replace("00-4", "ff-4"), None])
def test_a_traceparent_that_is_none_begins_a_trace_of_our_own(collector: Collector, traceparent: str | None) -> None:
    with tracing_to(collector.url), tracing.request_span(traceparent) as begun:
        begun.update_name("mine")
    assert collector.wait_for_span("mine").trace_id.hex() != _TRACE


def test_a_caller_cannot_have_itself_traced(collector: Collector) -> None:
    with tracing_to(collector.url, percent=0):
        for number in range(50):
            with tracing.request_span(f"00-{number + 1:032x}-{_PARENT}-01"):
                pass
    assert collector.spans == []


def test_a_collector_that_is_away_holds_nobody_up() -> None:
    """Spans beyond the queue are dropped, work goes on at its own pace, and a stop does not wait for it."""
    with tracing_to(f"http://127.0.0.1:{free_port()}"):
        begun = time.monotonic()
        for _ in range(20_000):
            with span("work"):
                pass
        seconds = time.monotonic() - begun
        provider: Any = tracing._Held.provider
        processor = provider._active_span_processor._span_processors[0]
        assert len(processor._batch_processor._queue) <= 2048
        stopping = time.monotonic()
    assert seconds < 30
    assert time.monotonic() - stopping < 15


def test_without_an_endpoint_nothing_of_it_is_loaded() -> None:
    asked = "import api.application, app.worker, sys; print([name for name in sys.modules if 'opentelemetry' in name])"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUIXING_")}
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
    with span("nothing") as untraced:
        untraced.set_attribute("key", 1)
        untraced.update_name("other")
    assert span("a") is span("b"), "not even an object is made"
