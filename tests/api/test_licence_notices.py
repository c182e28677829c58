"""Notices of registries over HTTP: taken without a word of who holds what, refused where they are forged or late."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
import msgspec

from api.services import now
from app.development.licence_book import KEY, REQUESTER
from app.identity.calling import to_milliseconds
from app.licences.noticing import OPERATION, LicenceNotice
from app.licences.registry import sign
from tests.api.harness import Api, Session, slug_of
from tests.harness.licences import hold_licence

PATH = "/v1/callbacks/licence-registries/traffic"


async def send(api: Api, identifier: str, *, key: str = KEY, at: datetime | None = None) -> httpx.Response:
    body, moment = msgspec.json.encode(LicenceNotice(identifier, now())), to_milliseconds(at or now())
    headers = {
        "content-type": "application/json",
        "x-registry-requester": REQUESTER,
        "x-registry-time": moment,
        "x-registry-signature": sign(key, OPERATION, REQUESTER, moment, body),
    }
    return await api.post(PATH, content=body, headers=headers)


async def test_a_notice_makes_its_holder_due_and_says_nothing(api: Api, resident: Session) -> None:
    services, holder_id = api.services, resident.person.resident_id
    await hold_licence(services.pool, services.vault, holder_id)
    identifier = "1.2.156.3005.2.11310000000000000X001.11310000000000000X.driving-licence.001.X"
    for named in (identifier, "1.2.156.3005.2.nobody"):
        response = await send(api, named)
        assert (response.status_code, response.content) == (204, b"")
    due_at = await services.pool.fetchval("SELECT sync_due_at FROM wallets WHERE holder_id = $1", holder_id)
    assert due_at is not None
    assert abs(due_at - now()) < timedelta(minutes=1)


async def test_a_notice_that_is_not_the_registrys_is_refused(api: Api) -> None:
    forged = await send(api, "one", key="a guess of sixteen")
    assert (forged.status_code, slug_of(forged)) == (403, "callback-signature-invalid")
    stale = await send(api, "one", at=now() - timedelta(minutes=6))
    assert slug_of(stale) == "callback-stale"
    bare = await api.post(PATH, content=b"{}")
    assert bare.status_code == 422
