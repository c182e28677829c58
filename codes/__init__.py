"""Codes and credentials: made, verified, drawn; with keys, handles and trust lists. No database, network or clock.

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
    PresentationRefusedError,
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
from codes.sd_jwt import CredentialStatus
from codes.sd_jwt_issuing import even_out, issue_credential, list_licence_jwks
from codes.sd_jwt_presenting import HolderKey, present
from codes.sd_jwt_verifying import (
    ClaimedSigner,
    FindKeys,
    VerifiedPresentation,
    find_licence_keys,
    verify_presentation,
)
from codes.status import StatusList, pack_bits, read_status_cwt, read_status_jwt, sign_status_cwt, sign_status_jwt
from codes.status_delta import DELTA_TYPE, apply_status_delta, digest_bits, sign_status_delta
from codes.trust import TrustList, carry_over, next_sequence, read_trust_list, sign_trust_list
from codes.verifying import verify

__all__ = [
    "DELTA_TYPE",
    "FORMS",
    "ClaimedSigner",
    "CodeError",
    "CodeRefusedError",
    "CopyClaims",
    "CopyRefusedError",
    "CredentialStatus",
    "Epoch",
    "FindKeys",
    "HolderKey",
    "IssuedCertificate",
    "KeyRing",
    "KeyRingError",
    "KeyUse",
    "Kind",
    "MintedCode",
    "PresentationRefusedError",
    "StatusList",
    "StatusListError",
    "StatusReference",
    "TrustList",
    "TrustListError",
    "VerifiedCode",
    "VerifiedPresentation",
    "apply_status_delta",
    "carry_over",
    "certify_phone_key",
    "create_key_ring",
    "digest_bits",
    "even_out",
    "find_licence_keys",
    "issue_credential",
    "list_licence_jwks",
    "long_qr_matrix",
    "mint",
    "mint_licence",
    "mint_paper",
    "next_sequence",
    "pack_bits",
    "present",
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
    "verify_presentation",
]
