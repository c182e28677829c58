"""Connections to providers, and what their failures say of a request that was under way."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import msgspec
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError, DetailedPyreqwestError

from push.departing import Departure
from push.notices import Fault, Unavailable
from push.sending import Unanswered

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_UNCONNECTED = "client error (Connect)"
"""What is among the causes where no connection came about. The kind of error says less: pyreqwest calls it a
ConnectTimeoutError where an answer does not come, and a ConnectError where a connection breaks under a request.
"""
_UNTAKEN = re.compile(
    r"connection error received: not a result of an error"  # its stream is above the last of a GOAWAY
    r"|stream error received: refused stream"
    r"|runtime dropped the dispatch task"  # the connection ended while its stream waited to be opened
)
"""What is among the causes where the peer has not taken the request (RFC 9113, 6.8 and 8.7). One that it had taken
fails otherwise where the connection ends.
"""
UNTAKEN = Unavailable("untaken")
"""The request may be repeated at once: the peer is leaving this connection, not us."""
_RETRY_AFTER = re.compile(r"\d{1,6}")
_LONGEST_CONNECT = 5.0


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """How a provider is reached."""

    url: str
    timeout: float = 10.0
    """Seconds for one request, from its start to the end of its answer."""
    authority: bytes = b""
    """PEM of an authority to trust beside the public ones: a stand-in's, or a proxy's that looks inside."""


def open_client(connection: Connection, *, http2: bool = False) -> Client:
    """A client that follows no redirect, which would carry secrets elsewhere, and takes no proxy to the loopback.

    With `http2`, requests share one connection from the very first on: nothing else is offered in the handshake.
    """
    builder = (
        ClientBuilder()
        .user_agent("suixing")
        .follow_redirects(False)
        .referer(False)
        # Answers are a line of JSON: nothing is asked for compressed, and nothing that swells is opened.
        .gzip(False)
        .brotli(False)
        .zstd(False)
        .deflate(False)
        .connect_timeout(timedelta(seconds=min(connection.timeout / 2, _LONGEST_CONNECT)))
        .timeout(timedelta(seconds=connection.timeout))
        # A connection whose peer is gone without a word is noticed, and not found by a request that hangs.
        .tcp_user_timeout(timedelta(seconds=connection.timeout))
    )
    if http2:
        builder = (
            builder.http2_prior_knowledge()
            .http2_keep_alive_interval(timedelta(seconds=30))
            .http2_keep_alive_timeout(timedelta(seconds=connection.timeout))
            .http2_keep_alive_while_idle(True)
            .pool_idle_timeout(None)
        )
    if connection.authority:
        builder = builder.add_root_certificate_pem(connection.authority)
    if urlsplit(connection.url).hostname in LOOPBACK:
        builder = builder.no_proxy()
    return builder.build()


def classify_failure(error: Exception, departure: Departure | None = None) -> Unavailable | Unanswered | Fault:
    """Whether a request that failed was certainly not taken, or may have been; one without a departure may always.

    The error's words hold the address, and so perhaps a token: they are read here, and passed on to nobody.
    """
    if isinstance(error, BuilderError):
        return Fault("request-malformed")
    causes = _read_causes(error)
    if _UNTAKEN.search(causes):
        return UNTAKEN
    if _UNCONNECTED in causes:
        return Unavailable("certificate-refused" if "certificate" in causes else "unreachable")
    reason = "timeout" if isinstance(error, TimeoutError) else "connection-lost"
    return Unanswered(reason) if departure is None or departure.has_gone else Unavailable(reason)


def is_unconnected(error: Exception) -> bool:
    """Whether a request failed because no connection came about."""
    return _UNCONNECTED in _read_causes(error)


def _read_causes(error: Exception) -> str:
    causes = error.details["causes"] if isinstance(error, DetailedPyreqwestError) else None
    return " ".join(cause["message"] for cause in causes or [])


def judge_status(status: int, retry_after: float | None = None) -> Unavailable | Unanswered | Fault:
    """The outcome of a status alone, as something between us and the provider may answer it.

    502 and 504 tell of somebody behind who may have had the request, and a bare 500 tells nothing (RFC 9110, 15.6).
    """
    reason = f"status-{status}"
    if status in {429, 503}:
        return Unavailable(reason, retry_after)
    return Unanswered(reason, retry_after) if status >= 500 else Fault(reason)  # noqa: PLR2004  HTTP


def read_retry_after(value: str | None) -> float | None:
    """Retry-After in seconds (RFC 9110, 10.2.3); a date there is left to the back-off."""
    return float(value) if value is not None and _RETRY_AFTER.fullmatch(value) else None
