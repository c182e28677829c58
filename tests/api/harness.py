"""The whole application in this process, spoken to as over HTTP, and people to speak to it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol
from uuid import UUID, uuid4

import httpx
import msgspec
from litestar import Litestar
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Scope, Send
from stdnum.iso7064 import mod_11_2

from api.application import create_litestar
from api.observing import Observer
from api.services import Services, now
from app.people.challenging import open_text
from app.people.model import Role
from app.people.seeding import SeededPerson, seed_person
from app.settings import Settings
from app.venues import registering, scanners
from tests.api.promises import check_promises

BASE = "http://127.0.0.1:8000"


class Caller(Protocol):
    """Whoever has a credential."""

    @property
    def credential(self) -> str: ...


class Person(msgspec.Struct, frozen=True):
    """Somebody invented for one test."""

    resident_id: UUID
    phone: str
    name: str
    id_number: str
    installation_id: UUID


class Session(msgspec.Struct, frozen=True):
    """A person logged in."""

    person: Person
    installation_id: UUID
    access_token: str
    refresh_token: str
    assurance: str

    @property
    def credential(self) -> str:
        return self.access_token


class Gate(msgspec.Struct, frozen=True):
    """A scanner at a venue of its own."""

    venue_id: UUID
    scanner_id: UUID
    manager_id: UUID
    purpose: str
    credential: str


class Api:
    """One server process's application; each answer is held to what every answer promises."""

    def __init__(self, litestar: Litestar, services: Services) -> None:
        self.litestar = litestar
        self.services = services
        self.asgi: ASGIApp = Observer(litestar, log_requests=False, is_production=False)
        self._routed: Scope | None = None

    async def call(
        self,
        method: str,
        path: str,
        *,
        by: Caller | str | None = None,
        json: Any = None,
        headers: dict[str, str] | dict[bytes, bytes] | None = None,
        address: str = "127.0.0.1",
        **more: Any,
    ) -> httpx.Response:
        sent = httpx.Headers(headers or {})
        if by is not None:
            sent["Authorization"] = f"Bearer {by if isinstance(by, str) else by.credential}"
        routed: list[Scope] = []

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            routed.append(scope)
            await self.asgi(scope, receive, send)

        transport = httpx.ASGITransport(app=application, client=(address, 5))  # type: ignore[arg-type]  # the same protocol
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            response = await client.request(method, path, json=json, headers=sent, **more)
        check_promises(response, routed[0])
        return response

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.call("GET", path, **more)

    async def post(self, path: str, **more: Any) -> httpx.Response:
        return await self.call("POST", path, **more)

    async def patch(self, path: str, **more: Any) -> httpx.Response:
        return await self.call("PATCH", path, **more)

    async def delete(self, path: str, **more: Any) -> httpx.Response:
        return await self.call("DELETE", path, **more)


_idle: list[Litestar] = []
"""Development applications that nobody runs now: making one takes as long as ten tests of it."""


@contextmanager
def _lend_litestar(settings: Settings) -> Generator[Litestar]:
    """An application that knows these settings and nothing of those who had it before."""
    if settings.is_production:
        yield create_litestar(settings)
        return
    litestar = _idle.pop() if _idle else create_litestar(settings)
    litestar.state = State({"settings": settings})
    yield litestar
    _idle.append(litestar)


@asynccontextmanager
async def running_api(settings: Settings) -> AsyncGenerator[Api]:
    """Opens everything that a server process opens, and closes it: in one task, as Litestar asks for."""
    with _lend_litestar(settings) as litestar:
        async with _running(litestar) as api:
            yield api


@asynccontextmanager
async def _running(litestar: Litestar) -> AsyncGenerator[Api]:
    opened, closing = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with litestar.lifespan():
            opened.set()
            await closing.wait()

    living = asyncio.create_task(live())
    await asyncio.wait([living, waiting := asyncio.create_task(opened.wait())], return_when="FIRST_COMPLETED")
    waiting.cancel()
    if living.done():
        await living
    try:
        yield Api(litestar, litestar.state.services)
    finally:
        closing.set()
        await living


def invent_phone() -> str:
    """A mobile number of the mainland that no test had before."""
    return f"+8613{random.randrange(10**9):09}"  # noqa: S311  invented, not secret


async def make_person(api: Api, *, verified: bool = True, role: Role | None = None, name: str = "王小明") -> Person:
    """A resident; a verified one has proven who they are, and has a trusted installation."""
    body = f"31010119900307{random.randrange(1000):03}"  # noqa: S311  invented, not secret
    person = SeededPerson(
        name=name,
        phone=invent_phone(),
        id_number=f"{uuid4().hex}{body}{mod_11_2.calc_check_digit(body)}",  # no two tests' people are the same
        installation_id=uuid4(),
        verified=verified,
        role=role,
    )
    resident_id = await seed_person(api.services.pool, api.services.vault, person, now())
    return Person(resident_id, person.phone, person.name, person.id_number, person.installation_id)


async def request_otp(api: Api, phone: str, **more: Any) -> tuple[UUID, str]:
    """A challenge, and the one-time password that its text would have shown."""
    response = await api.post("/v1/otp", json={"phone": phone}, **more)
    assert response.status_code == 202, response.text
    challenge_id = UUID(response.json()["challenge_id"])
    return challenge_id, await read_otp(api, challenge_id)


async def read_otp(api: Api, challenge_id: UUID) -> str:
    """What the outbox holds sealed for the SMS gateway."""
    sealed = await api.services.pool.fetchval("SELECT sealed FROM outbox WHERE recipient = $1", challenge_id)
    assert sealed is not None, "the text has been sent already"
    return open_text(api.services.vault, sealed).otp


async def open_session(api: Api, phone: str, installation_id: UUID) -> httpx.Response:
    """Asks for a one-time password and uses it."""
    challenge_id, otp = await request_otp(api, phone)
    body = {
        "grant": "otp",
        "challenge_id": str(challenge_id),
        "otp": otp,
        "installation_id": str(installation_id),
    }
    return await api.post("/v1/sessions", json=body)


async def log_in(api: Api, person: Person, installation_id: UUID | None = None) -> Session:
    """A session on the person's own installation, or on another."""
    installation = installation_id or person.installation_id
    response = await open_session(api, person.phone, installation)
    assert response.status_code == 201, response.text
    opened = response.json()
    return Session(person, installation, opened["access_token"], opened["refresh_token"], opened["assurance"])


async def refresh(api: Api, session: Session) -> Session:
    """The session with its next pair of tokens."""
    response = await api.post("/v1/sessions/refresh", json={"refresh_token": session.refresh_token})
    assert response.status_code == 200, response.text
    opened = response.json()
    return Session(
        session.person,
        session.installation_id,
        opened["access_token"],
        opened["refresh_token"],
        opened["assurance"],
    )


async def make_gate(api: Api, *, purpose: str = "hospital-registration", approved: bool = True) -> Gate:
    """A scanner at an approved venue; where it is not approved, the approval is taken back after enrolment."""
    pool, moment, manager_id = api.services.pool, now(), uuid4()
    venue = await registering.create_venue(
        pool, manager_id=manager_id, name="甲医院", purpose=purpose, adcode="310101", address="随行路1号", now=moment
    )
    await registering.approve_venue(pool, venue_id=venue.venue_id, operator_id=uuid4(), now=moment)
    issued = await scanners.add_scanner(
        pool, venue_id=venue.venue_id, manager_id=manager_id, name="gate", lifetime=30 * 86400, now=moment
    )
    if not approved:
        await pool.execute("UPDATE venues SET approved_at = NULL WHERE venue_id = $1", venue.venue_id)
    return Gate(venue.venue_id, issued.scanner_id, manager_id, purpose, issued.credential)


async def issue_code(api: Api, session: Session) -> str:
    """The text of a code of the resident's own."""
    response = await api.post("/v1/codes", by=session, json={"kind": "personal"})
    assert response.status_code == 201, response.text
    code: str = response.json()["code"]
    return code


async def scan(api: Api, gate: Gate, code: str, key: str | None = None, **body: Any) -> httpx.Response:
    """The gate scans a code, with an Idempotency-Key where one is given."""
    headers = {"Idempotency-Key": key} if key else {}
    return await api.post("/v1/scans", by=gate, json={"code": code, **body}, headers=headers)


async def wait_refused(api: Api, session: Session) -> httpx.Response:
    """The answer once the session is refused, within the five seconds that it may take."""
    async with asyncio.timeout(5):
        while (response := await api.get("/v1/me", by=session)).status_code == 200:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.05)
    return response


async def spend_quota(api: Api, whose: str, most: int) -> None:
    """Takes all of so many (app.people.quotas), as if it had been asked for that often just now."""
    await api.services.pool.execute(
        "SELECT claim_quota($1, $2, interval '1 hour', now()) FROM generate_series(1, $2)",
        api.services.vault.index("quota", whose),
        most,
    )


def slug_of(response: httpx.Response) -> str:
    """What a refusal is called."""
    slug: str = response.json()["type"].removeprefix("/problems/")
    return slug
