"""The whole path with people who can be told apart: nothing of theirs is in a log or, in the clear, in the database."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import httpx
import msgspec

from app.demo import invent_people
from app.development.mini_programs import CALLBACK_AES_KEY, CALLBACK_TOKEN, WECHAT_APP_ID
from app.development.platform_pushes import WeChatPusher
from app.development.wechat import invent_user
from app.embedded import find_running_servers
from tests.app.staff.harness import code_at
from tests.journeys.conftest import Crowd
from tests.journeys.harness import issue_code, log_in
from tests.journeys.places import PLACE, check_memory, dump_valkey, list_forms, report_everywhere

_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""


async def walk_the_path(demo: dict[str, object]) -> list[str]:
    """Logs in, is refused, scans, disputes and locks; answers every secret that was seen on the way."""
    residents, gate = demo["residents"], demo["scanner"]
    assert isinstance(residents, list)
    assert isinstance(gate, dict)
    async with httpx.AsyncClient(base_url=str(demo["url"]), timeout=60) as client:
        session = await log_in(client, residents[0])
        me = {"Authorization": f"Bearer {session['access_token']}"}
        await report_everywhere(client, session["access_token"])
        code = await issue_code(client, session["access_token"])
        scanner = {"Authorization": f"Bearer {gate['credential']}"}
        for _ in range(2):
            await client.post("/v1/scans", json={"code": code}, headers=scanner)
        await client.post("/v1/scans", json={"code": "SX1:" + code[4:].replace("A", "B", 1)}, headers=scanner)
        await client.post("/v1/sessions/refresh", json={"refresh_token": session["refresh_token"] + "x"})
        access = (await client.get("/v1/me/accesses", headers=me)).json()["items"][0]["id"]
        words = {"reason": "这不是我 王小明"}
        assert (await client.post(f"/v1/me/accesses/{access}/dispute", json=words, headers=me)).status_code == 204
        assert (await client.post("/v1/me/lock", headers=me)).status_code == 204
    return [
        session["otp"],
        session["access_token"],
        session["refresh_token"],
        gate["credential"],
        code,
        code[4:],
        words["reason"],
    ]


async def come_by_wechat(demo: dict[str, object]) -> list[str]:
    """Logs somebody in by a mini-program, lets WeChat push of them, and answers what was seen of them."""
    pusher = WeChatPusher(WECHAT_APP_ID, CALLBACK_TOKEN, CALLBACK_AES_KEY)
    known = invent_user(WECHAT_APP_ID, "来自小程序的小方")
    async with httpx.AsyncClient(base_url=str(demo["url"]), timeout=60) as client:
        asked = {"platform": "wechat", "user": "来自小程序的小方"}
        made = (await client.post("/v1/development/mini-program-codes", json=asked)).json()
        grant = {"grant": "wechat", "app_id": made["app_id"], "code": made["code"], "installation_id": str(uuid4())}
        for status in (201, 401):
            assert (await client.post("/v1/sessions", json=grant)).status_code == status
        event = {"MsgType": "event", "Event": "user_authorization_revoke", "OpenID": known.open_id}
        query, body = pusher.push(event, datetime.now(UTC))
        pushed = await client.post(f"/v1/callbacks/wechat/{WECHAT_APP_ID}", params=query, content=body)
        assert pushed.text == "success"
    return [made["code"], made["phone_code"], known.open_id, known.union_id, known.phone]


async def look_from_the_desk(demo: dict[str, object]) -> list[str]:
    """An operator looks for a resident with a second factor and a reason; answers what was said and shown."""
    residents, operator = demo["residents"], demo["operator"]
    assert isinstance(residents, list)
    assert isinstance(operator, dict)
    async with httpx.AsyncClient(base_url=str(demo["url"]), timeout=60) as client:
        session = await log_in(client, operator)
        desk = {"Authorization": f"Bearer {session['access_token']}"}
        made = (await client.post("/v1/staff/factors/totp", json={}, headers=desk)).json()
        shown = {"totp": code_at(made["secret"], datetime.now(UTC))}
        confirmed = await client.post(f"/v1/staff/factors/totp/{made['id']}/confirm", json=shown, headers=desk)
        codes = confirmed.json()["recovery_codes"]
        opened = await client.post("/v1/staff/sessions", json={"recovery_code": codes[0]}, headers=desk)
        staff = {"Authorization": f"Bearer {opened.json()['access_token']}"}
        asked = {"phone": residents[1]["phone"], "reason": "李静怡来电称手机丢失", "case_reference": "热线 2026-17"}
        found = await client.post("/v1/desk/residents/search", json=asked, headers=staff)
        assert found.status_code == 200, found.text
    plain = [code.replace("-", "") for code in codes]
    return [made["secret"], *codes, *plain, asked["reason"], asked["case_reference"], opened.json()["refresh_token"]]


async def dump(url: str) -> bytes:
    """Every row of every table, as COPY writes it."""
    connection = await asyncpg.connect(url)
    parts: list[bytes] = []

    async def keep(data: bytes) -> None:
        parts.append(data)

    try:
        for row in await connection.fetch(_TABLES):
            await connection.copy_from_query(f"SELECT * FROM {row[0]}", output=keep)
    finally:
        await connection.close()
    return b"".join(parts)


def forms_of(secret: str) -> set[bytes]:
    """As it is, in hexadecimal as COPY shows bytes, in Base64, and escaped as JSON may have it."""
    raw = secret.encode()
    return {
        raw,
        raw.hex().encode(),
        base64.b64encode(raw)[: len(raw) // 3 * 4],
        json.dumps(secret).strip('"').encode(),
    }


async def test_nothing_personal_is_logged_or_stored_in_the_clear(crowd: Crowd) -> None:
    demo = crowd.demo
    seen = [*await walk_the_path(demo), *await come_by_wechat(demo), *await look_from_the_desk(demo)]
    servers = find_running_servers(crowd.data)
    assert servers is not None
    stored = await dump(servers.database_url)
    remembered = await dump_valkey(servers.redis_url)
    await check_memory(servers.redis_url, state_kept=30 * 86400, trace_kept=1800)
    people = invent_people(demo["province"])
    personal = [part for person in people for part in (person.phone, person.phone[3:], person.name, person.id_number)]
    assert b"request.answered" in crowd.read_logs()
    assert b"code.scanned" in stored
    secrets = {form for secret in [*personal, *(one for one in seen if len(one) > 6)] for form in forms_of(secret)}
    assert [one for one in secrets if one in stored] == [], "the database has them"
    assert b"roaming:{" in remembered
    assert not any(form in stored + remembered for form in list_forms()), "a position is kept"
    crowd.forbid({*secrets, f'"{seen[0]}"'.encode(), *list_forms()})


def test_a_position_would_be_found() -> None:
    kept = [str(PLACE).encode(), msgspec.msgpack.encode(PLACE), msgspec.msgpack.encode(PLACE).hex().encode()]
    assert all(any(form in one for form in list_forms()) for one in kept)
    assert not any(form in b"121.49, 31.24" for form in list_forms())
