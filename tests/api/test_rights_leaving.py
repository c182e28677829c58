"""Leaving: only whose account it is asks, all is locked at once, it can be taken back, and then nothing can be read."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.services import now
from app.database import Record, transaction
from app.people.model import Role
from app.rights import erasing_store, leaving
from app.rights.erasing import erase_due
from app.rights.retaining import find_retained, tend_retained
from app.sealing import DataKey, UnsealingError
from tests.api.harness import (
    Api,
    Session,
    invent_phone,
    issue_code,
    log_in,
    make_gate,
    make_person,
    request_otp,
    scan,
    slug_of,
    wait_refused,
)
from tests.api.rights_harness import KEPT, end_grace, erase, leave, make_eraser, request_deletion
from tests.journeys.test_privacy import forms_of

_TABLES = """
SELECT c.oid::regclass::text AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = 'public'
"""
_SEALED = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name LIKE 'sealed%'
"""
_FIELDS = ("phone", "name", "id_number", "masked_name", "account", "reason", "case", "act reason", "child")


async def dump_rows(api: Api) -> bytes:
    """Every row of every table, as text."""
    parts: list[bytes] = []
    async with api.services.pool.acquire() as db:
        for row in await db.fetch(_TABLES):
            found = await db.fetch(f"SELECT t::text AS line FROM {row['name']} AS t")
            parts += [one["line"].encode() for one in found]
    return b"\n".join(parts)


async def live_a_little(api: Api, session: Session) -> None:
    """Scanned, disputed, told."""
    await scan(api, await make_gate(api), await issue_code(api, session))
    access = (await api.get("/v1/me/accesses", by=session)).json()["items"][0]["id"]
    await api.post(f"/v1/me/accesses/{access}/dispute", by=session, json={"reason": "不是我本人去的"})
    await api.call("PUT", "/v1/me/consents/location", by=session, json={"version": 2})


async def get_resident(api: Api, resident_id: UUID) -> Record:
    row = await api.services.pool.fetchrow(
        "SELECT subject_no, wrapped_key, erased_at FROM residents WHERE resident_id = $1", resident_id
    )
    assert row is not None
    return row


async def test_all_is_locked_at_once(api: Api, resident: Session) -> None:
    gate, code = await make_gate(api), await issue_code(api, resident)
    answer = (await request_deletion(api, resident)).json()
    assert (answer["state"], answer["grace_days"], answer["retained"][0]["days"]) == ("requested", 7, 200)
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    assert slug_of(await wait_refused(api, resident)) == "unauthenticated"
    again = await log_in(api, resident.person)
    assert again.assurance == "phone"
    told = (await api.get("/v1/me/deletion", by=again)).json()
    assert told["due_at"] == answer["due_at"]


async def test_it_can_be_taken_back_within_the_days_of_grace(api: Api, resident: Session) -> None:
    await request_deletion(api, resident)
    again = await log_in(api, resident.person)
    assert (await api.delete("/v1/me/deletion", by=again)).status_code == 204
    assert (await api.get("/v1/me/deletion", by=again)).json()["state"] == "none"
    assert slug_of(await api.delete("/v1/me/deletion", by=again)) == "not-found"
    assert not await erase(api, resident.person.resident_id)
    row = await api.services.pool.fetchrow(
        "SELECT s.ended_at, r.sealed_name FROM subjects AS s JOIN residents AS r USING (subject_no) "
        "WHERE r.resident_id = $1",
        resident.person.resident_id,
    )
    assert row is not None
    assert row["ended_at"] is None
    assert row["sealed_name"] is not None


async def test_nothing_is_erased_before_its_day(api: Api, resident: Session) -> None:
    await request_deletion(api, resident)
    assert not await erase(api, resident.person.resident_id)
    assert (await get_resident(api, resident.person.resident_id))["wrapped_key"] is not None


async def test_who_has_only_the_phone_destroys_nothing(api: Api, resident: Session, newcomer: Session) -> None:
    assert resident.credential
    assert slug_of(await request_deletion(api, newcomer)) == "installation-not-approved"


async def test_another_persons_proof_is_none(api: Api, resident: Session) -> None:
    challenge_id, otp = await request_otp(api, invent_phone())
    proof = {"grant": "otp", "challenge_id": str(challenge_id), "otp": otp}
    assert slug_of(await request_deletion(api, resident, proof=proof)) == "proof-required"


async def test_it_is_asked_for_in_so_many_words(api: Api, resident: Session) -> None:
    assert slug_of(await request_deletion(api, resident, confirmation="yes")) == "invalid-request"


async def test_who_holds_a_role_or_runs_a_venue_stays(api: Api) -> None:
    pool = api.services.pool
    manager = await log_in(api, await make_person(api, role=Role.MANAGER))
    assert slug_of(await request_deletion(api, manager)) == "role-held"
    gate = await make_gate(api)
    me = manager.person.resident_id
    await pool.execute("UPDATE venues SET manager_id = $2 WHERE venue_id = $1", gate.venue_id, me)
    await pool.execute("DELETE FROM roles WHERE resident_id = $1", me)
    assert slug_of(await request_deletion(api, manager)) == "venue-managed"
    await pool.execute("UPDATE venues SET closed_at = $2 WHERE venue_id = $1", gate.venue_id, now())
    assert (await request_deletion(api, manager)).status_code == 202


async def test_a_role_that_was_given_meanwhile_is_waited_for(api: Api, resident: Session) -> None:
    me = resident.person.resident_id
    await request_deletion(api, resident)
    await end_grace(api, me)
    given = "INSERT INTO roles (resident_id, role, granted_at) VALUES ($1, 'window', $2)"
    await api.services.pool.execute(given, me, now())
    assert not await erase(api, me)
    await api.services.pool.execute("DELETE FROM roles WHERE resident_id = $1", me)
    assert await erase(api, me)


async def test_nothing_of_them_can_be_read_any_more(api: Api) -> None:
    pool, vault = api.services.pool, api.services.vault
    session = await log_in(api, await make_person(api, name="司徒无痕"))
    person = session.person
    await live_a_little(api, session)
    held = await get_resident(api, person.resident_id)
    stolen = vault.open_data_key(held["wrapped_key"], person.resident_id)
    await leave(api, session)
    after = await get_resident(api, person.resident_id)
    assert after["wrapped_key"] is None
    assert after["erased_at"] is not None
    stored = await dump_rows(api)
    for secret in (person.name, person.phone, person.phone[3:], person.id_number, "不是我本人去的"):
        for form in forms_of(secret):
            assert form not in stored, f"the database has {secret!r}"
    assert await find_openable(api, stolen) == []
    assert await pool.fetchval("SELECT count(*) FROM accesses WHERE subject_no = $1", held["subject_no"]) == 0
    for table in ("logins", "sessions", "installations", "consents"):
        assert not await pool.fetchval(f"SELECT count(*) FROM {table} WHERE resident_id = $1", person.resident_id)


async def find_openable(api: Api, key: DataKey) -> list[str]:
    """Sealed columns in which a copy of the destroyed key, had somebody kept one, would still open anything."""
    found: list[str] = []
    for table, column in await api.services.pool.fetch(_SEALED):
        rows = await api.services.pool.fetch(f"SELECT {column} AS sealed FROM {table} WHERE {column} IS NOT NULL")
        for row in rows:
            for field in _FIELDS:
                try:
                    key.open(row["sealed"], field)
                except UnsealingError:
                    continue
                found.append(f"{table}.{column}")
    return found


async def test_what_law_has_kept_is_kept_apart_until_its_day(api: Api, resident: Session) -> None:
    services, person = api.services, resident.person
    await leave(api, resident)
    for known_by in (person.phone, person.id_number):
        (record,) = await find_retained(services.pool, services.vault, known_by, now())
        assert (record.name, record.id_number, record.phones) == (person.name, person.id_number, [person.phone])
        assert record.resident_id == person.resident_id
        assert [one.ended_for for one in record.sessions] == ["locked"]
        assert str(resident.installation_id) not in str(record)
    assert await find_retained(services.pool, services.vault, person.phone, now() + KEPT) == []
    await tend_retained(services.pool, services.vault, now() + timedelta(days=100))
    assert len(await find_retained(services.pool, services.vault, person.phone, now())) == 1


async def test_the_same_person_may_come_anew(api: Api, resident: Session) -> None:
    await leave(api, resident)
    again = await log_in(api, resident.person)
    me = (await api.get("/v1/me", by=again)).json()
    assert me["resident_id"] != str(resident.person.resident_id)
    assert me["identity_verified"] is False


class _Killed(Exception):  # noqa: N818  a worker, not a fault
    pass


_STEPS = ("free_lookups", "delete_own", "get_subject_no", "delete_about_subject", "delete_mergers", "mark_erased")


@pytest.mark.parametrize("step", _STEPS)
async def test_a_worker_that_is_killed_begins_again(
    api: Api, resident: Session, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live_a_little(api, resident)
    await request_deletion(api, resident)
    me = resident.person.resident_id
    await end_grace(api, me)

    async def die(*_given: Any, **_named: Any) -> None:
        raise _Killed

    with monkeypatch.context() as patched:
        patched.setattr(erasing_store, step, die)
        with pytest.raises(_Killed):
            await erase(api, me)
    assert await erase(api, me)
    assert not await erase(api, me)
    row = await get_resident(api, me)
    assert row["wrapped_key"] is None
    pool = api.services.pool
    assert await pool.fetchval("SELECT count(*) FROM accesses WHERE subject_no = $1", row["subject_no"]) == 0
    assert len(await find_retained(pool, api.services.vault, resident.person.phone, now())) == 1


async def test_of_two_workers_one_erases(api: Api, resident: Session) -> None:
    await request_deletion(api, resident)
    await end_grace(api, resident.person.resident_id)
    done = await asyncio.gather(*(erase(api, resident.person.resident_id) for _ in range(3)))
    assert sorted(done) == [False, False, True]


async def test_the_worker_erases_whose_grace_is_over(api: Api, resident: Session) -> None:
    await request_deletion(api, resident)
    await end_grace(api, resident.person.resident_id)
    assert await erase_due(make_eraser(api), now()) >= 1
    assert (await get_resident(api, resident.person.resident_id))["wrapped_key"] is None


async def test_the_desk_may_order_it_without_grace(api: Api, resident: Session) -> None:
    async with transaction(api.services.pool) as db:
        await leaving.order_erasure(db, resident.person.resident_id, now())
    assert await erase_due(make_eraser(api), now() + timedelta(minutes=1)) >= 1
    assert (await get_resident(api, resident.person.resident_id))["erased_at"] is not None
