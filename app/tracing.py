"""Traces for an operator who set SUIXING_OTLP_ENDPOINT; where it is not set, nothing of OpenTelemetry is even imported.

A span says what was done and how it went: an operation's name, a status, a slug, a statement whose values stay behind.
It never bears the id of a person, a token, a query string or a body, and no exception's words, which may quote them.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer

_QUEUE = 2048
"""Spans that wait for the collector; more are dropped, so that one that is away costs no memory."""
_PARCEL = 256
_DELAY_MS = 2000
_TIMEOUT_SECONDS = 5.0
_LAST_SECONDS = 1.0
_LONGEST_STATEMENT = 300

Attributes: TypeAlias = Mapping[str, str | int]


class Traced(Protocol):
    """A span under way, as far as whoever is in it need know."""

    def set_attribute(self, key: str, value: str | int) -> None: ...

    def update_name(self, name: str) -> None: ...


class _Untraced:
    def set_attribute(self, key: str, value: str | int) -> None: ...

    def update_name(self, name: str) -> None: ...


class _Held:
    """This process's tracer, once there is one."""

    tracer: Tracer | None = None
    provider: TracerProvider | None = None
    exporter: SpanExporter | None = None


_NOTHING: AbstractContextManager[Traced] = nullcontext(_Untraced())


def configure_tracing(
    endpoint: str | None, *, province: str, process: str, percent: int, exporter: SpanExporter | None = None
) -> None:
    """Starts this process's exporter where an endpoint is set; called once, after a server process was forked."""
    if endpoint is None or _Held.provider is not None:
        return
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  imported only where traces are wanted
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415

    if exporter is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=_TIMEOUT_SECONDS)
    share = TraceIdRatioBased(percent / 100)
    provider = TracerProvider(
        # A caller who says "sampled" is not obeyed: anybody can write a traceparent.
        sampler=ParentBased(share, remote_parent_sampled=share),
        resource=Resource.create(
            {"service.name": "suixing", "suixing.province": province, "suixing.process": process},
        ),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(
        BatchSpanProcessor(
            exporter,
            max_queue_size=_QUEUE,
            max_export_batch_size=_PARCEL,
            schedule_delay_millis=_DELAY_MS,
        )
    )
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    _Held.provider, _Held.exporter, _Held.tracer = provider, exporter, provider.get_tracer("suixing")


def stop_tracing() -> None:
    """Sends what waits, as far as the collector takes it at once, and forgets the exporter."""
    provider, exporter = _Held.provider, _Held.exporter
    _Held.provider = _Held.exporter = _Held.tracer = None
    if provider is None or exporter is None:
        return
    ending = Thread(target=provider.shutdown, daemon=True)
    ending.start()
    ending.join(_LAST_SECONDS)
    if ending.is_alive():
        exporter.shutdown()  # it tries again and again for a collector that is away: a stop does not wait for that
        ending.join(_LAST_SECONDS)


def is_tracing() -> bool:
    """Whether whoever could be traced should take the trouble."""
    return _Held.tracer is not None


def span(name: str, attributes: Attributes | None = None) -> AbstractContextManager[Traced]:
    """A part of whatever is under way, such as a transaction or a provider's answer."""
    return _NOTHING if _Held.tracer is None else _start(_Held.tracer, name, attributes or {}, None)


def request_span(traceparent: str | None) -> AbstractContextManager[Traced]:
    """A request, as part of its caller's trace where it names one (W3C Trace Context)."""
    return _NOTHING if _Held.tracer is None else _start(_Held.tracer, "request", {}, traceparent)


@contextmanager
def _start(tracer: Tracer, name: str, attributes: Attributes, traceparent: str | None) -> Generator[Traced]:
    from opentelemetry.trace import SpanKind, Status, StatusCode, use_span  # noqa: PLC0415  as above
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    parent = TraceContextTextMapPropagator().extract({"traceparent": traceparent}) if traceparent else None
    kind = SpanKind.SERVER if name == "request" else SpanKind.INTERNAL
    started = tracer.start_span(name, parent, kind=kind, attributes=dict(attributes))
    with use_span(started, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield started
        except BaseException as error:
            started.set_attribute("error.type", type(error).__name__)
            started.set_status(Status(StatusCode.ERROR))
            raise


def current_trace_id() -> str:
    """Of the span under way, in hexadecimal; empty where there is none."""
    if _Held.tracer is None:
        return ""
    from opentelemetry.trace import get_current_span  # noqa: PLC0415  as above

    context = get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""


def note_statement(query: Any) -> None:
    """A statement that asyncpg has just run, as a span that ended now: its text, which holds no value, never its
    arguments. Outside any span it is upkeep, of which there is one a second.
    """
    if _Held.tracer is None:
        return
    from time import time_ns  # noqa: PLC0415  as above

    from opentelemetry.trace import get_current_span  # noqa: PLC0415

    if not get_current_span().is_recording():
        return
    ended = time_ns()
    text = " ".join(query.query.split())[:_LONGEST_STATEMENT]
    attributes: dict[str, str] = {"db.system.name": "postgresql", "db.query.text": text}
    if query.exception is not None:
        attributes["error.type"] = type(query.exception).__name__
    started = _Held.tracer.start_span(
        "database.statement", attributes=attributes, start_time=ended - int(query.elapsed * 1e9)
    )
    started.end(ended)
