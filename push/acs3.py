"""Alibaba Cloud's request signature, version 3: ACS3-HMAC-SHA256.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"


def write_query(parameters: Mapping[str, str]) -> str:
    """The canonical query string, which is also the one to send: sorted, percent-encoded as RFC 3986 has it."""
    return "&".join(f"{_escape(name)}={_escape(value)}" for name, value in sorted(parameters.items()))


def write_headers(*, action: str, version: str, host: str, body: bytes, at: datetime, nonce: str) -> dict[str, str]:
    """The headers of a request that are to be signed."""
    return {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }


def sign(method: str, path: str, query: str, headers: Mapping[str, str], *, secret: str) -> str:
    """The signature over a canonical query and the headers, whose names are in lower case, as hexadecimal digits."""
    names = sorted(headers)
    request = "\n".join(
        (
            method,
            path,
            query,
            "".join(f"{name}:{headers[name].strip()}\n" for name in names),
            ";".join(names),
            headers["x-acs-content-sha256"],
        )
    )
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def authorize(key_id: str, headers: Mapping[str, str], signature: str) -> str:
    """The value of the Authorization header."""
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={';'.join(sorted(headers))},Signature={signature}"


def _escape(text: str) -> str:
    return quote(text, safe="-_.~")
