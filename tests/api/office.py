"""Staff at work over HTTP: a second factor enrolled, a session of staff opened, a lookup made."""

from __future__ import annotations

from typing import Any

import msgspec

from api.services import now
from app.people.model import Role
from tests.api.harness import Api, Session, log_in, make_person
from tests.app.staff.harness import STEP, code_at

ASKED = {"reason": "lost the phone, calls the hotline", "case_reference": "H-2026-17"}


class Enrolled(msgspec.Struct, frozen=True):
    """A person with an authenticator app."""

    session: Session
    secret: str
    factor_id: str
    recovery_codes: list[str]


async def make_staff(api: Api, role: Role) -> Session:
    """Somebody who holds a role and has no second factor, as development allows."""
    return await log_in(api, await make_person(api, role=role))


async def enrol(api: Api, session: Session) -> Enrolled:
    made = await api.post("/v1/staff/factors/totp", by=session, json={"name": "phone"})
    assert made.status_code == 201, made.text
    factor = made.json()
    shown = {"totp": code_at(factor["secret"], now() - STEP)}  # so that the code of now is still good afterwards
    confirmed = await api.post(f"/v1/staff/factors/totp/{factor['id']}/confirm", by=session, json=shown)
    assert confirmed.status_code == 200, confirmed.text
    return Enrolled(session, factor["secret"], factor["id"], confirmed.json()["recovery_codes"])


async def open_staff_session(api: Api, enrolled: Enrolled) -> dict[str, Any]:
    """By a recovery code, of which there are ten, so that no test waits for the next time step."""
    code = enrolled.recovery_codes.pop()
    opened = await api.post("/v1/staff/sessions", by=enrolled.session, json={"recovery_code": code})
    assert opened.status_code == 201, opened.text
    found: dict[str, Any] = opened.json()
    return found


async def find_resident(api: Api, operator: Session, phone: str) -> dict[str, Any]:
    found = await api.post("/v1/desk/residents/search", by=operator, json={"phone": phone, **ASKED})
    assert found.status_code == 200, found.text
    answer: dict[str, Any] = found.json()
    return answer


async def propose(api: Api, operator: Session, **draft: Any) -> dict[str, Any]:
    made = await api.post("/v1/staff/proposals", by=operator, json={"reason": "as agreed at the meeting", **draft})
    assert made.status_code == 201, made.text
    answer: dict[str, Any] = made.json()
    return answer
