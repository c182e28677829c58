"""A window at work over HTTP: somebody stands there, and a face check says who."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import msgspec

from api.services import now
from app.development.identity_standing_in import IdentityStandIns
from app.people.model import Role
from app.people.seeding import SeededPerson, seed_person
from tests.api.harness import Api, Person, Session, invent_phone, log_in
from tests.api.office import make_staff
from tests.harness.identity import invent_id_number

PRESENCES = "/v1/windows/presences"


class Window(msgspec.Struct, frozen=True):
    """A member of staff, and the authority that looks at faces."""

    api: Api
    authority: IdentityStandIns
    staff: Session

    async def start(self, name: str, id_number: str) -> httpx.Response:
        body = {"name": name, "id_number": id_number, "device": "{}"}
        return await self.api.post(f"{PRESENCES}/checks", by=self.staff, json=body)

    async def open(self, name: str, id_number: str, check_id: str, **more: Any) -> httpx.Response:
        body = {"name": name, "id_number": id_number, "evidence": {"kind": "face", "check_id": check_id}}
        return await self.api.post(PRESENCES, by=more.get("by", self.staff), json=body)

    async def look(self, name: str, id_number: str, *, passes: bool = True) -> httpx.Response:
        """Somebody stands there and looks into the camera."""
        started = await self.start(name, id_number)
        assert started.status_code == 201, started.text
        self.authority.files.complete_face(started.json()["certify_id"], "pass" if passes else "fail")
        return await self.open(name, id_number, started.json()["check_id"])

    async def meet(self, person: Person) -> str:
        """The presence of somebody, by its id."""
        opened = await self.look(person.name, person.id_number)
        assert opened.status_code == 201, opened.text
        presence_id: str = opened.json()["id"]
        return presence_id

    async def register(self, name: str, id_number: str) -> str:
        """The presence of somebody who had no account, and has one now."""
        opened = await self.look(name, id_number)
        assert opened.json()["registered"] is False
        presence_id: str = opened.json()["id"]
        made = await self.api.post(f"{PRESENCES}/{presence_id}/registration", by=self.staff)
        assert made.status_code == 201, made.text
        return presence_id

    async def set_up(self, carer: str, relative: str, kinship: str = "parent") -> httpx.Response:
        body = {"carer_presence_id": carer, "relative_presence_id": relative, "kinship": kinship}
        return await self.api.post("/v1/windows/care", by=self.staff, json=body)

    async def confirm(self, presence_id: str, name: str, id_number: str) -> httpx.Response:
        """The guardian who stands there has brought a birth certificate."""
        body = {
            "name": name,
            "id_number": id_number,
            "relation": "parent",
            "document": {"kind": "birth-certificate", "number": "P310000001"},
        }
        return await self.api.post(f"{PRESENCES}/{presence_id}/guardian-consents", by=self.staff, json=body)


async def open_window(api: Api, authority: IdentityStandIns) -> Window:
    return Window(api, authority, await make_staff(api, Role.WINDOW))


async def make_resident(api: Api, *, age: int = 40, name: str = "王小明", id_number: str | None = None) -> Session:
    """Somebody verified under a number that passes its checks."""
    number = id_number or invent_id_number(age=age)
    seeded = SeededPerson(name=name, phone=invent_phone(), id_number=number, installation_id=uuid4(), verified=True)
    resident_id = await seed_person(api.services.pool, api.services.vault, seeded, now())
    return await log_in(api, Person(resident_id, seeded.phone, name, number, seeded.installation_id))


async def count_notices(api: Api, session: Session, topic: str) -> int:
    query = "SELECT count(*) FROM outbox WHERE recipient = $1 AND topic = $2 AND expires_at > created_at"
    count: int = await api.services.pool.fetchval(query, session.person.resident_id, topic)
    return count
