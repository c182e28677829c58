"""Scanners at the door: known by their credential, and by the key that each request proves (DPoP, RFC 9449)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request
from litestar.datastructures import State

from api.lean import raw_header
from api.services import Services
from app.venues.errors import DpopProofInvalidError, ScannerKeyRequiredError
from app.venues.keys import ScannerKey
from app.venues.model import Scanner
from app.venues.proofs import Request as ProvenRequest
from app.venues.proofs import check_proof
from app.venues.scanners import hash_credential

BEFORE_KEY = "before_key"
"""The `opt` of the one route that a scanner without a key may call, to register one; it looks at the proof itself."""
AFTER_END = "after_end"
"""The `opt` of the one route that a scanner may call once its credential has ended, proving its key: what it scanned
before that still has to be told.
"""


async def admit_scanner(
    services: Services, connection: Request[Any, Any, State], scheme: str, credential: str, now: datetime
) -> Scanner:
    """The scanner behind a request: one that has a key always proves it, and where keys are required each has one."""
    takes_ended = scheme == "dpop" and bool(connection.scope["route_handler"].opt.get(AFTER_END))
    scanner = await services.scanners.require(credential, now, takes_ended=takes_ended)
    services.tallies.note_use(scanner, now)
    if connection.scope["route_handler"].opt.get(BEFORE_KEY):
        return scanner
    needs_key = scheme == "dpop" or services.settings.requires_scanner_proof
    if scanner.key is None and needs_key:
        # Another process may have registered it a moment ago.
        scanner = await services.scanners.require(credential, now, fresh=True)
        if scanner.key is None:
            raise ScannerKeyRequiredError
    if scanner.key is not None:
        if scheme != "dpop":
            raise DpopProofInvalidError("Authorization: this scanner has a key; send `DPoP <credential>` and a proof.")
        require_proof(services, connection, scanner, scanner.key, credential, now)
    return scanner


def require_proof(
    services: Services,
    connection: Request[Any, Any, State],
    scanner: Scanner,
    key: ScannerKey,
    credential: str,
    now: datetime,
) -> None:
    """Raises DpopProofInvalidError unless this very request was signed with the key, now and for the first time."""
    proofs = [value for name, value in connection.scope["headers"] if name == b"dpop"]
    if len(proofs) != 1:
        raise DpopProofInvalidError("DPoP: there must be one header with one proof.")
    asked = ProvenRequest(connection.scope["method"], _address_of(connection, services), hash_credential(credential))
    proof_id = check_proof(proofs[0].decode("latin-1"), key, asked, now)
    if not services.proofs.claim(scanner.scanner_id, proof_id, now.timestamp()):
        raise DpopProofInvalidError("jti: this proof was used before; make one for each request.")


def _address_of(connection: Request[Any, Any, State], services: Services) -> str:
    """Where clients reach this route: behind a proxy the server's own name is not theirs."""
    origin = services.settings.public_url
    if origin is None:
        host = raw_header(connection.scope, b"host").decode("latin-1")
        origin = f"{connection.scope['scheme']}://{host}"
    return origin.rstrip("/") + connection.scope["path"]
