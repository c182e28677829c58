"""The official SDK speaks to our stand-in as our client does, so that neither was written to please the other."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from app.development.identity_standing_in import IdentityStandIns, stand_in_cloud_auth_access
from app.identity.cloud_auth import CloudAuth
from app.settings import Settings
from tests.codes.oracles import ask_python
from tests.harness.answering import AnsweringServer, answering
from tests.harness.identity import now

_SCRIPT = Path(__file__).parent / "oracles" / "ask_cloudauth.py"
NUMBER = "11010519491231002X"
PHONE = "13912345678"
FACE = {"name": "王小明", "id_number": NUMBER, "device": '{"x": "~ +&"}', "return_url": "https://example.org/?a=b&c=d"}


async def ask_by_sdk(server: AnsweringServer[IdentityStandIns], order: str, certify_id: str) -> list[Any]:
    access = stand_in_cloud_auth_access("")
    asked: dict[str, dict[str, Any]] = {
        "init_face_verify": {
            "scene_id": int(access.scene_id),
            "outer_order_no": order,
            "product_code": "ID_PRO",
            "cert_type": "IDENTITY_CARD",
            "cert_name": FACE["name"],
            "cert_no": NUMBER,
            "meta_info": FACE["device"],
            "return_url": FACE["return_url"],
            "model": "MULTI_ACTION",
        },
        "describe_face_verify": {"scene_id": int(access.scene_id), "certify_id": certify_id},
        "mobile_3meta_detail_verify": {
            "param_type": "normal",
            "identify_num": NUMBER,
            "user_name": FACE["name"],
            "mobile": PHONE,
        },
    }
    host = server.url.removeprefix("http://")
    account = {"host": host, "key_id": access.access_key_id, "secret": access.access_key_secret}
    questions = [{**account, "method": method, "parameters": parameters} for method, parameters in asked.items()]
    return await asyncio.to_thread(ask_python, _SCRIPT, questions)


async def test_the_official_sdk_asks_as_our_client_does(settings: Settings) -> None:
    stand_ins = IdentityStandIns(settings, settings.url, now)
    async with answering(stand_ins) as server:
        client = CloudAuth(stand_in_cloud_auth_access(server.url))
        order = uuid4().hex
        started = await client.start_face(order=order, **FACE, now=now())
        stand_ins.files.complete_face(started.certify_id, "pass")
        await client.describe_face(started.certify_id, now())
        await client.match_carrier(name=FACE["name"], id_number=NUMBER, phone=f"+86{PHONE}", now=now())
        await client.close()
        ours, server.requests[:] = list(server.requests), []

        answers = await ask_by_sdk(server, order, started.certify_id)
        assert [answer["Code"] for answer in answers] == ["401", "200", "200"]  # an order's number names one check
        assert answers[1]["ResultObject"]["Passed"] == "T"
        assert answers[2]["ResultObject"]["BizCode"] == "1"
        assert [_shape(target, headers) for target, headers in server.requests] == [
            _shape(target, headers) for target, headers in ours
        ]


def _shape(target: str, headers: dict[str, str]) -> tuple[object, ...]:
    """What decides how the service reads a request: its parameters, and what the body is."""
    _, _, query = target.partition("?")
    named = ("x-acs-action", "x-acs-version", "x-acs-content-sha256")
    return (
        parse_qsl(query, strict_parsing=True) if query else [],
        *(headers[name] for name in named),
        int(headers["content-length"]) > 0,
    )
