"""wechatpy: signs [{parts}], seals [{token, aes_key, app_id, text, nonce, timestamp}] as XML, and opens [{…, body}]."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from wechatpy.crypto import WeChatCrypto  # type: ignore[import-not-found]  # an oracle's, in an environment of its own
from wechatpy.utils import WeChatSigner  # type: ignore[import-not-found]  # likewise


def answer(question: dict[str, Any]) -> object:
    if "parts" in question:
        signer = WeChatSigner()
        signer.add_data(*question["parts"])
        return signer.signature
    crypto = WeChatCrypto(question["token"], question["aes_key"], question["app_id"])
    if "text" in question:
        sealed = crypto.encrypt_message(question["text"], question["nonce"], question["timestamp"])
        [signature] = re.findall(r"<MsgSignature><!\[CDATA\[(\w+)", sealed)
        return {"body": sealed, "signature": signature}
    try:
        body = json.loads(question["body"]) if question["body"].startswith("{") else question["body"]
        opened = crypto.decrypt_message(body, question["signature"], question["timestamp"], question["nonce"])
        return {"text": opened if isinstance(opened, str) else opened.decode()}
    except Exception as error:  # noqa: BLE001  whatever it is, it refuses
        return {"refused": type(error).__name__}


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
