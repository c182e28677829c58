"""python-alipay-sdk: signs [{parameters, private_key, public_key}], verifies notifications [{form, …}], asks a gateway
for the login of a code [{gateway, code, …}].
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any
from urllib.parse import parse_qsl

from alipay import AliPay  # type: ignore[import-not-found]  # an oracle's, in an environment of its own
from alipay.exceptions import AliPayException  # type: ignore[import-not-found]  # likewise


def answer(question: dict[str, Any]) -> object:
    client = AliPay(
        appid=question.get("app_id", "2021000000000031"),
        app_private_key_string=question["private_key"],
        alipay_public_key_string=question["public_key"],
    )
    if "parameters" in question:
        return dict(parse_qsl(client.sign_data(question["parameters"])))["sign"]
    if "form" in question:
        form = dict(question["form"])
        return client.verify(form, form.pop("sign"))
    client._gateway = question["gateway"]  # it has no other way to ask elsewhere
    try:
        return client.server_api("alipay.system.oauth.token", grant_type="authorization_code", code=question["code"])
    except AliPayException as error:
        return {"refused": str(error)}


os.environ["TZ"] = "Asia/Shanghai"  # it writes the machine's time as if that were China's
time.tzset()
json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
