"""Staff to act as: residents with roles, logged in on an installation they trust, and an authenticator of our own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import struct
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from stdnum.iso7064 import mod_11_2

from app.database import Pool, transaction
from app.people.model import OpenedSession, ResidentCaller, Role
from app.people.seeding import SeededPerson, seed_person
from app.people.sessions import Doorkeeper, open_session, refresh
from app.people.staff_sessions import OpenedStaffSession
from app.people.tokens import AccessTokens, RefreshTokens
from app.sealing import Vault
from app.secrets import read_secrets
from app.settings import Settings
from app.staff import factors, sessions
from app.staff.factors import NewFactor
from app.staff.guesses import Proof
from app.staff.model import Proposal
from app.staff.proposing import approve_proposal, propose_act
from app.staff.registry import Draft, Registry

START = datetime(2026, 7, 1, 8, tzinfo=UTC)
STEP = timedelta(seconds=30)
REASON = "as agreed at the meeting"


def invent_phone() -> str:
    return f"+8613{random.randrange(10**9):09}"  # noqa: S311  invented, not secret


def invent_id_number() -> str:
    """Of anybody born within forty years: no two tests' people are the same."""
    day, sequence = divmod(random.randrange(14_600_000), 1000)  # noqa: S311  invented, not secret
    body = f"310101{date(1950, 1, 1) + timedelta(days=day):%Y%m%d}{sequence:03}"
    return body + mod_11_2.calc_check_digit(body)


def code_at(secret: str, at: datetime) -> str:
    """RFC 6238 in RFC 4226's words, written here again."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(at.timestamp()) // 30), hashlib.sha1)
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def open_door(pool: Pool, vault: Vault, settings: Settings) -> Doorkeeper:
    secrets = read_secrets(settings.keys_folder)
    tokens = AccessTokens(secrets.token, "suixing:31", settings.access_token_lifetime)
    return Doorkeeper(pool, vault, settings, tokens, RefreshTokens(secrets.token))


class Person(msgspec.Struct, frozen=True):
    """Somebody with a session of a resident's."""

    phone: str
    id_number: str
    caller: ResidentCaller
    opened: OpenedSession

    @property
    def id(self) -> UUID:
        return self.caller.resident_id


async def make_person(door: Doorkeeper, *roles: Role, now: datetime = START, verified: bool = True) -> Person:
    """A resident who holds roles, logged in."""
    seeded = SeededPerson(
        name="王小明",
        phone=invent_phone(),
        id_number=invent_id_number(),
        installation_id=uuid4(),
        verified=verified,
    )
    resident_id = await seed_person(door.pool, door.vault, seeded, now)
    for role in roles:
        await grant(door, resident_id, role, now)
    async with transaction(door.pool) as db:
        opened = await open_session(db, door, resident_id, seeded.installation_id, login_id=resident_id, now=now)
    return Person(seeded.phone, seeded.id_number, door.access_tokens.read(opened.access_token, now), opened)


async def grant(door: Doorkeeper, resident_id: UUID, role: Role, now: datetime = START) -> None:
    await door.pool.execute(
        "INSERT INTO roles (resident_id, role, granted_at) VALUES ($1, $2, $3)", resident_id, role.value, now
    )


async def enrol(door: Doorkeeper, person: Person, now: datetime = START) -> tuple[str, NewFactor]:
    """A TOTP of the person's, whose code of this step is spent on confirming it."""
    made = await factors.begin_totp(door, person.caller, "phone", now)
    return made.secret, await factors.confirm_totp(door, person.caller, made.factor_id, code_at(made.secret, now), now)


async def open_with(door: Doorkeeper, person: Person, secret: str, now: datetime) -> OpenedStaffSession:
    return await sessions.open_staff_session(door, person.caller, Proof(totp=code_at(secret, now)), now)


def read(door: Doorkeeper, opened: OpenedSession, now: datetime) -> ResidentCaller:
    return door.access_tokens.read(opened.access_token, now)


async def refresh_caller(door: Doorkeeper, opened: OpenedSession, now: datetime) -> ResidentCaller:
    """What the next access token says."""
    return read(door, await refresh(door, opened.refresh_token, now), now)


async def list_topics(door: Doorkeeper, person: Person) -> list[str]:
    """What the person is told, in order."""
    rows = await door.pool.fetch(
        "SELECT topic FROM outbox WHERE recipient = $1 ORDER BY created_at, notice_id", person.id
    )
    return [row["topic"] for row in rows]


async def list_acts(door: Doorkeeper, actor: Person) -> list[str]:
    rows = await door.pool.fetch("SELECT act FROM acts WHERE actor_id = $1 ORDER BY act_id", actor.id)
    return [row["act"] for row in rows]


def show(value: Any) -> str:
    """Everything that a log line could say of it."""
    return f"{value!r} {value}"


async def propose(
    door: Doorkeeper, registry: Registry, by: Person, kind: str = "test.now", **given: object
) -> Proposal:
    draft = Draft(kind=kind, reason=REASON, **given)  # type: ignore[arg-type]  # what a test gives
    return await propose_act(door.pool, door.vault, registry, by.caller, draft, START)


async def approve(
    door: Doorkeeper, registry: Registry, by: Person, proposal: Proposal, now: datetime = START
) -> Proposal:
    return await approve_proposal(door.pool, door.vault, registry, by.caller, proposal.proposal_id, now)
