"""google-auth makes an assertion of a service account, and reads ours."""

from __future__ import annotations

import json
import sys
from typing import Any

from google.auth import jwt  # type: ignore[import-not-found,import-untyped,unused-ignore]  # of the oracles
from google.oauth2 import service_account  # type: ignore[import-not-found,import-untyped,unused-ignore]  # likewise


def answer(question: dict[str, Any]) -> dict[str, Any]:
    credentials = service_account.Credentials.from_service_account_info(
        question["information"], scopes=[question["scope"]]
    )
    assertion = credentials._make_authorization_grant_assertion()
    header, claims, _, _ = jwt._unverified_decode(assertion)
    read = jwt.decode(question["ours"], certs=question["public"], clock_skew_in_seconds=60)
    return {"header": dict(header), "claims": dict(claims), "read": dict(read)}


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
