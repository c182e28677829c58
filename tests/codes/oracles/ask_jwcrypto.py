"""jwcrypto: verifies [{jws}] by the key of its first certificate. Answers the payload, or {"refused"}."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from jwcrypto import jwk, jws  # type: ignore[import-untyped]  # an oracle's, in an environment of its own
from jwcrypto.common import JWException  # type: ignore[import-untyped]  # likewise


def answer(question: dict[str, Any]) -> object:
    token = jws.JWS()
    try:
        token.deserialize(question["jws"])
        leaf = x509.load_der_x509_certificate(base64.b64decode(token.jose_header["x5c"][0]))
        pem = leaf.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        token.allowed_algs = ["ES256"]
        token.verify(jwk.JWK.from_pem(pem))
    except (JWException, ValueError) as error:
        return {"refused": str(error)}
    return json.loads(token.payload)


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
