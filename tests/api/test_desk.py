"""What the desk asks: how everything stands, and what its plots are drawn of."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from secrets import token_hex
from uuid import uuid4

import pytest

from api.counting import COUNTS
from api.services import now
from app.inbox.wording import TOPICS, name_topic
from app.measuring import store
from app.measuring.alarms import SLUGS
from app.measuring.counting import minute_of
from app.settings import Settings
from tests.api.harness import Api, Gate, Session, issue_code, running_api, scan
from tests.api.test_operating import read_metrics


async def beat(api: Api) -> None:
    moment = now()
    await store.note_worker(api.services.pool, uuid4(), started_at=moment, version="0.1.0", now=moment)


async def test_the_overview_of_a_deployment_that_is_well(api: Api, operator: Session) -> None:
    await beat(api)
    found = (await api.get("/v1/desk/overview", by=operator)).json()
    assert found["database"] == {"answering": True, "migrations": found["database"]["migrations"]}
    assert found["database"]["migrations"] >= "0013_measuring"
    assert found["valkey"] == {"answering": True}
    assert found["workers"][0]["seen_seconds"] < 60
    assert {key["use"] for key in found["keys"]} == {
        "certificate",
        "code",
        "federation",
        "licence",
        "list",
        "list-signer",
        "paper",
    }
    assert all(key["state"] == "signing" and key["days_left"] > 0 for key in found["keys"])
    assert found["trust_list"]["sequence"] == api.services.trust.current.sequence
    assert 0 < found["trust_list"]["seconds_left"] <= 86400
    assert found["venues_waiting"] >= 0
    assert not {alarm["slug"] for alarm in found["alarms"]} & {"database-away", "valkey-away", "workers-silent"}


async def test_a_silent_worker_is_an_alarm_in_both_languages(api: Api, operator: Session) -> None:
    await api.services.pool.execute("UPDATE workers SET seen_at = $1", now() - timedelta(minutes=3))
    for language, words in (("en", "No worker is running"), ("zh-CN", "没有后台进程在运行")):
        found = await api.get("/v1/desk/overview", by=operator, headers={"Accept-Language": language})
        [alarm] = [one for one in found.json()["alarms"] if one["slug"] == "workers-silent"]
        assert alarm["severity"] == "critical"
        assert words in alarm["words"]
    assert (await read_metrics(api))['suixing_alarm{slug="workers-silent"}'] == 1
    await beat(api)
    assert (await read_metrics(api))['suixing_alarm{slug="workers-silent"}'] == 0


async def test_without_postgresql_and_valkey_the_desk_says_so(
    roomy: Settings, operator: Session, tmp_path: object
) -> None:
    nowhere = dataclasses.replace(roomy, redis_url=f"unix://{tmp_path}/nobody.sock")
    async with running_api(nowhere) as alone:
        alone.services.pool.terminate()
        found = (await alone.get("/v1/desk/overview", by=operator)).json()
        samples = await read_metrics(alone)
    assert found["database"] == {"answering": False, "migrations": None}
    assert found["venues_waiting"] is None
    assert found["keys"]
    assert {"database-away", "valkey-away"} <= {alarm["slug"] for alarm in found["alarms"]}
    assert samples['suixing_alarm{slug="database-away"}'] == samples['suixing_alarm{slug="valkey-away"}'] == 1


async def test_what_is_scanned_comes_to_the_plots(api: Api, operator: Session, resident: Session, gate: Gate) -> None:
    code = await issue_code(api, resident)
    for _ in range(2):
        await scan(api, gate, code)
    await COUNTS.put_down(api.services.pool, minute_of(now()))
    found = (await api.get("/v1/desk/measurements", by=operator)).json()
    lines = {line["name"]: line for line in found["items"]}
    assert {line["step_seconds"] for line in found["items"]} == {60}
    for name in ("scans.accepted", "codes.issued", "scans.p99"):
        assert len(lines[name]["values"]) == 60
        assert max(value or 0 for value in lines[name]["values"]) > 0, name
    assert lines["scans.p99"]["unit"] == "seconds"
    refused = "SELECT sum(value) FROM measurements WHERE name = 'refusals.code-already-used'"
    assert await api.services.pool.fetchval(refused) >= 1


@pytest.mark.parametrize(("window", "steps"), [("hour", 60), ("day", 96), ("week", 84)])
async def test_windows(api: Api, operator: Session, window: str, steps: int) -> None:
    found = await api.get("/v1/desk/measurements", by=operator, params={"window": window})
    assert {len(line["values"]) for line in found.json()["items"]} == {steps}


async def test_metrics_say_what_the_desk_says(api: Api) -> None:
    await beat(api)
    await store.add_deliveries(api.services.pool, {("sms", "given-up"): 1})
    samples = await read_metrics(api)
    assert samples['suixing_notices_total{channel="sms",outcome="given-up"}'] >= 1
    assert samples["suixing_worker_seen_seconds"] < 60
    assert samples["suixing_valkey_up"] == 1
    assert {f'suixing_alarm{{slug="{slug}"}}' for slug in SLUGS} <= samples.keys()
    assert any(name.startswith('suixing_key_ends_in_seconds{use="code"') or 'use="code"' in name for name in samples)
    assert {"suixing_pool_wait_seconds_count", "suixing_endings_age_seconds"} <= samples.keys()


async def test_of_a_handful_the_desk_is_told_nothing(api: Api, operator: Session) -> None:
    """Who sends to one person and looks before and after would know what became of it."""
    topic = f"test.{token_hex(4)}"
    counts = {f"opened.{topic}": 19, f"pushed.apns.accepted.{topic}": 1, f"pushed.fcm.accepted.{topic}": 27}
    await store.set_measurements(api.services.pool, minute_of(now()), counts)
    listed = (await api.get("/v1/desk/deliveries", by=operator, params={"days": 2})).json()["items"]
    found = [(one["channel"], one["total"], one["topic_title"]) for one in listed if one["topic"] == topic]
    assert found == [("fcm", 20, topic)]


@pytest.mark.parametrize(
    ("language", "titles"),
    [
        ("zh-CN", {"roaming.arrived": "您已到达外省", "campaign": "群发消息"}),
        ("en", {"roaming.arrived": "You are in another province", "campaign": "Campaigns"}),
    ],
)
async def test_topics_are_named_in_words(api: Api, operator: Session, language: str, titles: dict[str, str]) -> None:
    counts = {f"pushed.fcm.accepted.{topic}": 30 for topic in titles}
    await store.set_measurements(api.services.pool, minute_of(now()), counts)
    answer = await api.get("/v1/desk/deliveries", by=operator, headers={"Accept-Language": language})
    told = {one["topic"]: one["topic_title"] for one in answer.json()["items"]}
    assert told.items() >= titles.items()


def test_no_two_topics_are_named_alike() -> None:
    for english in (True, False):
        assert len({name_topic(topic, english=english) for topic in TOPICS}) == len(TOPICS)
