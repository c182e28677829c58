"""What stand-ins of Alibaba Cloud's services demand of a request before they look at what it asks.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from urllib.parse import parse_qsl

from push import acs3

TIMESTAMP_SPAN = timedelta(minutes=15)
_AUTHORIZATION = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})")


class AcsRefusedError(Exception):
    """A request that the real service would answer with this code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


def refuse(status: int, code: str) -> NoReturn:
    """Answers as the real service would."""
    raise AcsRefusedError(status, code)


class AcsDoor:
    """Lets signed requests for known actions through, each nonce once."""

    def __init__(
        self,
        *,
        actions: Collection[str],
        version: str,
        access_key_id: str,
        access_key_secret: str,
        now: Callable[[], datetime],
    ) -> None:
        self._actions = actions
        self._version = version
        self._key_id = access_key_id
        self._secret = access_key_secret
        self._now = now
        self._nonces: dict[str, datetime] = {}

    def open(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        """The parameters in the query of a good request; raises AcsRefusedError for any other."""
        if method != "POST":
            refuse(405, "UnsupportedHTTPMethod")
        if headers.get("x-acs-action") not in self._actions:
            refuse(404, "InvalidAction.NotFound")
        if headers.get("x-acs-version") != self._version:
            refuse(400, "InvalidVersion")
        if "authorization" not in headers:
            refuse(400, "MissingAccessKeyId")
        signed = self._verify_credential(headers)
        parameters = read_pairs(query)
        expected = acs3.sign(method, path, acs3.write_query(parameters), signed, secret=self._secret)
        given = headers["authorization"].rpartition("=")[2]
        digest = hashlib.sha256(body).hexdigest()
        if not hmac.compare_digest(expected, given) or signed["x-acs-content-sha256"] != digest:
            refuse(400, "SignatureDoesNotMatch")
        self._claim_nonce(headers["x-acs-signature-nonce"], headers["x-acs-date"])
        return parameters

    def _verify_credential(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The signed headers; all that the service defines must be there and signed."""
        match = _AUTHORIZATION.fullmatch(headers["authorization"])
        if match is None:
            refuse(400, "IncompleteSignature")
        if match[1] != self._key_id:
            refuse(404, "InvalidAccessKeyId.NotFound")
        names = match[2].split(";")
        must = {name for name in headers if name.startswith("x-acs-")} | {
            "host",
            "x-acs-content-sha256",
            "x-acs-date",
            "x-acs-signature-nonce",
        }
        if names != sorted(set(names)) or not must <= set(names) or not set(names) <= set(headers):
            refuse(400, "IncompleteSignature")
        return {name: headers[name] for name in names}

    def _claim_nonce(self, nonce: str, date: str) -> None:
        now = self._now()
        try:
            at = datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            refuse(400, "InvalidTimeStamp.Format")
        if abs(now - at) > TIMESTAMP_SPAN:
            refuse(400, "InvalidTimeStamp.Expired")
        self._nonces = {n: t for n, t in self._nonces.items() if t > now - 2 * TIMESTAMP_SPAN}
        if nonce in self._nonces:
            refuse(400, "SignatureNonceUsed")
        self._nonces[nonce] = now


def read_pairs(text: str) -> dict[str, str]:
    """A query, or a form's body: each name once."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict") if text else []
    except ValueError:
        refuse(400, "InvalidParameter")
    if len({name for name, _ in pairs}) < len(pairs):
        refuse(400, "InvalidParameter")
    return dict(pairs)
