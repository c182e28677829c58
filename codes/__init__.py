"""Service codes: minted, verified, drawn; with keys, handles and trust lists. Pure: no database, no network, no clock.

A gate vendor needs `read_trust_list` and `verify_any`, `takes_form` for what its purpose takes, and for what lives long
`read_status_jwt` and `apply_status_delta`; docs/codes.md has the formats byte by byte.
"""

from __future__ import annotations

from codes.checking import verify_any
from codes.drawing import long_qr_matrix, qr_matrix, to_png, to_svg
from codes.errors import (
    CodeError,
    CodeRefusedError,
    CopyRefusedError,
    KeyRingError,
    StatusListError,
    TrustListError,
)
from codes.forms import FORMS, takes_form
from codes.keyring import KeyRing, create_key_ring
from codes.keys import Epoch
from codes.licence import mint_licence, verify_licence
from codes.licence_copy import CopyClaims, read_copy, sign_copy
from codes.minting import mint
from codes.model import KeyUse, Kind, MintedCode, StatusReference, VerifiedCode
from codes.paper import mint_paper
from codes.phone import IssuedCertificate, certify_phone_key
from codes.status import StatusList, pack_bits, read_status_cwt, read_status_jwt, sign_status_cwt, sign_status_jwt
from codes.status_delta import DELTA_TYPE, apply_status_delta, digest_bits, sign_status_delta
from codes.trust import TrustList, carry_over, next_sequence, read_trust_list, sign_trust_list
from codes.verifying import verify

__all__ = [
    "DELTA_TYPE",
    "FORMS",
    "CodeError",
    "CodeRefusedError",
    "CopyClaims",
    "CopyRefusedError",
    "Epoch",
    "IssuedCertificate",
    "KeyRing",
    "KeyRingError",
    "KeyUse",
    "Kind",
    "MintedCode",
    "StatusList",
    "StatusListError",
    "StatusReference",
    "TrustList",
    "TrustListError",
    "VerifiedCode",
    "apply_status_delta",
    "carry_over",
    "certify_phone_key",
    "create_key_ring",
    "digest_bits",
    "long_qr_matrix",
    "mint",
    "mint_licence",
    "mint_paper",
    "next_sequence",
    "pack_bits",
    "qr_matrix",
    "read_copy",
    "read_status_cwt",
    "read_status_jwt",
    "read_trust_list",
    "sign_copy",
    "sign_status_cwt",
    "sign_status_delta",
    "sign_status_jwt",
    "sign_trust_list",
    "takes_form",
    "to_png",
    "to_svg",
    "verify",
    "verify_any",
    "verify_licence",
]
