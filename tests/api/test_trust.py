"""The trust list as gates and other provinces fetch it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from api.services import now
from app.recognition import publishing
from app.recognition.publishing import publish_trust_list
from app.settings import Settings
from codes import KeyUse, read_trust_list
from tests.api.harness import Api, running_api


async def test_the_list_descends_from_the_root(api: Api) -> None:
    response = await api.get("/v1/trust-list")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/jose")
    assert response.headers["cache-control"] == "public, max-age=60"
    held = read_trust_list(response.text, root_fingerprint=api.services.ring.root_fingerprint, now=now())
    assert response.headers["etag"] == f'"{held.sequence}"'
    assert held.find(KeyUse.CODE, api.services.ring.current(KeyUse.CODE, now()).kid)


@pytest.mark.parametrize("tag", ["{etag}", "W/{etag}", '"0", {etag}', "*", '"x",{etag} ,"y"'])
async def test_a_list_that_is_held_is_not_sent_again(api: Api, tag: str) -> None:
    etag = (await api.get("/v1/trust-list")).headers["etag"]
    response = await api.get("/v1/trust-list", headers={"If-None-Match": tag.format(etag=etag)})
    assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", etag)


@pytest.mark.parametrize("tag", ['"0"', "x", "", '"', "W/"])
async def test_another_list_is_sent(api: Api, tag: str) -> None:
    response = await api.get("/v1/trust-list", headers={"If-None-Match": tag})
    assert (response.status_code, len(response.content) > 100) == (200, True)


async def test_a_new_list_is_held_by_every_process(api: Api, roomy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_HELD_SECONDS", 0.1)
    async with running_api(roomy) as other:
        before = other.services.trust.current.sequence
        # A lifetime twice as long makes the list that is held due at once.
        published = await publish_trust_list(
            api.services.pool, api.services.ring, lifetime=timedelta(days=3), now=now()
        )
        assert published
        async with asyncio.timeout(10):
            while other.services.trust.current.sequence == before:  # noqa: ASYNC110  nobody tells
                await asyncio.sleep(0.1)
        assert other.services.trust.current.sequence > before
