"""Credentials against the reference implementation of SD-JWT in Python: verifying what was presented, and issuing."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]  # a peer's
from sd_jwt.common import SDObj  # type: ignore[import-untyped]  # a peer's
from sd_jwt.issuer import SDJWTIssuer  # type: ignore[import-untyped]  # a peer's
from sd_jwt.verifier import SDJWTVerifier  # type: ignore[import-untyped]  # a peer's

from bench import Ratio
from bench.timing import time_in_turns
from codes import (
    CredentialStatus,
    HolderKey,
    KeyUse,
    base64url,
    create_key_ring,
    even_out,
    find_licence_keys,
    issue_credential,
    list_licence_jwks,
    present,
    read_trust_list,
    sign_trust_list,
    verify_presentation,
)
from codes.keys import CURVE, jwk_of

_ROUNDS, _CALLS = 300, 5
_ISSUER, _AUDIENCE, _NONCE = "https://suixing.example", "https://hotel.example", "n-0123456789abcdef"
_VCT = f"{_ISSUER}/licences/resident-identity-card"
_STATUS = CredentialStatus(f"{_ISSUER}/v1/status-lists/3", 70_000)
_FIELDS = {
    "name": "陈新", "sex": "女", "ethnicity": "汉", "birth_date": "1949-12-31", "address": "上海市静安区延安西路 1 号",
    "id_number": "11010519491231002X", "issuing_authority": "上海市公安局静安分局", "photo": "A" * 24_000,
}  # fmt: skip
_ASKED = ("name", "id_number", "photo")
"""What a hotel's desk asks for."""


def run() -> list[Ratio]:
    """The peer looks at neither times nor statuses, and takes what ours refuses."""
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="sx-bench-") as folder:
        ring = create_key_ring(Path(folder) / "keys", "31", now, development=True)
    epoch = ring.current(KeyUse.LICENCE, now)
    trust = read_trust_list(sign_trust_list(ring, sequence=1, now=now, lifetime=timedelta(days=1)), now=now)
    find_keys, holder = find_licence_keys(trust, {_ISSUER: "31"}), HolderKey.create()
    expires_at = even_out(now + timedelta(days=14))
    peers_key = JWK.from_json(json.dumps(list_licence_jwks(trust, "31")[0]))

    def issue() -> str:
        return issue_credential(
            epoch, issuer=_ISSUER, vct=_VCT, fields=_FIELDS, holder_key=holder.jwk, status=_STATUS, now=now,
            expires_at=expires_at,
        )  # fmt: skip

    text = present(issue(), _ASKED, holder=holder, nonce=_NONCE, audience=_AUDIENCE, now=now)

    def verify() -> object:
        return verify_presentation(
            text, find_keys=find_keys, nonce=_NONCE, audience=_AUDIENCE, now=now, max_age=timedelta(minutes=1)
        ).fields

    def verify_there() -> object:
        return SDJWTVerifier(text, lambda *_: peers_key, _AUDIENCE, _NONCE).get_verified_payload()

    return [
        _compare("presentation: verify / sd-jwt's own", verify, verify_there, 0.7),
        _compare("credential: issue / sd-jwt's own", issue, _issuing_there(holder, expires_at), 0.7),
    ]


def _issuing_there(holder: HolderKey, expires_at: datetime) -> Callable[[], object]:
    """The same credential by the peer, with decoys."""
    key = ec.generate_private_key(CURVE)
    secret = base64url.encode(key.private_numbers().private_value.to_bytes(32, "big"))
    issuer, confirmed = (
        JWK.from_json(json.dumps(one)) for one in ({**jwk_of(key.public_key()), "d": secret}, dict(holder.jwk))
    )
    status = {"status_list": {"idx": _STATUS.index, "uri": _STATUS.uri}}
    claims = {"iss": _ISSUER, "vct": _VCT, "iat": 0, "exp": int(expires_at.timestamp()), "status": status}
    claims |= {SDObj(name): value for name, value in _FIELDS.items()}
    header = {"typ": "dc+sd-jwt", "kid": "00000000"}
    return lambda: SDJWTIssuer(claims, issuer, confirmed, add_decoy_claims=True, extra_header_parameters=header)


def _compare(name: str, ours: Callable[[], object], peer: Callable[[], object], target: float) -> Ratio:
    """As speeds: how many a second of each."""
    mine, others = (1 / seconds for seconds in time_in_turns([ours, peer], rounds=_ROUNDS, calls=_CALLS))
    note = "eight fields, a photo of 24 kB among the three that are shown; one processor"
    return Ratio(
        name=name, ours=mine, peer=others, ratio=mine / others, target=target, better="higher", unit="1/s", note=note
    )
