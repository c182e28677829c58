"""Status lists over the API: what is revoked stands in them after one turn of the worker; a delta says the same."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from api.services import now
from app.credentials.places import StatusPlaces
from app.credentials.publishing import Publisher, forget_lists, publish_due
from app.credentials.revoking import Follower
from codes import KeyUse, StatusList, StatusReference, apply_status_delta, read_status_cwt, read_status_jwt
from codes.status_places import place_of
from tests.api.harness import Api, Session, slug_of
from tests.api.long_codes import Phone
from tests.api.test_certificates import certify

LIFE = timedelta(days=1)
_JWT, _CWT = "application/statuslist+jwt", "application/statuslist+cwt"


async def turn(api: Api, at: datetime | None = None, life: timedelta = LIFE) -> int:
    """What the worker does every few seconds; how many lists it signed."""
    moment = at or now()
    services = api.services
    await Follower(services.pool).follow(moment)
    signed = await publish_due(Publisher(services.pool, services.ring, services.settings.url, life), moment)
    await services.status_lists.catch_up()
    return signed


async def place_it(api: Api, session: Session) -> StatusReference:
    """Where the newest certificate of a resident stands."""
    row = await api.services.pool.fetchrow(
        "SELECT list_no, places FROM certificate_batches WHERE subject_no = "
        "(SELECT subject_no FROM residents WHERE resident_id = $1) ORDER BY batch_id DESC LIMIT 1",
        session.person.resident_id,
    )
    assert row is not None
    return StatusReference(row["list_no"], row["places"][0])


async def read(api: Api, list_no: int, media_type: str = _JWT) -> StatusList:
    answer = await api.get(f"/v1/status-lists/{list_no}", headers={"Accept": media_type})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    uri = f"{api.services.settings.url}/v1/status-lists/{list_no}"
    trust = api.services.trust.current
    if media_type == _CWT:
        return read_status_cwt(answer.content, trust, now(), province="31", uri=uri)
    return read_status_jwt(answer.text, trust, now(), province="31", uri=uri)


async def test_what_a_lock_ends_stands_in_the_next_list(api: Api, resident: Session) -> None:
    await certify(api, resident, [Phone()])
    place = await place_it(api, resident)
    await turn(api)
    assert not (await read(api, place.list_no)).is_revoked(place.index)
    await api.post("/v1/me/lock", by=resident)
    await turn(api)
    for media_type in (_JWT, _CWT):
        held = await read(api, place.list_no, media_type)
        assert held.is_revoked(place.index)
        assert held.expires_at - held.issued_at == LIFE


async def test_a_list_that_nothing_changed_in_is_signed_again_at_half_its_life(api: Api, resident: Session) -> None:
    await certify(api, resident, [Phone()])
    await turn(api)
    list_no = (await place_it(api, resident)).list_no
    first = await _issued_at(api, list_no)
    await turn(api)
    assert await _issued_at(api, list_no) == first
    await turn(api, life=3 * LIFE)  # half of which is more than a list of today has left, though dated seconds ahead
    assert await _issued_at(api, list_no) > first


async def _issued_at(api: Api, list_no: int) -> datetime:
    found: datetime = await api.services.pool.fetchval(
        "SELECT max(issued_at) FROM status_publications WHERE list_no = $1", list_no
    )
    return found


async def test_all_lists_are_named(api: Api, resident: Session) -> None:
    await certify(api, resident, [Phone()])
    await turn(api)
    place = await place_it(api, resident)
    answer = await api.get("/v1/status-lists")
    assert answer.headers["cache-control"].startswith("public")
    named = {one["id"]: one for one in answer.json()["items"]}
    assert named[place.list_no]["use"] == "certificate"
    assert (await api.get(named[place.list_no]["uri"])).status_code == 200
    for nothing in (0, 2**31, 2**70):
        assert slug_of(await api.get(f"/v1/status-lists/{nothing}")) == "not-found"


async def test_who_has_a_list_is_not_sent_it_again(api: Api, resident: Session) -> None:
    await certify(api, resident, [Phone()])
    await turn(api)
    path = f"/v1/status-lists/{(await place_it(api, resident)).list_no}"
    first = await api.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in first.headers
    for etag in (first.headers["etag"], first.headers["etag"].removeprefix("W/"), "*"):
        again = await api.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
    other = await api.get(path, headers={"If-None-Match": first.headers["etag"], "Accept": _CWT})
    assert other.status_code == 200
    packed = await api.get(path, headers={"Accept-Encoding": "gzip"})
    assert (packed.headers["content-encoding"], packed.text) == ("gzip", first.text)


async def test_a_delta_leads_from_the_list_held_to_the_newest(api: Api, resident: Session) -> None:
    await certify(api, resident, [Phone() for _ in range(32)])
    place = await place_it(api, resident)
    await _revoke_many(api, place.list_no, 3000)
    await turn(api)
    path = f"/v1/status-lists/{place.list_no}"
    held = await read(api, place.list_no)
    await api.post("/v1/me/lock", by=resident)
    await turn(api)
    since = int(held.issued_at.timestamp())
    answer = await api.get(path, params={"since": since})
    assert answer.headers["content-type"] == "application/suixing-status-delta+jwt"
    whole = await api.get(path)
    assert len(answer.content) < len(whole.content) / 3
    newer = apply_status_delta(answer.text, held, api.services.trust.current, now(), province="31")
    assert newer == await read(api, place.list_no)
    assert newer.is_revoked(place.index)
    for unknown in (1, 0, 2**32 - 1):
        assert (await api.get(path, params={"since": unknown})).headers["content-type"] == _JWT
    for wrong in ("-1", "x", str(2**33)):
        assert slug_of(await api.get(path, params={"since": wrong})) == "invalid-request"


async def _revoke_many(api: Api, list_no: int, count: int) -> None:
    """Others of the same list, as of before."""
    row = await api.services.pool.fetchrow("SELECT size, permutation_key FROM status_lists WHERE list_no = $1", list_no)
    assert row is not None
    places = [place_of(row["size"] - 1 - number, row["size"], row["permutation_key"]) for number in range(count)]
    await api.services.pool.execute(
        "INSERT INTO status_revocations SELECT $1, unnest($2::bigint[]), $3",
        list_no,
        places,
        now(),
    )


async def test_blocks_of_two_processes_share_no_place(api: Api) -> None:
    """A list rolls when it is full, and a batch never spans two."""
    pool = api.services.pool
    use = KeyUse.LICENCE
    # Those of other tests are longer.
    await pool.execute("UPDATE status_lists SET next_no = size WHERE use = 'licence'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.credentials.places._LIFE", {use: timedelta(days=1)})
        one, other = StatusPlaces(pool, 1024), StatusPlaces(pool, 1024)
        taken = await asyncio.gather(*(place.take(use, 30, now()) for _ in range(40) for place in (one, other)))
    references = [reference for places in taken for reference in places.references()]
    assert len(set(references)) == len(references) == 2400
    assert len({places.list_no for places in taken}) >= 3


async def test_a_revoked_thing_is_listed_once_though_two_workers_are_at_it(api: Api, resident: Session) -> None:
    await certify(api, resident, [Phone()])
    place = await place_it(api, resident)
    await turn(api)
    await api.post("/v1/me/lock", by=resident)
    before = await _issued_at(api, place.list_no)
    await asyncio.gather(*(turn(api) for _ in range(3)))
    newer = "SELECT count(*) FROM status_publications WHERE list_no = $1 AND issued_at > $2"
    assert await api.services.pool.fetchval(newer, place.list_no, before) == 1
    assert (await read(api, place.list_no)).is_revoked(place.index)


async def test_a_list_goes_when_all_in_it_has_ended(api: Api, resident: Session) -> None:
    await certify(api, resident, [Phone()])
    await turn(api)
    pool, list_no = api.services.pool, 1 + uuid4().int % 2**31
    await pool.execute(
        "INSERT INTO status_lists SELECT $1, 'licence', 1024, 0, '\\x00', $2, $3",
        list_no,
        now() - timedelta(days=90),
        now() + timedelta(minutes=5),
    )
    await turn(api)
    assert (await read(api, list_no)).bits == bytes(128)
    await pool.execute(
        "UPDATE status_lists SET last_expires_at = $2 WHERE list_no = $1", list_no, now() - timedelta(seconds=1)
    )
    await turn(api)
    assert slug_of(await api.get(f"/v1/status-lists/{list_no}")) == "not-found"
    await forget_lists(pool, now() + timedelta(days=8), journal_window=timedelta(hours=72))
    assert await pool.fetchval("SELECT count(*) FROM status_publications WHERE list_no = $1", list_no) == 0


async def test_a_batch_stays_for_as_long_as_a_journal_may_bring_a_scan_of_it(api: Api, resident: Session) -> None:
    await certify(api, resident, [Phone()])
    pool, window, ends = api.services.pool, timedelta(days=30), now() + timedelta(hours=13)
    batches_of = "SELECT count(*) FROM certificate_batches JOIN subjects USING (subject_no) WHERE resident_id = $1"

    async def count_batches(at: datetime) -> int:
        await forget_lists(pool, at, journal_window=window)
        count: int = await pool.fetchval(batches_of, resident.person.resident_id)
        return count

    assert await count_batches(ends + timedelta(days=29)) == 1
    assert await count_batches(ends + timedelta(days=31)) == 0
