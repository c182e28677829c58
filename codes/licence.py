"""A licence shown in hand (`SX4:`): a code of this minute that names, to its issuer alone, a person and one licence.

Signed by a key of its own use, so that no code lets anybody read a licence and no licence opens a gate. Both handles
are sealed anew for each showing: two showings of one licence share nothing.
"""

from __future__ import annotations

import os
from datetime import datetime

from codes import base45
from codes.errors import CodeRefusedError
from codes.explaining import explain_licence
from codes.handles import RANDOM_BYTES
from codes.keys import Epoch
from codes.licence_layout import LICENCE, LICENCE_BETWEEN, licence_signed_part
from codes.long_layout import pack_unsigned
from codes.model import (
    KIND_NUMBERS,
    KINDS_BY_NUMBER,
    LICENCE_PREFIX,
    LONGEST_LIFE_SECONDS,
    NONCE_BYTES,
    KeyUse,
    Kind,
    MintedCode,
    VerifiedCode,
    to_datetime,
    to_seconds,
)
from codes.provinces import is_province
from codes.reading import read_text
from codes.signatures import to_der
from codes.trust import TrustList
from codes.verifying import require_signature, require_time


def mint_licence(
    epoch: Epoch, *, issuer: str, subject_no: int, licence_no: int, kind: Kind, now: datetime, lifetime: int = 60
) -> MintedCode:
    """A showing of `licence_no` by `subject_no` (each below 2⁶⁴), good for `lifetime` seconds.

    Raises ValueError for what no verifier would accept.
    """
    if epoch.use is not KeyUse.LICENCE or not 0 < lifetime <= LONGEST_LIFE_SECONDS or not is_province(issuer):
        raise ValueError("not a licence that verifiers accept: look at key use, issuer and lifetime")
    issued = int(to_seconds(now))
    random = os.urandom(2 * RANDOM_BYTES + NONCE_BYTES)
    cti = epoch.handles.seal(subject_no, random[:RANDOM_BYTES]) + random[2 * RANDOM_BYTES :]
    licence = epoch.handles.seal(licence_no, random[RANDOM_BYTES : 2 * RANDOM_BYTES])
    fields = (epoch.kid, issuer.encode("ascii"), issued + lifetime, issued, cti, KIND_NUMBERS[kind], licence)
    code = pack_unsigned(LICENCE, LICENCE_BETWEEN, fields)
    signature = epoch.sign(licence_signed_part(code))
    return MintedCode(
        text=LICENCE_PREFIX + base45.encode(code[: -len(signature)] + signature),
        issued_at=to_datetime(issued),
        expires_at=to_datetime(issued + lifetime),
        refresh_after=to_datetime(issued + lifetime * 3 // 4),
    )


def verify_licence(text: str, trust: TrustList, now: datetime) -> VerifiedCode:
    """The claims, or CodeRefusedError with the slug of the first check that fails, in the order of `verify`.

    What stands in the licence, and whether it is good, its issuer says to whom it may (`requestPresentation`).
    """
    moment = to_seconds(now)
    raw = read_text(text, LICENCE_PREFIX)
    if len(raw) != LICENCE.size:
        raise explain_licence(raw, trust)
    parts = LICENCE.unpack(raw)
    if parts[0:15:2] != LICENCE_BETWEEN:
        raise explain_licence(raw, trust)
    kid, issuer, expires, issued, cti, number, licence = parts[1:15:2]
    r, s = parts[15:]
    kind = KINDS_BY_NUMBER.get(number)
    if kind is None or not issuer.isdigit() or expires <= issued:
        raise CodeRefusedError("code-malformed", "The code's claims make no sense.")
    province = issuer.decode("ascii")
    keys = trust.find(KeyUse.LICENCE, kid)
    require_signature(keys, province, issued, signature=to_der(r, s), signed=licence_signed_part(raw))
    code = VerifiedCode(
        province, kind, cti, to_datetime(issued), to_datetime(expires), kid, KeyUse.LICENCE, licence_handle=licence
    )
    require_time(code, issued, expires, moment)
    return code
