"""What issuing takes, and the rules that papers and certificates share."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from app.credentials import subject_store
from app.credentials.model import SubjectStanding
from app.credentials.places import StatusPlaces
from app.database import Connection, Pool
from app.people.errors import BindingEndedError
from app.sealing import Vault
from codes import KeyRing


class CredentialDesk(msgspec.Struct, frozen=True):
    """One process's share of what issuing takes."""

    pool: Pool
    vault: Vault
    ring: KeyRing
    places: StatusPlaces
    papers_daily: int
    window_papers_daily: int


async def hold_alive(db: Connection, subject_no: int, now: datetime) -> SubjectStanding:
    """Holds a subject until the transaction ends; raises BindingEndedError where nothing is to be issued for it."""
    standing = await subject_store.hold_subject(db, subject_no)
    if standing is None or not standing.is_alive(now):
        raise BindingEndedError
    return standing


def begin_after(now: datetime, valid_from: datetime | None) -> datetime:
    """The whole second from which something issued now is good.

    What was ended a moment ago ended all from before some seconds ahead: what is issued since is dated after that,
    which is less than verifiers let a clock be behind.
    """
    begun = now.replace(microsecond=0)
    if valid_from is None or valid_from <= begun:
        return begun
    return (valid_from + timedelta(microseconds=999_999)).replace(microsecond=0)


def live_until(begun: datetime, longest: timedelta, ends_at: datetime | None) -> timedelta:
    """How long it may live: as long as its form does, and never beyond what it rests on.

    Raises BindingEndedError where that is over before a second has gone.
    """
    life = longest if ends_at is None else min(longest, ends_at - begun)
    if life < timedelta(seconds=1):
        raise BindingEndedError
    return timedelta(seconds=int(life.total_seconds()))
