"""Alipay's own SDK: signs [{parameters, private_key}], verifies [{content, sign, public_key}], asks a gateway for the
login of a code [{gateway, app_id, private_key, public_key, code}]; private keys are PKCS #1.
"""

from __future__ import annotations

import json
import os
import sys
import time
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig  # type: ignore[import-not-found]  # an oracle's
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient  # type: ignore[import-not-found]  # likewise
from alipay.aop.api.exception.Exception import ResponseException  # type: ignore[import-not-found]  # likewise
from alipay.aop.api.request.AlipaySystemOauthTokenRequest import (  # type: ignore[import-not-found]  # likewise
    AlipaySystemOauthTokenRequest,
)
from alipay.aop.api.util import WebUtils  # type: ignore[import-not-found]  # likewise
from alipay.aop.api.util.SignatureUtils import (  # type: ignore[import-not-found]  # likewise
    get_sign_content,
    sign_with_rsa2,
    verify_with_rsa,
)


def answer(question: dict[str, Any]) -> object:
    if "parameters" in question:
        content = get_sign_content(question["parameters"])
        return {"content": content, "sign": sign_with_rsa2(question["private_key"], content, "utf-8")}
    return exchange(question) if "gateway" in question else verify(question)


def verify(question: dict[str, Any]) -> object:
    try:
        return verify_with_rsa(question["public_key"], question["content"].encode(), question["sign"])
    except Exception:  # noqa: BLE001  it raises whatever the library beneath does
        return False


def exchange(question: dict[str, Any]) -> object:
    config = AlipayClientConfig()
    config.server_url = question["gateway"]
    config.app_id = question["app_id"]
    config.app_private_key = question["private_key"]
    config.alipay_public_key = question["public_key"]
    request = AlipaySystemOauthTokenRequest()
    request.grant_type = "authorization_code"
    request.code = question["code"]
    try:
        return json.loads(DefaultAlipayClient(config).execute(request))
    except ResponseException as error:
        return {"refused": str(error)}


def connect(url: str, query: str, timeout: float) -> tuple[str, HTTPConnection]:
    """The SDK's own cannot ask a port other than 80 and 443."""
    parts = urlsplit(url)
    return f"{parts.path}?{query}", HTTPConnection(parts.netloc, timeout=timeout)


WebUtils.get_http_connection = connect
os.environ["TZ"] = "Asia/Shanghai"  # it writes the machine's time as if that were China's
time.tzset()
json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
