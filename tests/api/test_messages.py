"""The inbox: listed, read, and streamed as it grows."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from api import inbox_hub
from tests.api.harness import Api, Gate, Session, issue_code, scan, slug_of
from tests.api.telling import delivering, list_messages, open_stream


async def scan_times(api: Api, resident: Session, gate: Gate, times: int) -> list[str]:
    """The ids of so many accepted scans."""
    scans = [await scan(api, gate, await issue_code(api, resident)) for _ in range(times)]
    return [response.json()["scan_id"] for response in scans]


async def test_a_scan_is_told_in_the_readers_language(api: Api, resident: Session, gate: Gate) -> None:
    [scan_id] = await scan_times(api, resident, gate, 1)
    [chinese] = await list_messages(api, resident, 1)
    response = await api.get("/v1/me/messages", by=resident, headers={"Accept-Language": "en"})
    [english] = response.json()["items"]
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["next_cursor"] is None
    assert chinese.keys() == {"id", "topic", "created_at", "title", "body", "data", "access_id", "read_at", "delivery"}
    assert (chinese["topic"], chinese["title"]) == ("code.scanned", "您的码已被扫描")
    assert "「甲医院」" in chinese["body"]
    assert english["title"] == "Your code was scanned"
    assert "甲医院" in english["body"]
    assert chinese["access_id"] == scan_id
    assert chinese["data"]["venue_id"] == str(gate.venue_id)
    assert chinese["read_at"] is None
    datetime.fromisoformat(chinese["created_at"])


async def test_messages_are_paged(api: Api, resident: Session, gate: Gate) -> None:
    scanned = await scan_times(api, resident, gate, 5)
    await list_messages(api, resident, 5)
    seen: list[str] = []
    cursor = None
    for expected in (2, 2, 1):
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await api.get("/v1/me/messages", by=resident, params=params)).json()
        assert len(page["items"]) == expected
        seen += [message["access_id"] for message in page["items"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert sorted(seen) == sorted(scanned)


@pytest.mark.parametrize(
    "params", [{"cursor": "x"}, {"cursor": "é" * 9}, {"limit": "0"}, {"limit": "101"}, {"limit": "x"}]
)
async def test_a_page_that_nobody_can_ask_for(api: Api, resident: Session, params: dict[str, str]) -> None:
    response = await api.get("/v1/me/messages", by=resident, params=params)
    assert slug_of(response) == "invalid-request"
    assert [error["pointer"] for error in response.json()["errors"]] == [f"/{name}" for name in params]


async def test_what_was_read_stays_read(api: Api, resident: Session, unverified: Session, gate: Gate) -> None:
    await scan_times(api, resident, gate, 2)
    newest, other = await list_messages(api, resident, 2)
    for reader in (resident, unverified):
        read = await api.post("/v1/me/messages/read", by=reader, json={"ids": [newest["id"], str(uuid4())]})
        assert (read.status_code, read.content) == (204, b"")
    first = {message["id"]: message["read_at"] for message in await list_messages(api, resident, 2)}
    assert first[newest["id"]] is not None
    assert first[other["id"]] is None
    await api.post("/v1/me/messages/read", by=resident, json={"ids": [newest["id"]]})
    again = {message["id"]: message["read_at"] for message in await list_messages(api, resident, 2)}
    assert again == first


async def test_nobody_reads_for_another(api: Api, resident: Session, unverified: Session, gate: Gate) -> None:
    await scan_times(api, resident, gate, 1)
    [message] = await list_messages(api, resident, 1)
    await api.post("/v1/me/messages/read", by=unverified, json={"ids": [message["id"]]})
    assert [one["read_at"] for one in await list_messages(api, resident, 1)] == [None]


@pytest.mark.parametrize("ids", [[], ["x"], [str(UUID(int=1))] * 101])
async def test_ids_that_cannot_be(api: Api, resident: Session, ids: list[str]) -> None:
    assert slug_of(await api.post("/v1/me/messages/read", by=resident, json={"ids": ids})) == "invalid-request"


@pytest.mark.parametrize("hints", [True, False])
async def test_a_message_comes_down_the_stream(
    api: Api, resident: Session, gate: Gate, *, hints: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a hint at once; where the hint is lost, the stream looks for itself."""
    monkeypatch.setattr(inbox_hub, "_LOOK_SECONDS_WITH_HINTS", 60.0 if hints else 0.5)
    async with delivering(api, hints=hints), open_stream(api, resident) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        [scan_id] = await scan_times(api, resident, gate, 1)
        [(_, message)] = await stream.take(1, seconds=2)
    assert message["access_id"] == scan_id
    [listed] = (await api.get("/v1/me/messages", by=resident)).json()["items"]
    assert listed == message


async def test_a_stream_shows_nobody_elses_messages(
    api: Api, resident: Session, unverified: Session, gate: Gate
) -> None:
    async with delivering(api), open_stream(api, unverified) as theirs, open_stream(api, resident) as own:
        await scan_times(api, resident, gate, 1)
        await own.take(1)
        with pytest.raises(TimeoutError):
            await theirs.take(1, seconds=0.5)


async def test_a_stream_taken_up_again_misses_nothing(api: Api, resident: Session, gate: Gate) -> None:
    async with delivering(api), open_stream(api, resident) as stream:
        first = await scan_times(api, resident, gate, 1)
        [(event_id, _)] = await stream.take(1)
    missed = await scan_times(api, resident, gate, 3)
    await list_messages(api, resident, 4)
    async with open_stream(api, resident, last_event_id=event_id) as stream:
        events = await stream.take(4)  # the last one again: a stream looks back a little
    assert [message["access_id"] for _, message in events] == [*first, *missed]


async def test_streams_of_one_resident_are_few(api: Api, resident: Session, unverified: Session) -> None:
    """Each asks the database by itself: a thousand of one phone would be a thousand queries at each message."""
    async with AsyncExitStack() as streams:
        for _ in range(20):
            await streams.enter_async_context(open_stream(api, resident))
        refused = await api.get("/v1/me/messages/stream", by=resident)
        assert (refused.status_code, slug_of(refused)) == (429, "too-many-requests")
        async with open_stream(api, unverified) as other:
            assert other.status == 200
    async with open_stream(api, resident) as again:
        assert again.status == 200


async def test_a_stream_ends_with_its_session(api: Api, resident: Session) -> None:
    async with delivering(api), open_stream(api, resident) as stream:
        await api.post("/v1/me/lock", by=resident)
        await stream.wait_ended(5)


async def test_a_closed_session_hears_nothing_more(api: Api, resident: Session, gate: Gate) -> None:
    """What is delivered after a session was closed is not shown to it, though its stream may still stand."""
    code = await issue_code(api, resident)
    session_id = (await api.get("/v1/me/sessions", by=resident)).json()["items"][0]["id"]
    async with delivering(api), open_stream(api, resident) as stream:
        await api.delete(f"/v1/me/sessions/{session_id}", by=resident)
        assert (await scan(api, gate, code)).status_code == 201
        heard: list[str] = []
        async with asyncio.timeout(5):
            heard = [event_id async for event_id, _ in stream.events()]
    assert heard == []


_PUSHED = """
INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at)
SELECT subject_no, $1, resident_id, 'apns', 'code.scanned', 'push:' || $2::text, '{}', $3,
    $3::timestamptz + interval '1 hour', $3::timestamptz + interval '1 day'
FROM residents WHERE resident_id = $4
"""
_BECAME = "UPDATE outbox SET channel = $2, outcome = $3, settled_at = $4, pinned = $5 WHERE notice_id = $1"


async def test_a_message_says_how_it_went_beside_the_inbox(api: Api, resident: Session, gate: Gate) -> None:
    await scan_times(api, resident, gate, 1)
    [message] = await list_messages(api, resident, 1)
    assert message["delivery"] is None, "nobody is reached anywhere"
    at, notice_id, pool = datetime(2030, 1, 2, tzinfo=UTC), uuid4(), api.services.pool
    await pool.execute(_PUSHED, notice_id, message["id"], at, resident.person.resident_id)
    enqueued, due, settled = (f"2030-01-02T0{hours}:00:00Z" for hours in range(3))
    steps = [
        ("apns", None, None, "queued", due),
        ("apns", None, uuid4(), "sent", enqueued),  # tried again in an hour: that is not when it was sent
        ("fcm", "delivered", None, "accepted", settled),
        ("wechat", "unknown", None, "sent", settled),
        ("alipay", "refused", None, "refused", settled),
        ("apns", "given-up", None, "refused", settled),
        ("apns", "expired", None, "expired", settled),
        ("apns", "withheld", None, "withheld", settled),
    ]
    for channel, outcome, pinned, state, when in steps:
        settled_at = at + timedelta(hours=2) if outcome else None
        await pool.execute(_BECAME, notice_id, channel, outcome, settled_at, pinned)
        [message] = await list_messages(api, resident, 1)
        assert message["delivery"] == {"channel": channel, "state": state, "at": when}
    await api.post("/v1/me/messages/read", by=resident, json={"ids": [message["id"]]})
    [message] = await list_messages(api, resident, 1)
    assert message["read_at"] is not None, "which is that it was opened"
