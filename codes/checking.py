"""Checking a code as a stranger would: with a trust list in a file, and no network."""

from __future__ import annotations

from datetime import datetime

from codes.trust import read_trust_list
from codes.verifying import verify


def check_code(text: str, trust_list: str, *, now: datetime, root_fingerprint: str | None = None) -> dict[str, str]:
    """The claims as text, ready for JSON; raises CodeError with a slug. Only its issuer can open the handle."""
    trust = read_trust_list(trust_list, now=now, root_fingerprint=root_fingerprint)
    code = verify(text, trust, now)
    return {
        "issuer": code.issuer,
        "kind": code.kind.value,
        "issued_at": code.issued_at.isoformat().replace("+00:00", "Z"),
        "expires_at": code.expires_at.isoformat().replace("+00:00", "Z"),
        "token_id": code.cti.hex(),
        "kid": code.kid.hex(),
        "root_fingerprint": trust.root_fingerprint,
    }
