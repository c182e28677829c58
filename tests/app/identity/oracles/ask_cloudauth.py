"""The official SDK of Alibaba Cloud's ID Verification: asks [{host, key_id, secret, method, parameters}]."""

from __future__ import annotations

import json
import sys
from typing import Any

from alibabacloud_cloudauth20190307 import models  # type: ignore[import-not-found]  # an oracle's
from alibabacloud_cloudauth20190307.client import Client  # type: ignore[import-not-found]  # likewise
from alibabacloud_tea_openapi.models import Config  # type: ignore[import-not-found]  # likewise

_REQUESTS = {
    "init_face_verify": models.InitFaceVerifyRequest,
    "describe_face_verify": models.DescribeFaceVerifyRequest,
    "mobile_3meta_detail_verify": models.Mobile3MetaDetailVerifyRequest,
}


def answer(question: dict[str, Any]) -> object:
    config = Config(
        access_key_id=question["key_id"],
        access_key_secret=question["secret"],
        protocol="HTTP",
        endpoint=question["host"],
    )
    request = _REQUESTS[question["method"]](**question["parameters"])
    return getattr(Client(config), question["method"])(request).body.to_map()


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
