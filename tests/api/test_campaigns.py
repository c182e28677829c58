"""Campaigns over HTTP: two persons, the words in two languages, stopping, and what an auditor sees."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from api.services import now
from app.campaigns.rules import find_opening
from app.campaigns.store import get_campaign
from app.campaigns.walking import walk_page
from app.identifiers import new_id
from app.people.model import Role
from tests.api.harness import Api, Session, log_in, make_person, slug_of, spend_quota
from tests.api.locations import agree
from tests.api.office import make_staff
from tests.api.telling import list_messages
from tests.api.test_staff import last_acts
from tests.app.campaigns.harness import LANES

_REASON = {"reason": "as agreed at the meeting"}
_PATIENT = 10**6
_FAR = "62"
"""Gansu, where nobody of these tests is who was not sent there."""


def body(**given: Any) -> dict[str, Any]:
    return {
        "title": {"zh": "社保卡可以在手机上展示了", "en": "Show your social security card here"},
        "body": {"zh": "打开「我的证照」即可查看。", "en": "Open My licences to see it."},
        "link": "/resident#/wallet",
        "expires_at": (now() + timedelta(days=3)).isoformat(),
        **given,
    }


@pytest.fixture
async def second(api: Api) -> Session:
    return await make_staff(api, Role.OPERATOR)


async def draft(api: Api, operator: Session, **given: Any) -> dict[str, Any]:
    made = await api.post("/v1/desk/campaigns", by=operator, json=body(**given))
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def propose(api: Api, operator: Session, campaign: dict[str, Any]) -> dict[str, Any]:
    proposed = await api.post(f"/v1/desk/campaigns/{campaign['id']}/propose", by=operator, json=_REASON)
    assert proposed.status_code == 202, proposed.text
    found: dict[str, Any] = proposed.json()
    return found


async def launch(api: Api, operator: Session, second: Session, *, after: Session) -> dict[str, Any]:
    """A campaign to whoever is far away and registered after somebody, let go by two persons."""
    campaign = await draft(api, operator, segment={"kind": "province", "value": _FAR})
    await api.services.pool.execute(
        "UPDATE campaigns SET after_id = $2 WHERE campaign_id = $1", UUID(campaign["id"]), after.person.resident_id
    )
    proposal = await propose(api, operator, campaign)
    approved = await api.post(f"/v1/staff/proposals/{proposal['id']}/approve", by=second)
    assert approved.json()["state"] == "executed"
    return campaign


async def make_traveller(api: Api) -> Session:
    """A resident whose last crossing led far away, and who agreed that this be known."""
    resident = await log_in(api, await make_person(api))
    await agree(api, resident)
    await api.services.pool.execute(
        "INSERT INTO crossings (subject_no, crossing_id, from_province, to_province, crossed_at, seen_by, recorded_at)"
        " SELECT subject_no, $2, '31', $3, $4, 'fix', $4 FROM residents WHERE resident_id = $1",
        resident.person.resident_id,
        new_id(),
        _FAR,
        now(),
    )
    return resident


async def walk(api: Api, campaign_id: str) -> None:
    """As a worker would at the campaign's next hour, and as if that were now."""
    campaign = await get_campaign(api.services.pool, UUID(campaign_id))
    assert campaign is not None
    moment = find_opening(campaign.content.window, now() + timedelta(seconds=1))
    for step in range(1000):
        at = moment + timedelta(seconds=step)
        if await walk_page(api.services.pool, UUID(campaign_id), "31", at, served=LANES, most_waiting=_PATIENT) is None:
            break
    await api.services.pool.execute(
        "UPDATE outbox SET due_at = $2 WHERE topic = 'campaign' AND data ->> 'campaign_id' = $1", campaign_id, now()
    )


async def get(api: Api, by: Session, campaign: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get(f"/v1/desk/campaigns/{campaign['id']}", by=by)).json()
    return found


async def test_two_persons_send_it_and_it_is_read_in_two_languages(
    api: Api, operator: Session, second: Session
) -> None:
    campaign = await launch(api, operator, second, after=second)
    resident = await make_traveller(api)
    await walk(api, campaign["id"])
    [told] = [one for one in await list_messages(api, resident, 1) if one["topic"] == "campaign"]
    assert (told["title"], told["body"]) == (campaign["title"]["zh"], campaign["body"]["zh"])
    assert told["data"] == {"campaign_id": campaign["id"], "link": "/resident#/wallet"}
    english = await api.get("/v1/me/messages", by=resident, headers={"Accept-Language": "en"})
    assert english.json()["items"][0]["title"] == campaign["title"]["en"]
    auditor = await make_staff(api, Role.AUDITOR)
    found = await get(api, auditor, campaign)
    assert (found["state"], found["progress"]["share"], found["digest"]) == ("finished", 1, campaign["digest"])
    assert (found["progress"]["told"], found["figures"]["least"]) == (None, 20), "a few people are nobody's to count"
    await api.services.pool.execute(
        "INSERT INTO campaign_tallies (campaign_id, channel, outcome, total) VALUES ($1, 'apns', 'delivered', 1)",
        UUID(campaign["id"]),
    )
    few = (await get(api, auditor, campaign))["figures"]
    assert (few["opened"], few["channels"]) == (None, []), "that one of them has an iPhone is theirs alone"
    listed = (await api.get("/v1/desk/campaigns", by=auditor, params={"limit": 1})).json()
    assert listed["items"][0]["id"] == campaign["id"]
    assert await last_acts(api, operator, 2) == ["proposal.made:campaign.send", "campaign.drafted"]
    assert await last_acts(api, second) == ["proposal.approved:campaign.send"]


async def test_nobody_lets_their_own_go(api: Api, operator: Session, second: Session) -> None:
    campaign = await draft(api, operator)
    proposal = await propose(api, operator, campaign)
    assert proposal["details"] == {
        "title_zh": campaign["title"]["zh"],
        "title_en": campaign["title"]["en"],
        "body_zh": campaign["body"]["zh"],
        "body_en": campaign["body"]["en"],
        "link": campaign["link"],
        "segment": "all",
        "digest": campaign["digest"],
    }
    address = f"/v1/staff/proposals/{proposal['id']}"
    assert slug_of(await api.post(f"{address}/approve", by=operator)) == "own-proposal"
    again = await api.post(f"/v1/desk/campaigns/{campaign['id']}/propose", by=second, json=_REASON)
    assert slug_of(again) == "campaign-state"
    assert (await api.post(f"{address}/reject", by=second, json=_REASON)).json()["state"] == "rejected"
    assert (await get(api, second, campaign))["state"] == "rejected"
    assert slug_of(await api.post(f"/v1/desk/campaigns/{campaign['id']}/pause", by=second)) == "campaign-state"


async def test_what_was_written_by_a_clock_of_another_zone_is_let_go(
    api: Api, operator: Session, second: Session
) -> None:
    """The digest is of moments, however they were written."""
    ends = (now() + timedelta(days=3)).astimezone(timezone(timedelta(hours=8)))
    proposal = await propose(api, operator, await draft(api, operator, expires_at=ends.isoformat()))
    approved = await api.post(f"/v1/staff/proposals/{proposal['id']}/approve", by=second)
    assert approved.json()["state"] == "executed"


async def test_what_was_called_back_is_not_let_go(api: Api, operator: Session, second: Session) -> None:
    campaign = await draft(api, operator)
    proposal = await propose(api, operator, campaign)
    cancelled = await api.post(f"/v1/desk/campaigns/{campaign['id']}/cancel", by=operator, json=_REASON)
    assert cancelled.json()["state"] == "cancelled"
    assert slug_of(await api.post(f"/v1/staff/proposals/{proposal['id']}/approve", by=second)) == "campaign-state"
    assert await last_acts(api, operator) == ["campaign.cancelled"]


async def test_it_is_paused_resumed_and_ended_and_what_was_told_stays(
    api: Api, operator: Session, second: Session
) -> None:
    campaign = await launch(api, operator, second, after=second)
    resident = await make_traveller(api)
    address = f"/v1/desk/campaigns/{campaign['id']}"
    assert (await api.post(f"{address}/pause", by=second)).json()["state"] == "paused"
    await walk(api, campaign["id"])
    assert (await get(api, second, campaign))["progress"]["share"] == 0
    assert (await api.post(f"{address}/resume", by=operator)).json()["state"] == "running"
    await walk(api, campaign["id"])
    assert slug_of(await api.post(f"{address}/cancel", by=second, json=_REASON)) == "campaign-state"  # it had ended
    await api.services.pool.execute(
        "UPDATE campaigns SET state = 'cancelled' WHERE campaign_id = $1", UUID(campaign["id"])
    )
    assert [one["title"] for one in await list_messages(api, resident, 1)] == [campaign["title"]["zh"]]
    assert await last_acts(api, second) == ["campaign.paused"]
    assert await last_acts(api, operator) == ["campaign.resumed"]


async def test_a_test_reaches_its_sender_alone_and_says_so(api: Api, operator: Session) -> None:
    campaign = await draft(api, operator)
    assert (await api.post(f"/v1/desk/campaigns/{campaign['id']}/test", by=operator)).status_code == 204
    [told] = [one for one in await list_messages(api, operator, 1) if one["topic"] == "campaign"]
    assert told["title"] == f"【测试】{campaign['title']['zh']}"
    recipients = await api.services.pool.fetch(
        "SELECT DISTINCT recipient FROM outbox WHERE data ->> 'campaign_id' = $1", campaign["id"]
    )
    assert [row["recipient"] for row in recipients] == [operator.person.resident_id]


async def test_a_preview_counts_in_round_numbers_and_keeps_nothing(api: Api, operator: Session) -> None:
    before = (await api.get("/v1/desk/campaigns", by=operator, params={"limit": 1})).json()["items"]
    nobody = {"kind": "licence", "value": "mainland-travel-permit"}
    shown = (await api.post("/v1/desk/campaigns/preview", by=operator, json=body(segment={"kind": "all"}))).json()
    assert shown["is_exact"] is True
    assert shown["reach"] is None or shown["reach"] % 10 == 0
    assert (shown["zh"]["title"], shown["en"]["card"]) == ("社保卡可以在手机上展示了", "Show your social se…")
    refused = await api.post("/v1/desk/campaigns/preview", by=operator, json=body(segment=nobody))
    assert refused.json()["errors"][0]["pointer"] == "/segment/value"
    assert (await api.get("/v1/desk/campaigns", by=operator, params={"limit": 1})).json()["items"] == before


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"link": "https://evil.example"}, "/link"),
        ({"body": {"zh": "详见 www.evil.example", "en": "Look."}}, "/body/zh"),
        ({"window": {"begins": "22:00", "ends": "23:00"}}, "/window"),
        ({"window": {"begins": "24:00", "ends": "23:00"}}, "/window/begins"),
        ({"rate": 0}, "/rate"),
        ({"expires_at": "2026-01-01T00:00:00"}, "/expires_at"),
    ],
)
async def test_what_no_campaign_may_be(api: Api, operator: Session, given: dict[str, Any], pointer: str) -> None:
    refused = await api.post("/v1/desk/campaigns", by=operator, json=body(**given))
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]


async def test_an_operator_neither_previews_nor_tests_without_end(api: Api, second: Session) -> None:
    campaign, settings = await draft(api, second), api.services.settings
    limits = {
        "preview": settings.campaign_previews_per_hour,
        f"{campaign['id']}/test": settings.campaign_tests_per_hour,
    }
    for act, most in limits.items():
        await spend_quota(api, f"campaign-{act.rpartition('/')[2]}:{second.person.resident_id}", most - 1)
        given = {"json": body()} if act == "preview" else {}
        assert (await api.post(f"/v1/desk/campaigns/{act}", by=second, **given)).status_code in {200, 204}
        refused = await api.post(f"/v1/desk/campaigns/{act}", by=second, **given)
        assert slug_of(refused) == "too-many-requests"
        assert int(refused.headers["Retry-After"]) > 1800
    assert len([one for one in await list_messages(api, second, 1) if one["topic"] == "campaign"]) == 1
