"""Companies of the stand-in registry, and the people who act for them."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec

from api.services import now
from app.development.enterprise_registry import EnterpriseRegistryStandIn, Registered
from app.enterprises.credit_codes import make_credit_code
from app.enterprises.model import CompanyState
from app.enterprises.tending import tell_invited
from app.people.seeding import SeededPerson, seed_person
from tests.api.harness import Api, Person, Session, invent_phone, log_in
from tests.harness.identity import invent_id_number

PATH = "/v1/me/enterprises"
INVITATIONS = "/v1/me/delegation-invitations"
_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


async def make_citizen(api: Api, *, name: str = "王小明", id_number: str | None = None) -> Session:
    """Somebody verified under a number that passes its checks."""
    number = id_number or invent_id_number(age=40)
    seeded = SeededPerson(name=name, phone=invent_phone(), id_number=number, installation_id=uuid4(), verified=True)
    resident_id = await seed_person(api.services.pool, api.services.vault, seeded, now())
    return await log_in(api, Person(resident_id, seeded.phone, name, number, seeded.installation_id))


class Firm(msgspec.Struct, frozen=True):
    """A company in the stand-in's register."""

    api: Api
    registry: EnterpriseRegistryStandIn
    entry: Registered

    @property
    def code(self) -> str:
        return self.entry.unified_social_credit_code

    def register(self, **changes: Any) -> Firm:
        """The company as the registry has it from now on."""
        entry = msgspec.structs.replace(self.entry, **changes)
        self.registry.files.put(entry)
        return msgspec.structs.replace(self, entry=entry)

    def represented_by(self, session: Session) -> Firm:
        person = session.person
        return self.register(representative_name=person.name, representative_id_number=person.id_number)

    def end(self, state: CompanyState = CompanyState.DEREGISTERED) -> Firm:
        return self.register(state=state)

    async def claim(self, by: Session, **changes: str) -> httpx.Response:
        return await self.api.post(PATH, by=by, json={"unified_social_credit_code": self.code} | changes)

    async def claimed(self, by: Session) -> dict[str, Any]:
        response = await self.claim(by)
        assert response.status_code == 201, response.text
        claimed: dict[str, Any] = response.json()
        return claimed


def make_firm(api: Api, registry: EnterpriseRegistryStandIn, representative: Session) -> Firm:
    """A company that no test had before."""
    organisation = "MA" + "".join(random.choices(_LETTERS, k=6))  # noqa: S311  invented, not secret
    person = representative.person
    entry = Registered(
        unified_social_credit_code=make_credit_code(organisation, division="310101").text,
        name=f"随行测试有限公司{organisation}",
        representative_name=person.name,
        representative_id_number=person.id_number,
    )
    registry.files.put(entry)
    return Firm(api, registry, entry)


async def invite(api: Api, by: Session, company_id: str, handler: Person, **changes: Any) -> httpx.Response:
    body: dict[str, Any] = {
        "name": handler.name,
        "phone": handler.phone,
        "scopes": ["tax"],
        "ends_at": (now() + timedelta(days=30)).isoformat(),
    }
    headers = {"Idempotency-Key": changes.pop("key")} if "key" in changes else {}
    return await api.post(f"{PATH}/{company_id}/delegations", by=by, json=body | changes, headers=headers)


async def delegate(api: Api, by: Session, company_id: str, handler: Session, **changes: Any) -> str:
    """A delegation that was accepted; its id."""
    response = await invite(api, by, company_id, handler.person, **changes)
    assert response.status_code == 201, response.text
    delegation_id: str = response.json()["id"]
    accepted = await api.post(f"{INVITATIONS}/{delegation_id}/accept", by=handler)
    assert accepted.status_code == 204, accepted.text
    return delegation_id


async def list_granted(api: Api, by: Session, company_id: str) -> list[dict[str, Any]]:
    response = await api.get(f"{PATH}/{company_id}/delegations", by=by)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def list_held(api: Api, by: Session) -> list[dict[str, Any]]:
    response = await api.get(PATH, by=by)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def ask_code(api: Api, by: Session, delegation_id: str | UUID) -> httpx.Response:
    return await api.post("/v1/codes", by=by, json={"kind": "enterprise", "delegation_id": str(delegation_id)})


async def code_of(api: Api, by: Session, delegation_id: str) -> str:
    response = await ask_code(api, by, delegation_id)
    assert response.status_code == 201, response.text
    code: str = response.json()["code"]
    return code


async def told(api: Api, session: Session) -> list[str]:
    """The topics that somebody was told of or is about to be, oldest first."""
    rows = await api.services.pool.fetch(
        "SELECT topic FROM outbox WHERE recipient = $1 AND channel = 'inbox' ORDER BY created_at, notice_id",
        session.person.resident_id,
    )
    return [row["topic"] for row in rows]


async def let_the_worker_tell(api: Api) -> None:
    await tell_invited(api.services.pool, api.services.vault, now())
