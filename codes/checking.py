"""Checking a code as a stranger would: with a trust list in a file, and no network."""

from __future__ import annotations

from datetime import datetime

from codes.forms import FORMS
from codes.licence import verify_licence
from codes.model import LICENCE_PREFIX, PAPER_PREFIX, PHONE_PREFIX, VerifiedCode
from codes.paper import verify_paper
from codes.phone import verify_phone
from codes.reading import read_prefix
from codes.trust import TrustList, read_trust_list
from codes.verifying import verify

_VERIFIERS = {PHONE_PREFIX: verify_phone, PAPER_PREFIX: verify_paper, LICENCE_PREFIX: verify_licence}


def verify_any(text: str, trust: TrustList, now: datetime) -> VerifiedCode:
    """The claims of a code of any form, its `use` saying which; raises CodeRefusedError.

    What is accepted of a form is the caller's decision: a paper code is shown again and again, a phone's may have been
    made ahead of time, a licence in hand lets nobody in (`takes_form`).
    """
    return _VERIFIERS.get(read_prefix(text), verify)(text, trust, now)


def check_code(text: str, trust_list: str, *, now: datetime, root_fingerprint: str | None = None) -> dict[str, str]:
    """The claims as text, ready for JSON; raises CodeError with a slug. Only its issuer can open its handles."""
    trust = read_trust_list(trust_list, now=now, root_fingerprint=root_fingerprint)
    code = verify_any(text, trust, now)
    status = {"status": f"{code.status.list_no}:{code.status.index}"} if code.status else {}
    licence = {"licence_handle": code.licence_handle.hex()} if code.licence_handle else {}
    return {
        "form": FORMS[code.use],
        "issuer": code.issuer,
        "kind": code.kind.value,
        "issued_at": code.issued_at.isoformat().replace("+00:00", "Z"),
        "expires_at": code.expires_at.isoformat().replace("+00:00", "Z"),
        "token_id": code.cti.hex(),
        "kid": code.kid.hex(),
        **status,
        **licence,
        "root_fingerprint": trust.root_fingerprint,
    }
