"""An access token outlives its session by a moment, in which another process still takes it: what that moment is not
good for.
"""

from __future__ import annotations

import httpx
import pytest

from app.people.endings import EndedSessions
from tests.api.claimants import Town, Visitor, answer_of
from tests.api.harness import invent_phone
from tests.harness.identity import invent_id_number

_OVER = "session-expired"


@pytest.fixture
async def outlived(town: Town, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Visitor]:
    """A phone, and whoever else came in by it, whose sessions ended when its owner proved who they are."""
    phone = invent_phone()
    stranger = await town.open(await town.otp(phone))
    owner = await town.open(await town.otp(phone))
    assert (await town.prove_by_face(owner, invent_id_number(age=30))).status_code == 200
    monkeypatch.setattr(EndedSessions, "__contains__", lambda *_: False)  # as a process that has not heard of it yet
    return phone, stranger


async def test_it_exports_nothing_of_whom_the_account_has_just_become(
    town: Town, outlived: tuple[str, Visitor]
) -> None:
    answer = await town.api.get("/v1/me/export", by=outlived[1])
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer_of(answer) == _OVER


@pytest.mark.parametrize("kind", ["identity", "masked-name"])
async def test_it_takes_no_consent_back(town: Town, outlived: tuple[str, Visitor], kind: str) -> None:
    stranger = outlived[1]
    assert answer_of(await town.api.delete(f"/v1/me/consents/{kind}", by=stranger)) == _OVER
    verified = "SELECT verified_at IS NOT NULL FROM residents WHERE resident_id = $1"
    assert await town.api.services.pool.fetchval(verified, stranger.resident_id)


async def test_it_gives_no_consent(town: Town, outlived: tuple[str, Visitor]) -> None:
    given = await town.api.call("PUT", "/v1/me/consents/location", by=outlived[1], json={"version": 2})
    assert answer_of(given) == _OVER


async def test_it_deletes_no_account(town: Town, outlived: tuple[str, Visitor]) -> None:
    phone, stranger = outlived
    answer = await _delete(town, stranger, await town.otp(phone))
    assert answer_of(answer) == _OVER
    asked = "SELECT count(*) FROM deletions WHERE resident_id = $1"
    assert await town.api.services.pool.fetchval(asked, stranger.resident_id) == 0


async def _delete(town: Town, by: Visitor, proof: dict[str, str]) -> httpx.Response:
    return await town.api.post("/v1/me/deletion", by=by, json={"confirmation": "delete-my-account", "proof": proof})
