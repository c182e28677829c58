"""The address to listen on: known to be free before anything is started."""

from __future__ import annotations

import errno
import socket
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from app.launching.errors import AddressError

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  replaced, not bound


def require_free_address(host: str, port: int) -> str:
    """The numeric form of the host, on which nobody listens at this port; or AddressError in words."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise AddressError(f"SUIXING_HOST is {host!r}, which names no address: {error}.") from error
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the server itself: connections of the run before that are still closing do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise AddressError(_explain(host, port, error)) from error
    return str(address[0])


def answers(host: str, port: int, path: str) -> bool:
    """Whether a GET of the path is answered with 200."""
    connection = HTTPConnection(_WILDCARDS.get(host, host), port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _explain(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. End it, or set SUIXING_PORT to a free port."
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}. Set SUIXING_PORT to 1024 or more."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"SUIXING_HOST is {host!r}, which is not an address of this machine."
    return f"{host} port {port} cannot be listened on: {error.strerror}. See SUIXING_HOST and SUIXING_PORT."
