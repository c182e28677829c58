"""What residents want to hear of, where and when."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.devices.preferring import list_critical
from push.reaching import get_preferences
from tests.api.claimants import answer_of
from tests.api.harness import Api, Session, slug_of, spend_quota
from tests.api.pushing import agree

SILENT = {"apns": False, "fcm": False, "wechat": False, "alipay": False}


async def get(api: Api, by: Session, language: str = "en") -> dict[str, Any]:
    response = await api.get("/v1/me/preferences", by=by, headers={"Accept-Language": language})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def put(api: Api, by: Session, chosen: dict[str, Any]) -> httpx.Response:
    return await api.call("PUT", "/v1/me/preferences", by=by, json=chosen)


async def test_the_defaults_are_to_hear_of_everything(api: Api, resident: Session) -> None:
    found = await get(api, resident)
    assert (found["locale"], found["time_zone"], found["quiet_hours"]) == ("zh-CN", "Asia/Shanghai", None)
    assert (found["elder_view"], found["chosen"]) == (False, False)
    assert all(all(one["channels"].values()) for one in found["categories"])
    assert [one["category"] for one in found["categories"] if one["critical"]] == ["security"] == [*list_critical()]
    assert found["consents"] == [
        {"kind": "messages-alipay", "granted": False},
        {"kind": "messages-wechat", "granted": False},
    ]
    assert {one["title"] for one in (await get(api, resident, "zh-CN"))["categories"]} >= {"证照", "账户安全"}


async def test_what_was_read_is_put_back_as_a_whole(api: Api, resident: Session) -> None:
    chosen = await get(api, resident)
    await agree(api, resident)
    chosen |= {"locale": "en", "time_zone": "Asia/Urumqi", "elder_view": True}
    chosen["quiet_hours"] = {"begins": "22:30", "ends": "07:00"}
    for one in chosen["categories"]:
        one["channels"]["wechat"] = one["critical"]
    chosen["consents"] = [{"kind": "messages-alipay", "granted": True}]
    answer = await put(api, resident, chosen)
    assert answer.status_code == 200, answer.text
    assert await get(api, resident, "zh-CN") == answer.json()
    assert {one["kind"]: one["granted"] for one in answer.json()["consents"]} == {
        "messages-alipay": False,
        "messages-wechat": True,
    }, "consents are read here alone"
    kept = await get_preferences(api.services.pool, resident.person.resident_id)
    assert kept is not None
    assert kept.muted == {(one["category"], "wechat") for one in chosen["categories"] if not one["critical"]}
    assert kept.quiet is not None
    assert (kept.quiet.begins.hour, kept.quiet.begins.minute, kept.quiet.ends.hour) == (22, 30, 7)
    cleared = {**chosen, "quiet_hours": None, "categories": []}
    assert all(all(c["channels"].values()) for c in (await put(api, resident, cleared)).json()["categories"])


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"time_zone": "Asia/Atlantis"}, "/time_zone"),
        ({"time_zone": "../etc/passwd"}, "/time_zone"),
        ({"time_zone": "localtime"}, "/time_zone"),
        ({"locale": "fr"}, "/locale"),
        ({"quiet_hours": {"begins": "24:00", "ends": "07:00"}}, "/quiet_hours/begins"),
        ({"quiet_hours": {"begins": "07:00", "ends": "07:00"}}, "/quiet_hours/ends"),
        ({"categories": [{"category": "weather", "channels": SILENT}]}, "/categories/0/category"),
        ({"categories": [{"category": "security", "channels": SILENT}]}, "/categories/0/channels/apns"),
        ({"categories": [{"category": "care", "channels": SILENT}] * 2}, "/categories/1/category"),
    ],
)
async def test_what_cannot_be_chosen_says_where(
    api: Api, unverified: Session, changes: dict[str, Any], pointer: str
) -> None:
    before = await get(api, unverified)
    answer = await put(api, unverified, before | changes)
    assert answer_of(answer) == "invalid-request"
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await get(api, unverified) == before


async def test_nobody_chooses_without_end(api: Api, resident: Session) -> None:
    most = api.services.devices.preferences_daily
    await spend_quota(api, f"preferences:{resident.person.resident_id}", most - 1)
    chosen = await get(api, resident)
    assert (await put(api, resident, chosen | {"locale": "en"})).status_code == 200
    refused = await put(api, resident, chosen)
    assert slug_of(refused) == "too-many-requests"
    assert int(refused.headers["Retry-After"]) > 3600
    assert (await get(api, resident))["locale"] == "en"
