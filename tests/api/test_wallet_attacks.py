"""The wallet attacked: what outlives a session, a yes, or a look; and what a window sees beyond its purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.services import now
from app.credentials.revoking import Follower
from app.development.identity_standing_in import IdentityStandIns
from app.identity.numbers import today
from app.licences import sources
from app.people.model import Role
from app.settings import Settings
from codes.sd_jwt_presenting import HolderKey
from tests.api.asking import CARD, FIELDS, Hotel, make_hotel, post_elsewhere
from tests.api.harness import Api, Session, slug_of
from tests.api.office import make_staff
from tests.api.test_licence_copies import hold as hold_for_copies
from tests.api.test_licence_copies import order
from tests.api.test_licence_credentials import end_session, issue, show, take
from tests.api.test_openid4vp import elsewhere, hotel, near
from tests.api.test_window_licences import accesses_of, look_up, make_grandmother, put
from tests.api.verifying_elsewhere import Elsewhere
from tests.api.wallets import get_one, present
from tests.api.windows import Window, open_window
from tests.harness.licences import hold_licence

__all__ = ["elsewhere", "hotel", "near"]  # fixtures


@pytest.fixture
async def window(api: Api, identity: tuple[Settings, IdentityStandIns]) -> Window:
    return await open_window(api, identity[1])


@pytest.fixture
async def desk(api: Api, resident: Session) -> Hotel:
    return await make_hotel(api, resident)


async def test_a_closed_sessions_credentials_are_refused_before_any_worker_saw_it(desk: Hotel) -> None:
    key, credential = await take(desk)
    await end_session(desk)
    assert slug_of(await post_elsewhere(desk, key, credential)) == "presentation-revoked"


async def test_credentials_end_though_no_worker_ran_for_a_day(desk: Hotel) -> None:
    pool = desk.api.services.pool
    await take(desk)
    await end_session(desk)
    holder_id = desk.guest.person.resident_id
    later = now() + timedelta(days=1)
    await Follower(pool).follow(later)
    query = "SELECT count(*) FROM licence_credentials WHERE holder_id = $1 AND revoked_at IS NULL"
    assert await pool.fetchval(query, holder_id) == 0


async def test_nothing_is_sent_to_a_verifier_that_was_withdrawn_since(elsewhere: Elsewhere) -> None:
    api = elsewhere.hotel.api
    asked = (await elsewhere.receive(request=elsewhere.ask())).json()
    elsewhere.stand_in.status = 503
    assert (await elsewhere.grant(asked)).status_code == 200
    tried = len(elsewhere.stand_in.posted)
    operator = await make_staff(api, Role.OPERATOR)
    query = "SELECT verifier_id FROM verifiers WHERE client_id = $1"
    verifier_id = await api.services.pool.fetchval(query, elsewhere.client_id)
    path = f"/v1/desk/verifiers/{verifier_id}/withdraw"
    assert (await api.post(path, by=operator, json={"reason": "misused"})).status_code == 204
    elsewhere.stand_in.status = 200
    again = await api.post(f"/v1/me/presentations/{asked['id']}/deliveries", by=elsewhere.hotel.guest)
    assert slug_of(again) == "presentation-ended"
    assert len(elsewhere.stand_in.posted) == tried


@pytest.mark.parametrize("far", [10**12, 10**15, 2**63 - 1])
async def test_a_question_that_runs_out_beyond_the_calendar_runs_out_as_others_do(
    elsewhere: Elsewhere, far: int
) -> None:
    answer = await elsewhere.receive(request=elsewhere.ask(exp=far))
    assert answer.status_code == 201, answer.text


async def test_a_look_that_is_told_more_is_a_look_of_its_own(api: Api, window: Window) -> None:
    """Looked up while it was not good, and again once it was renewed: the log has what was told, not an empty look."""
    presence_id, resident_id = await make_grandmother(window)
    said: dict[str, Any] = {"name": "王秀英", "id_number": "310101194403070027"}
    await put(api, resident_id, CARD, **said, valid_until=date(2025, 1, 1))
    assert (await look_up(window, presence_id)).json()["items"][0]["fields"] == {}
    await put(api, resident_id, CARD, **said, changed_at=now())
    [seen] = (await look_up(window, presence_id)).json()["items"]
    assert seen["fields"]["id_number"] == said["id_number"]
    assert [set(one["fields"]) for one in await accesses_of(api, resident_id)] == [set(), set(seen["fields"])]


async def test_a_window_reads_nothing_in_full_beyond_its_purpose(api: Api, window: Window) -> None:
    presence_id, resident_id = await make_grandmother(window)
    await put(api, resident_id, CARD, name="王秀英", id_number="310101194403070027", sex="女", ethnicity="汉")
    [seen] = (await look_up(window, presence_id)).json()["items"]
    assert "sex" not in seen["fields"]
    assert "女" not in str(seen), "its kind masks it nowhere: that is for whoever may see the card"


async def test_an_old_copy_can_be_taken_back_however_many_came_after(api: Api, resident: Session) -> None:
    first = await order(api, resident, await hold_for_copies(api, resident))
    copy_id = UUID(first.json()["copy_id"])
    await api.services.pool.execute(
        "INSERT INTO licence_copies (holder_id, copy_id, holder_kind, licence_id, type_id, issued_by, subject_no, "
        "sealed_order, issued_at, expires_at) SELECT holder_id, uuid_max, holder_kind, licence_id, type_id, issued_by, "
        "subject_no, sealed_order, issued_at, expires_at FROM licence_copies, "
        "(SELECT ('ffffffff-ffff-7fff-8fff-' || lpad(to_hex(n), 12, '0'))::uuid AS uuid_max "
        "FROM generate_series(1, 200) AS n) AS many WHERE copy_id = $1",
        copy_id,
    )
    try:
        assert (await api.delete(f"/v1/wallet/copies/{copy_id}", by=resident)).status_code == 204
        revoked = "SELECT revoked_at IS NOT NULL FROM licence_copies WHERE copy_id = $1"
        assert await api.services.pool.fetchval(revoked, copy_id)
    finally:
        await api.services.pool.execute(
            "DELETE FROM licence_copies WHERE copy_id >= 'ffffffff-ffff-7fff-8fff-000000000000'"
        )


async def test_a_scanner_waits_for_so_many_questions_at_once_and_no_more(desk: Hotel) -> None:
    """Each question has a limit of its own, and a scanner may put any number of them."""
    asked = [await desk.asked() for _ in range(21)]
    waits = [asyncio.create_task(desk.fetch(one, wait=25)) for one in asked]
    done, waiting = await asyncio.wait(waits, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert [slug_of(one.result()) for one in done] == ["too-many-requests"]
    assert (await desk.fetch(asked[0])).json()["state"] == "pending", "who left made room"


async def test_a_credential_says_what_the_licence_says_now(desk: Hotel) -> None:
    """It lives for two weeks; a licence that was renewed meanwhile, be it a valid one, may say something else."""
    services, holder_id = desk.api.services, desk.guest.person.resident_id
    (key, credential), (other, second) = await take(desk), await take(desk)
    moved: dict[str, Any] = {**FIELDS, "name": "王大明"}
    await hold_licence(services.pool, services.vault, holder_id, CARD, changed_at=now(), **moved)
    assert slug_of(await post_elsewhere(desk, key, credential)) == "presentation-revoked"
    asked = await desk.asked()
    await desk.open(asked)
    text = show(asked, other, second)
    assert slug_of(await desk.grant(asked, vp_token={"licence": text})) == "presentation-revoked"


async def test_a_licence_of_a_day_to_come_is_not_good_yet(desk: Hotel) -> None:
    """A registry tells of it beforehand: until its first day it is neither shown, asked for, nor kept good."""
    pool, holder_id = desk.api.services.pool, desk.guest.person.resident_id
    key, credential = await take(desk)
    put_off = "UPDATE licences SET valid_from = $2 WHERE holder_id = $1"
    await pool.execute(put_off, holder_id, today(now()) + timedelta(days=1))
    [card] = (await desk.api.get("/v1/wallet/licences", by=desk.guest)).json()["items"]
    assert (card["standing"], card["abnormal"]) == ("other", True)
    path = f"/v1/wallet/licences/{desk.licence_id}/presentations"
    assert slug_of(await desk.api.post(path, by=desk.guest, json={})) == "licence-not-good"
    assert slug_of(await post_elsewhere(desk, key, credential)) == "presentation-revoked"
    await Follower(pool).follow(now())
    query = "SELECT count(*) FROM licence_credentials WHERE holder_id = $1 AND revoked_at IS NULL"
    assert await pool.fetchval(query, holder_id) == 0
    await pool.execute(put_off, holder_id, today(now()))
    assert (await desk.api.post(path, by=desk.guest, json={})).status_code == 201


async def test_what_was_agreed_to_is_not_fetched_once_the_venue_is_approved_no_more(desk: Hotel) -> None:
    asked = await desk.asked()
    await desk.open(asked)
    assert (await desk.grant(asked)).status_code == 200
    taken = "UPDATE venues SET approved_at = NULL, approved_by = NULL WHERE venue_id = $1"
    await desk.api.services.pool.execute(taken, desk.gate.venue_id)
    answer = await desk.fetch(asked)
    assert slug_of(answer) == "venue-not-approved"
    assert FIELDS["id_number"] not in answer.text


async def _answer_anew(desk: Hotel) -> httpx.Response:
    return await desk.grant(await desk.asked(scan_id=await desk.scanned()))


async def _read_anew(desk: Hotel) -> httpx.Response:
    return await desk.open(await desk.asked())


_USES: dict[str, Callable[[Hotel], Coroutine[Any, Any, httpx.Response]]] = {
    "opened": lambda desk: get_one(desk.api, desk.guest, str(desk.licence_id)),
    "shown": lambda desk: present(desk.api, desk.guest, str(desk.licence_id)),
    "copied": lambda desk: order(desk.api, desk.guest, desk.licence_id),
    "kept by a phone": lambda desk: issue(desk, HolderKey.create()),
    "asked for": _read_anew,
    "agreed to": _answer_anew,
}


@pytest.mark.parametrize("use", _USES)
async def test_no_licence_of_a_resting_wallet_is_used_unless_registries_are_asked_again(desk: Hotel, use: str) -> None:
    """Whoever remembers its id, and never lists the wallet, would go on showing what was revoked years ago."""
    pool, holder_id = desk.api.services.pool, desk.guest.person.resident_id
    rest = "UPDATE wallets SET opened_at = $2, hastened_at = NULL, sync_due_at = NULL WHERE holder_id = $1"
    is_due = "SELECT hastened_at IS NOT NULL AND sync_due_at = hastened_at FROM wallets WHERE holder_id = $1"
    for opened_at, expected in ((now() - timedelta(days=400), True), (now(), False)):
        await pool.execute(rest, holder_id, opened_at)
        answer = await _USES[use](desk)
        assert answer.is_success, answer.text
        assert bool(await pool.fetchval(is_due, holder_id)) is expected


_RESTED = """
INSERT INTO wallet_sources (holder_id, source, tried_at, synced_at, failures) VALUES ($1, 'elsewhere', $2, $2, 0)
"""


async def test_a_wallet_that_rested_is_used_when_its_registry_has_been_asked(
    desk: Hotel, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, holder_id = desk.api.services.pool, desk.guest.person.resident_id
    await pool.execute(_RESTED, holder_id, now() - timedelta(days=400))
    both = [asyncio.create_task(_USES["shown"](desk)) for _ in range(2)]  # the second finds it opened just now
    assert not (await asyncio.wait(both, timeout=1))[0]
    await pool.execute("UPDATE licences SET standing = 'revoked' WHERE holder_id = $1", holder_id)
    await pool.execute("UPDATE wallet_sources SET tried_at = $2 WHERE holder_id = $1", holder_id, now())
    assert {slug_of(answer) for answer in await asyncio.gather(*both)} == {"licence-not-good"}
    monkeypatch.setattr(sources, "_LOOKS", 2)
    await pool.execute("UPDATE wallet_sources SET tried_at = $2 WHERE holder_id = $1", holder_id, now() - timedelta(9))
    await pool.execute("UPDATE licences SET standing = 'valid' WHERE holder_id = $1", holder_id)
    assert (await _USES["shown"](desk)).is_success, "where nobody asks, nobody waits for ever"
