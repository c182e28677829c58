"""A registry's notice that a licence has changed: verified, done once, and whoever holds the licence is asked about.

It says which licence, never what has become of it: that is asked for, so that a notice that is forged or late does no
more than cause a question. Of a licence that nobody holds here nothing is said: who has a wallet is not for registries.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
import structlog

from app.database import Pool, transaction
from app.errors import InvalidError
from app.identity.calling import to_milliseconds
from app.licences import source_store
from app.licences.identifiers import LONGEST_IDENTIFIER
from app.licences.keeping import name_licence
from app.licences.registries import Registry
from app.licences.registry import sign
from app.licences.sources import mark_due
from app.platforms.errors import CallbackSignatureInvalidError, CallbackStaleError
from app.platforms.receiving import claim_push
from app.sealing import Vault

log = structlog.get_logger()

SPAN = timedelta(minutes=5)
"""How old a notice may be, and by how much a registry's clock may be ahead."""
OPERATION = "notice"


class NoticeOutcome(StrEnum):
    """What became of a notice."""

    KEPT = "kept"
    REPEATED = "repeated"
    UNKNOWN = "unknown"


class LicenceNotice(msgspec.Struct, frozen=True):
    """Which licence, by GB/T 36904, and since when it is otherwise."""

    identifier: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_IDENTIFIER)]
    changed_at: datetime


class SignedHeaders(msgspec.Struct, frozen=True):
    """By what a registry shows who it is, as this server does towards it."""

    requester: str
    time: str
    signature: str


def verify_notice(registry: Registry, headers: SignedHeaders, body: bytes, now: datetime) -> None:
    """Raises CallbackSignatureInvalidError or CallbackStaleError."""
    entry = registry.entry
    right = sign(entry.key, OPERATION, entry.requester, headers.time, body)
    if headers.requester != entry.requester or not hmac.compare_digest(headers.signature.encode(), right.encode()):
        raise CallbackSignatureInvalidError
    earliest, latest = to_milliseconds(now - SPAN), to_milliseconds(now + SPAN)
    if not (headers.time.isascii() and headers.time.isdigit() and int(earliest) <= int(headers.time) <= int(latest)):
        raise CallbackStaleError


async def receive_notice(
    pool: Pool, vault: Vault, registry: Registry, headers: SignedHeaders, body: bytes, now: datetime
) -> NoticeOutcome:
    """The claim and what it guards are one transaction: a notice that failed may come again."""
    verify_notice(registry, headers, body, now)
    try:
        notice = msgspec.json.decode(body, type=LicenceNotice)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise InvalidError("", "The body is no notice as docs/registries.md has it.") from None
    indexes = vault.indexes("licence", name_licence(registry.id, notice.identifier))
    async with transaction(pool) as db:
        if not await claim_push(db, f"licence\0{registry.id}\0{headers.signature}", now):
            return NoticeOutcome.REPEATED
        holders = await source_store.find_holders(db, indexes)
        await mark_due(db, holders, registry.id, now, hastened=True)
    log.info("licences.notice", registry=registry.id, holders=len(holders))
    return NoticeOutcome.KEPT if holders else NoticeOutcome.UNKNOWN
