"""Locking an account ends every credential of it, wherever it is."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.services import now
from app.database import Connection
from app.people import store
from app.settings import Settings
from codes import KeyUse, Kind, mint
from tests.api.harness import Api, Gate, Session, issue_code, log_in, running_api, scan, slug_of, wait_refused
from tests.api.telling import list_topics


async def lock(api: Api, session: Session) -> None:
    response = await api.post("/v1/me/lock", by=session)
    assert (response.status_code, response.content) == (204, b"")


async def test_a_lock_ends_every_session(api: Api, resident: Session, newcomer: Session) -> None:
    await lock(api, resident)
    assert slug_of(await api.get("/v1/me", by=resident)) == "unauthenticated"
    for session in (resident, newcomer):
        refused = await api.post("/v1/sessions/refresh", json={"refresh_token": session.refresh_token})
        assert slug_of(refused) == "session-expired"


async def test_a_lock_is_known_in_another_process_within_seconds(
    api: Api, roomy: Settings, resident: Session, newcomer: Session
) -> None:
    async with running_api(roomy) as other:
        assert (await other.get("/v1/me", by=newcomer)).status_code == 200
        await lock(api, resident)
        assert slug_of(await wait_refused(other, newcomer)) == "unauthenticated"
        assert slug_of(await other.get("/v1/me", by=resident)) == "unauthenticated"


async def test_a_code_that_is_shown_is_good_no_more(api: Api, resident: Session, gate: Gate) -> None:
    code = await issue_code(api, resident)
    await lock(api, resident)
    refused = await scan(api, gate, code)
    assert (refused.status_code, slug_of(refused)) == (409, "code-revoked")


async def test_a_code_that_another_process_still_issued_is_no_good(
    api: Api, roomy: Settings, resident: Session, gate: Gate
) -> None:
    """Whoever holds the stolen phone may ask a process that has not heard of the lock yet."""
    async with running_api(roomy) as other:
        await lock(api, resident)
        codes = []
        async with asyncio.timeout(5):
            while (await other.get("/v1/me", by=resident)).status_code == 200:
                response = await other.post("/v1/codes", by=resident, json={"kind": "personal"})
                if response.status_code == 201:
                    codes.append(response.json()["code"])
                await asyncio.sleep(0.05)
    assert codes, "the other process knew at once: nothing was tried"
    assert {slug_of(await scan(api, gate, code)) for code in codes} == {"code-revoked"}


async def test_a_newcomer_may_lock(api: Api, resident: Session, newcomer: Session, gate: Gate) -> None:
    """Whoever lost a phone comes in on another; locking is the safe direction."""
    code = await issue_code(api, resident)
    await lock(api, newcomer)
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    refused = await api.post("/v1/sessions/refresh", json={"refresh_token": resident.refresh_token})
    assert slug_of(refused) == "session-expired"


async def test_a_lock_ends_the_trust_in_every_installation(api: Api, resident: Session, newcomer: Session) -> None:
    await api.post(f"/v1/me/installations/{newcomer.installation_id}/approve", by=resident)
    await lock(api, resident)
    for installation_id in (resident.installation_id, newcomer.installation_id, uuid4()):
        again = await log_in(api, resident.person, installation_id)
        assert again.assurance == "phone"
        assert slug_of(await api.post("/v1/codes", by=again, json={"kind": "personal"})) == "installation-not-approved"


async def test_an_approval_of_before_the_lock_is_no_approval_after_it(
    api: Api, resident: Session, newcomer: Session
) -> None:
    """A token that still says verified lets nobody in once the installation is not trusted any more."""
    async with running_api(api.services.settings) as other:
        await lock(api, resident)
        answer = await other.post(f"/v1/me/installations/{newcomer.installation_id}/approve", by=resident)
    assert slug_of(answer) in {"installation-not-approved", "unauthenticated"}
    assert (await log_in(api, resident.person, newcomer.installation_id)).assurance == "phone"


async def test_an_approval_under_way_does_not_outlive_the_lock(
    api: Api, resident: Session, newcomer: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds the stolen phone approves another of theirs while the owner locks the account."""
    trust = store.trust_installation
    locking: list[asyncio.Task[None]] = []

    async def trust_while_locking(db: Connection, *given: Any, **named: Any) -> bool | None:
        locking.append(asyncio.create_task(lock(api, resident)))
        await asyncio.wait(locking, timeout=0.5)
        return await trust(db, *given, **named)

    monkeypatch.setattr(store, "trust_installation", trust_while_locking)
    await api.post(f"/v1/me/installations/{newcomer.installation_id}/approve", by=resident)
    await asyncio.gather(*locking)
    assert locking
    assert (await log_in(api, resident.person, newcomer.installation_id)).assurance == "phone"


async def test_a_lock_is_told(api: Api, resident: Session) -> None:
    await lock(api, resident)
    await api.services.pool.execute(
        "UPDATE installations SET trusted_at = now() WHERE resident_id = $1", resident.person.resident_id
    )
    back = await log_in(api, resident.person)
    assert await list_topics(api, back, 1) == ["account.locked"]


async def test_codes_are_good_again_once_presence_is_proven(api: Api, resident: Session, gate: Gate) -> None:
    await lock(api, resident)
    later = now() + timedelta(seconds=7)
    subject_no = await api.services.pool.fetchval(
        "SELECT subject_no FROM residents WHERE resident_id = $1", resident.person.resident_id
    )
    epoch = api.services.ring.current(KeyUse.CODE, later)
    code = mint(epoch, issuer="31", subject_no=subject_no, kind=Kind.PERSONAL, now=later)
    assert (await scan(api, gate, code.text)).status_code == 201
