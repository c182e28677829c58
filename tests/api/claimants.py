"""People who come in by any account, prove who they are by any evidence, and claim."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec

from api.services import now
from app.development.identity_standing_in import IdentityStandIns
from app.development.platforms import PlatformStandIns
from app.people.seeding import SeededPerson, seed_person
from tests.api.harness import Api, Person, invent_phone, log_in, request_otp, slug_of
from tests.harness.identity import invent_id_number

NAME = "王小明"
_USERS = itertools.count()


class Visitor(msgspec.Struct, frozen=True):
    """Somebody logged in, whoever they are."""

    resident_id: UUID
    installation_id: UUID
    access_token: str
    refresh_token: str
    assurance: str

    @property
    def credential(self) -> str:
        return self.access_token

    @property
    def is_verified(self) -> bool:
        return self.assurance == "verified"


class Town(msgspec.Struct, frozen=True):
    """The application, and the platforms and authorities around it."""

    api: Api
    platforms: PlatformStandIns
    authority: IdentityStandIns

    async def open(self, grant: dict[str, str], installation_id: UUID | None = None) -> Visitor:
        """Logs in by a grant."""
        installation = installation_id or uuid4()
        response = await self.api.post("/v1/sessions", json={**grant, "installation_id": str(installation)})
        assert response.status_code == 201, response.text
        return read_visitor(response, installation)

    def wechat(self, user: str) -> dict[str, str]:
        """A grant of somebody's WeChat."""
        made = self.platforms.create_code("wechat", user)
        return {"grant": "wechat", "app_id": made.app_id, "code": made.code}

    def alipay(self, user: str) -> dict[str, str]:
        made = self.platforms.create_code("alipay", user)
        return {"grant": "alipay", "app_id": made.app_id, "auth_code": made.code}

    async def otp(self, phone: str) -> dict[str, str]:
        """A grant of whoever reads the texts of a phone."""
        challenge_id, otp = await request_otp(self.api, phone)
        return {"grant": "otp", "challenge_id": str(challenge_id), "otp": otp}

    async def make_owner(self, *, age: int = 40) -> tuple[Person, Visitor]:
        """A verified resident under a number that passes its checks, on a trusted installation."""
        seeded = SeededPerson(NAME, invent_phone(), invent_id_number(age=age), uuid4(), verified=True)
        resident_id = await seed_person(self.api.services.pool, self.api.services.vault, seeded, now())
        person = Person(resident_id, seeded.phone, NAME, seeded.id_number, seeded.installation_id)
        session = await log_in(self.api, person)
        visitor = Visitor(
            resident_id, session.installation_id, session.access_token, session.refresh_token, session.assurance
        )
        return person, visitor

    async def prove_by_face(
        self, by: Visitor, id_number: str, *, name: str = NAME, passes: bool = True
    ) -> httpx.Response:
        body = {"kind": "face", "name": name, "id_number": id_number, "device": "{}"}
        started = await self.api.post("/v1/me/identity/checks", by=by, json=body)
        if started.status_code != 201:
            return started
        self.authority.files.complete_face(started.json()["certify_id"], "pass" if passes else "fail")
        evidence = {"kind": "face", "check_id": started.json()["check_id"]}
        return await self.prove(by, evidence, name=name, id_number=id_number)

    async def prove_by_credential(self, by: Visitor, phone: str, **more: str) -> httpx.Response:
        """By the network credential of the person whose phone this is."""
        started = await self.api.post("/v1/me/identity/checks", by=by, json={"kind": "network-credential"})
        assert started.status_code == 201, started.text
        credential = self.authority.network.issue(started.json()["sequence"], phone)
        evidence = {"kind": "network-credential", "check_id": started.json()["check_id"], "credential": credential}
        return await self.prove(by, evidence, **more)

    async def prove_by_carrier(self, by: Visitor, id_number: str, *, name: str = NAME) -> httpx.Response:
        return await self.prove(by, {"kind": "carrier"}, name=name, id_number=id_number)

    async def prove(self, by: Visitor, evidence: dict[str, str], **told: str) -> httpx.Response:
        return await self.api.post("/v1/me/identity", by=by, json={"evidence": evidence, **told})

    async def claim(self, by: Visitor, id_number: str) -> UUID:
        """A claim on somebody's identity by a face that is theirs."""
        response = await self.prove_by_face(by, id_number)
        assert response.status_code == 202, response.text
        return UUID(response.json()["claim_id"])

    async def decide(self, by: Visitor, claim_id: UUID, act: str) -> httpx.Response:
        return await self.api.post(f"/v1/me/identity/claims/{claim_id}/{act}", by=by)

    async def complete(self, by: Visitor, claim_id: UUID) -> Visitor:
        response = await self.decide(by, claim_id, "complete")
        assert response.status_code == 200, response.text
        return read_visitor(response, by.installation_id)

    async def let_a_day_pass(self, claim_id: UUID) -> None:
        """For one claim, which is due then."""
        await self.api.services.pool.execute(
            "UPDATE identity_claims SET opened_at = opened_at - interval '24 hours', "
            "due_at = due_at - interval '24 hours' WHERE claim_id = $1",
            claim_id,
        )

    async def list_claims(self, by: Visitor) -> list[dict[str, Any]]:
        response = await self.api.get("/v1/me/identity/claims", by=by)
        assert response.status_code == 200, response.text
        items: list[dict[str, Any]] = response.json()["items"]
        return items

    async def list_logins(self, by: Visitor) -> list[dict[str, Any]]:
        response = await self.api.get("/v1/me/logins", by=by)
        assert response.status_code == 200, response.text
        items: list[dict[str, Any]] = response.json()["items"]
        return items

    async def link(self, by: Visitor, grant: dict[str, str]) -> httpx.Response:
        return await self.api.post("/v1/me/logins", by=by, json=grant)

    async def told(self, resident_id: UUID) -> list[str]:
        """The topics that a resident was told of or is about to be, texts included, oldest first."""
        rows = await self.api.services.pool.fetch(
            "SELECT channel, topic FROM outbox WHERE recipient = $1 ORDER BY created_at, notice_id", resident_id
        )
        return [row["topic"] if row["channel"] == "inbox" else f"text {row['topic']}" for row in rows]


def read_visitor(response: httpx.Response, installation_id: UUID) -> Visitor:
    """The session that an answer opened."""
    opened = response.json()
    return Visitor(
        UUID(opened["resident_id"]),
        installation_id,
        opened["access_token"],
        opened["refresh_token"],
        opened["assurance"],
    )


def invent_user() -> str:
    """A user of WeChat or Alipay whom no test had before."""
    return f"user {next(_USERS)} {uuid4()}"


def answer_of(response: httpx.Response) -> str:
    """The status of what was done, or the slug of what was refused."""
    return slug_of(response) if response.status_code >= 400 else str(response.status_code)
