"""Service codes: minted, verified, drawn; with keys, handles and trust lists. Pure: no database, no network, no clock.

A gate vendor needs `read_trust_list` and `verify` alone; docs/codes.md has the format byte by byte.
"""

from __future__ import annotations

from codes.drawing import qr_matrix, to_png, to_svg
from codes.errors import CodeError, CodeRefusedError, KeyRingError, TrustListError
from codes.keyring import KeyRing, create_key_ring
from codes.keys import Epoch
from codes.minting import mint
from codes.model import KeyUse, Kind, MintedCode, VerifiedCode
from codes.trust import TrustList, next_sequence, read_trust_list, sign_trust_list
from codes.verifying import verify

__all__ = [
    "CodeError",
    "CodeRefusedError",
    "Epoch",
    "KeyRing",
    "KeyRingError",
    "KeyUse",
    "Kind",
    "MintedCode",
    "TrustList",
    "TrustListError",
    "VerifiedCode",
    "create_key_ring",
    "mint",
    "next_sequence",
    "qr_matrix",
    "read_trust_list",
    "sign_trust_list",
    "to_png",
    "to_svg",
    "verify",
]
