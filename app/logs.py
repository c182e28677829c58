"""One JSON object a line: a static event name, a time, ids; never a token, a phone, a name or an ID number."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from typing import Any

import msgspec
import structlog

from app.tracing import current_trace_id

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request under way: every line logged meanwhile bears it."""

_encode = msgspec.json.Encoder(enc_hook=str).encode


def configure_logs(level: str) -> None:
    """Sends structlog, and the libraries that use `logging`, to standard error.

    Tracebacks show no locals: a token may be one.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    exceptions = structlog.processors.ExceptionRenderer(_describe)
    structlog.configure(
        processors=[*shared, exceptions, _render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, exceptions, _render],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


_transform = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def _describe(exc_info: structlog.typing.ExcInfo) -> list[dict[str, Any]]:
    """The traceback, without the DETAIL in which PostgreSQL shows the row it refused."""
    described = _transform(exc_info)
    _cut_details(described)
    return described


def _cut_details(exceptions: list[dict[str, Any]]) -> None:
    for exception in exceptions:
        exception["exc_value"] = exception["exc_value"].partition("\nDETAIL:")[0]
        for group in exception["exceptions"]:
            _cut_details(group)


def _render(_logger: object, _method: str, event: structlog.typing.EventDict) -> str:
    line: dict[str, Any] = {"event": event.pop("event"), **event}
    if current := request_id.get():
        line.setdefault("request_id", current)
    if trace := current_trace_id():
        line.setdefault("trace_id", trace)
    return _encode(line).decode()
