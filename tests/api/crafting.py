"""Codes that no server of this deployment would issue, made with its keys or with others."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from api.services import now
from codes import KeyRing, KeyUse, Kind, base45, create_key_ring, layout, mint
from codes.model import PREFIX
from tests.api.harness import Api, Session


async def subject_of(api: Api, session: Session) -> int:
    """The number that the resident's codes are sealed for."""
    found: int = await api.services.pool.fetchval(
        "SELECT subject_no FROM residents WHERE resident_id = $1", session.person.resident_id
    )
    return found


async def craft(
    api: Api,
    session: Session | None = None,
    *,
    subject_no: int = 0,
    kind: Kind = Kind.PERSONAL,
    at: datetime | None = None,
    lifetime: int = 60,
    ring: KeyRing | None = None,
    issuer: str = "31",
) -> str:
    """A code of the session's resident, or of any subject, as if it had been issued at another time or elsewhere."""
    if session is not None:
        subject_no = await subject_of(api, session)
    epoch = (ring or api.services.ring).current(KeyUse.CODE, now())
    return mint(epoch, issuer=issuer, subject_no=subject_no, kind=kind, now=at or now(), lifetime=lifetime).text


async def craft_ended(api: Api, session: Session) -> str:
    """A code whose time is just over; the test's keys are too young for an older one."""
    return await craft(api, session, at=now() - timedelta(seconds=15), lifetime=10)


def make_foreign_ring(folder: Path) -> KeyRing:
    """The keys of a province that is on no trust list here."""
    return create_key_ring(folder, "32", now(), development=True)


def alter(code: str, place: int, value: int) -> str:
    """The code with one byte of it put in another's place."""
    raw = bytearray(base45.decode(code.removeprefix(PREFIX)))
    raw[place] = value
    return PREFIX + base45.encode(bytes(raw))


def alter_algorithm(code: str) -> str:
    """The same with EdDSA (-8) claimed in its header, where ES256 (-7) stands."""
    place = layout.BEFORE_KID.index(0x26)
    return alter(code, place, 0x27)


def alter_signature(code: str) -> str:
    """The same with its last byte changed."""
    raw = base45.decode(code.removeprefix(PREFIX))
    return alter(code, len(raw) - 1, raw[-1] ^ 1)


def sign_longer(api: Api, code: str, seconds: int) -> str:
    """The same code, genuinely signed for a longer life than any verifier accepts."""
    raw = base45.decode(code.removeprefix(PREFIX))
    fields = list(layout.CODE.unpack(raw))
    fields[5] += seconds
    unsigned = layout.CODE.pack(*fields)
    signature = api.services.ring.current(KeyUse.CODE, now()).sign(layout.signed_part(unsigned))
    return PREFIX + base45.encode(unsigned[: -len(signature)] + signature)
