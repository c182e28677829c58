"""Of those who run it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import httpx

from api.services import now
from app.people.model import Role
from tests.api.harness import issue_code, scan
from tests.api.office import enrol, find_resident, make_staff, open_staff_session, propose
from tests.api.provoking.scene import Provoking, Scene

_WORDS = {"words": "this is what was found"}
_REASON = {"reason": "as agreed at the meeting"}


async def act_without_the_second_factor(scene: Scene) -> httpx.Response:
    operator = await make_staff(scene.api, Role.OPERATOR)
    await enrol(scene.api, operator)
    refreshed = await scene.api.post("/v1/sessions/refresh", json={"refresh_token": operator.refresh_token})
    return await scene.api.get("/v1/staff/roles", by=refreshed.json()["access_token"])


async def guess_at_the_door(scene: Scene) -> httpx.Response:
    operator = await make_staff(scene.api, Role.OPERATOR)
    return await scene.api.post("/v1/staff/sessions", by=operator, json={"recovery_code": "AAAA-BBBB-CCCC"})


async def guess_without_end(scene: Scene) -> httpx.Response:
    operator = await make_staff(scene.api, Role.OPERATOR)
    for _ in range(6):
        answer = await scene.api.post("/v1/staff/sessions", by=operator, json={"recovery_code": "AAAA-BBBB-CCCC"})
    return answer


async def remove_the_only_factor(scene: Scene) -> httpx.Response:
    enrolled = await enrol(scene.api, await make_staff(scene.api, Role.MANAGER))
    opened = await open_staff_session(scene.api, enrolled)
    return await scene.api.delete(f"/v1/staff/factors/{enrolled.factor_id}", by=opened["access_token"])


async def make_an_operator_alone(scene: Scene) -> httpx.Response:
    operator = await make_staff(scene.api, Role.OPERATOR)
    body = {"phone": scene.resident.person.phone, "role": "operator", **_REASON}
    return await scene.api.post("/v1/staff/roles", by=operator, json=body)


async def approve_ones_own(scene: Scene) -> httpx.Response:
    operator = await make_staff(scene.api, Role.OPERATOR)
    proposal = await propose(scene.api, operator, kind="keys.rotate", use="code")
    return await scene.api.post(f"/v1/staff/proposals/{proposal['id']}/approve", by=operator)


async def give_oneself_a_role(scene: Scene) -> httpx.Response:
    operator = await make_staff(scene.api, Role.OPERATOR)
    body = {"phone": operator.person.phone, "role": "manager", **_REASON}
    return await scene.api.post("/v1/staff/roles", by=operator, json=body)


async def decide_twice(scene: Scene) -> httpx.Response:
    operator = await make_staff(scene.api, Role.OPERATOR)
    proposal = await propose(scene.api, operator, kind="keys.rotate", use="code")
    address = f"/v1/staff/proposals/{proposal['id']}/reject"
    await scene.api.post(address, by=operator, json=_REASON)
    return await scene.api.post(address, by=operator, json=_REASON)


async def follow_an_old_look(scene: Scene) -> httpx.Response:
    operator = await make_staff(scene.api, Role.OPERATOR)
    found = await find_resident(scene.api, operator, scene.resident.person.phone)
    await scene.api.services.pool.execute(
        "UPDATE staff_looks SET expires_at = looked_at WHERE look_id = $1", found["look_id"]
    )
    return await scene.api.post(f"/v1/desk/residents/{found['look_id']}/lock", by=operator, json=_REASON)


async def reject_an_approved_venue(scene: Scene) -> httpx.Response:
    operator = await make_staff(scene.api, Role.OPERATOR)
    return await scene.api.post(f"/v1/venues/{scene.gate.venue_id}/reject", by=operator, json=_WORDS)


async def answer_twice(scene: Scene) -> httpx.Response:
    operator = await make_staff(scene.api, Role.OPERATOR)
    access_id = await dispute_a_scan(scene)
    address = f"/v1/desk/disputes/{access_id}/answer"
    await scene.api.post(address, by=operator, json={"outcome": "upheld", **_WORDS})
    return await scene.api.post(address, by=operator, json={"outcome": "rejected", **_WORDS})


async def dispute_a_scan(scene: Scene) -> str:
    code = await issue_code(scene.api, scene.resident)
    access_id: str = (await scan(scene.api, scene.gate, code, str(uuid4()))).json()["scan_id"]
    address = f"/v1/me/accesses/{access_id}/dispute"
    await scene.api.post(address, by=scene.resident, json={"reason": "I was at home"})
    return access_id


async def pause_what_does_not_run(scene: Scene) -> httpx.Response:
    operator = await make_staff(scene.api, Role.OPERATOR)
    body = {
        "title": {"zh": "通知", "en": "Notice"},
        "body": {"zh": "请查看。", "en": "Please look."},
        "expires_at": (now() + timedelta(days=1)).isoformat(),
    }
    drafted = (await scene.api.post("/v1/desk/campaigns", by=operator, json=body)).json()
    return await scene.api.post(f"/v1/desk/campaigns/{drafted['id']}/pause", by=operator)


PROVOKED: dict[str, Provoking] = {
    "second-factor-required": act_without_the_second_factor,
    "second-factor-wrong": guess_at_the_door,
    "second-factor-locked": guess_without_end,
    "last-factor": remove_the_only_factor,
    "two-persons-required": make_an_operator_alone,
    "own-proposal": approve_ones_own,
    "own-role": give_oneself_a_role,
    "proposal-decided": decide_twice,
    "look-expired": follow_an_old_look,
    "venue-judged": reject_an_approved_venue,
    "dispute-answered": answer_twice,
    "campaign-state": pause_what_does_not_run,
}
