"""Codes on paper (`SX3:`): signed like a dynamic code, good for half a year, and revocable by a status list.

They are shown again and again and claimed by nobody, so a paper code proves that a paper is there and no more: whoever
scans one is told to look at the person.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from codes import base45
from codes.errors import CodeRefusedError
from codes.explaining import explain_paper
from codes.handles import RANDOM_BYTES
from codes.keys import Epoch
from codes.long_layout import PAPER, PAPER_BETWEEN, pack_unsigned, paper_signed_part
from codes.model import (
    KIND_NUMBERS,
    KINDS_BY_NUMBER,
    LONGEST_PAPER_SECONDS,
    NONCE_BYTES,
    PAPER_PREFIX,
    SKEW_SECONDS,
    KeyUse,
    Kind,
    MintedCode,
    StatusReference,
    VerifiedCode,
    to_datetime,
    to_seconds,
)
from codes.provinces import is_province
from codes.reading import read_text
from codes.signatures import to_der
from codes.trust import TrustList
from codes.verifying import require_signature

PAPER_LIFE = timedelta(seconds=LONGEST_PAPER_SECONDS)


def mint_paper(
    epoch: Epoch,
    *,
    issuer: str,
    subject_no: int,
    kind: Kind,
    status: StatusReference,
    now: datetime,
    lifetime: timedelta = PAPER_LIFE,
) -> MintedCode:
    """A paper code of `subject_no` (below 2⁶⁴), revocable at `status`; `refresh_after` is when to print the next.

    Raises ValueError for what no verifier would accept.
    """
    seconds = int(lifetime.total_seconds())
    if epoch.use is not KeyUse.PAPER or not 0 < seconds <= LONGEST_PAPER_SECONDS or not is_province(issuer):
        raise ValueError("not a paper code that verifiers accept: look at key use, issuer and lifetime")
    issued = int(to_seconds(now))
    random = os.urandom(RANDOM_BYTES + NONCE_BYTES)
    cti = epoch.handles.seal(subject_no, random[:RANDOM_BYTES]) + random[RANDOM_BYTES:]
    fields = (
        epoch.kid, issuer.encode("ascii"), issued + seconds, issued, cti, KIND_NUMBERS[kind], status.list_no,
        status.index,
    )  # fmt: skip
    code = pack_unsigned(PAPER, PAPER_BETWEEN, fields)
    signature = epoch.sign(paper_signed_part(code))
    return MintedCode(
        text=PAPER_PREFIX + base45.encode(code[: -len(signature)] + signature),
        issued_at=to_datetime(issued),
        expires_at=to_datetime(issued + seconds),
        refresh_after=to_datetime(issued + seconds * 11 // 12),
    )


def verify_paper(text: str, trust: TrustList, now: datetime) -> VerifiedCode:
    """The claims, or CodeRefusedError with the slug of the first check that fails, in the order of `verify`.

    Whether it was reported lost, its `status` says: that is the caller's to look up.
    """
    moment = to_seconds(now)
    raw = read_text(text, PAPER_PREFIX)
    if len(raw) != PAPER.size:
        raise explain_paper(raw, trust)
    parts = PAPER.unpack(raw)
    if parts[0:17:2] != PAPER_BETWEEN:
        raise explain_paper(raw, trust)
    kid, issuer, expires, issued, cti, number, list_no, index = parts[1:17:2]
    r, s = parts[17:]
    kind = KINDS_BY_NUMBER.get(number)
    if kind is None or not issuer.isdigit() or expires <= issued:
        raise CodeRefusedError("code-malformed", "The code's claims make no sense.")
    province = issuer.decode("ascii")
    keys = trust.find(KeyUse.PAPER, kid)
    require_signature(keys, province, issued, signature=to_der(r, s), signed=paper_signed_part(raw))
    code = VerifiedCode(
        province, kind, cti, to_datetime(issued), to_datetime(expires), kid, KeyUse.PAPER,
        StatusReference(list_no, index),
    )  # fmt: skip
    if issued > moment + SKEW_SECONDS:
        raise CodeRefusedError("code-not-yet-valid", "The code is from the future.", code)
    if expires <= moment:
        raise CodeRefusedError("code-expired", "The paper code has expired: it can be printed anew.", code)
    if expires - issued > LONGEST_PAPER_SECONDS:
        raise CodeRefusedError("code-lifetime-excessive", "The code claims too long a life.", code)
    return code
