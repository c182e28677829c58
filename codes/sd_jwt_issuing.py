"""Issuing a credential of a licence (SD-JWT VC): each field by itself, for one key, to be shown once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from codes import base64url
from codes.keys import Epoch, jwk_of, public_key_of
from codes.model import LONGEST_CREDENTIAL_SECONDS, KeyUse, to_seconds
from codes.sd_jwt import (
    ALGORITHM_NAME,
    CREDENTIAL_TYPE,
    DIGESTS,
    ELEMENT,
    HASH_NAME,
    MOST_DISCLOSURES,
    PROTOCOL_CLAIMS,
    SHA_256,
    CredentialStatus,
    digest_of,
    encode_json,
    to_signed,
)
from codes.trust import TrustList

_SALT_BYTES, _DIGEST_BYTES = 16, 32
_FEWEST_DECOYS, _DIGESTS_TOGETHER = 2, 8
_HOUR = 3600
_NO_CLAIMS: Mapping[str, Any] = MappingProxyType({})


def issue_credential(
    epoch: Epoch,
    *,
    issuer: str,
    vct: str,
    fields: Mapping[str, str],
    holder_key: Mapping[str, Any],
    status: CredentialStatus | None,
    now: datetime,
    expires_at: datetime,
    plain: Mapping[str, Any] = _NO_CLAIMS,
) -> str:
    """A credential with all its disclosures: each of `fields` can be hidden, `plain` and the rest is always seen.

    `issuer` and `vct` are addresses; `holder_key` is a P-256 JWK, one for each showing. Its time of issue is the hour's
    beginning, so that credentials of one batch cannot be told from others'; `expires_at` is best as even
    (`even_out`). Raises ValueError for what no verifier would accept.
    """
    issued = _even_issue(epoch, now)
    expires = int(to_seconds(expires_at))
    _require_sensible(epoch, fields, plain, seconds=expires - int(to_seconds(now)))
    disclosures = {_disclose(name, value) for name, value in fields.items()}
    claims: dict[str, object] = {
        **plain,
        "iss": issuer,
        "vct": vct,
        "iat": issued,
        "exp": expires,
        "cnf": {"jwk": _read_key(holder_key)},
        **({"status": {"status_list": {"idx": status.index, "uri": status.uri}}} if status else {}),
        HASH_NAME: SHA_256,
        DIGESTS: _hide(disclosures),
    }
    header = {"alg": ALGORITHM_NAME, "kid": epoch.kid.hex(), "typ": CREDENTIAL_TYPE}
    signed = to_signed(header, claims)
    return "~".join((f"{signed}.{base64url.encode(epoch.sign(signed.encode()))}", *disclosures, ""))


def even_out(expires_at: datetime) -> datetime:
    """The hour that has begun by then: so many credentials end then that it tells none of them apart."""
    return expires_at.replace(minute=0, second=0, microsecond=0)


def list_licence_jwks(trust: TrustList, province: str) -> list[dict[str, str]]:
    """The JWK set that foreign verifiers need of this province (RFC 7517, section 5): its keys that vouch for licences.

    By the trust list, which names the keys of each of the province's servers.
    """
    return [
        {**jwk_of(key.public_key), "kid": key.kid.hex(), "alg": ALGORITHM_NAME, "use": "sig"}
        for keys in trust.keys[KeyUse.LICENCE].values()
        for key in keys
        if key.province == province
    ]


def _require_sensible(epoch: Epoch, fields: Mapping[str, str], plain: Mapping[str, Any], *, seconds: int) -> None:
    if epoch.use is not KeyUse.LICENCE or not 0 < seconds <= LONGEST_CREDENTIAL_SECONDS:
        raise ValueError("not a credential that verifiers accept: look at key use and lifetime")
    reserved, names = PROTOCOL_CLAIMS | {DIGESTS, ELEMENT}, fields.keys() | plain.keys()
    if len(fields) > MOST_DISCLOSURES or names & reserved or fields.keys() & plain.keys():
        raise ValueError("too many fields, or names that mean something else in a credential")


def _even_issue(epoch: Epoch, now: datetime) -> int:
    """The hour's beginning, or the key's where that is younger: before it, nothing by it is believed."""
    seconds = int(to_seconds(now))
    return max(seconds - seconds % _HOUR, min(seconds, int(epoch.created_at.timestamp())))


def _read_key(jwk: Mapping[str, Any]) -> dict[str, str]:
    """Its public members alone, whatever was handed in beside them."""
    try:
        return jwk_of(public_key_of(jwk))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a P-256 key") from error


def _disclose(name: str, value: str) -> str:
    return encode_json([base64url.encode(os.urandom(_SALT_BYTES)), name, value])


def _hide(disclosures: set[str]) -> list[str]:
    """Their digests among decoys, in an order that says nothing (RFC 9901, section 4.2.4.1).

    At least two decoys, up to a multiple of eight: a licence that has a field more than others looks like them.
    """
    count = len(disclosures) + _FEWEST_DECOYS
    decoys = -count % _DIGESTS_TOGETHER + _FEWEST_DECOYS
    digests = [digest_of(disclosure) for disclosure in disclosures]
    return sorted(digests + [base64url.encode(os.urandom(_DIGEST_BYTES)) for _ in range(decoys)])
