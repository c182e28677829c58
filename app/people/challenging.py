"""Asking for a one-time password: the same work, and so the same answer and time, whoever the phone belongs to."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Executor, Pool, transaction
from app.errors import InvalidError
from app.identifiers import new_id
from app.people import store
from app.people.model import Challenge
from app.people.quotas import require_quota
from app.people.rules import network_of, normalise_phone, region_of
from app.sealing import Vault
from app.settings import Settings
from push.notices import Notice
from push.outbox import enqueue
from push.sms import SmsText

_OTP_CONTEXT = "one-time password"
_PHONE_CONTEXT = "challenged phone"
_WINDOW = timedelta(minutes=10)
_DAY = timedelta(hours=24)


async def request_otp(
    pool: Pool,
    vault: Vault,
    settings: Settings,
    *,
    phone: str,
    address: str,
    installation_id: UUID | None,
    now: datetime,
) -> Challenge:
    """Sends a one-time password to a mobile phone, known or not, within the limits."""
    number = normalise_phone(phone)
    if region_of(number) not in settings.texted_regions:
        raise InvalidError("/phone", "No texts are sent to this country: use a number of another, or a mini-program.")
    await _claim_quotas(pool, vault, settings, number, address, installation_id, now)
    challenge = Challenge(new_id(), now + timedelta(seconds=settings.otp_lifetime))
    otp = f"{secrets.randbelow(10**6):06}"
    async with transaction(pool) as db:
        await store.insert_challenge(
            db,
            challenge.challenge_id,
            phone_index=vault.index("phone", number),
            sealed_phone=vault.seal(number.encode(), _PHONE_CONTEXT),
            otp_hash=hash_otp(vault, challenge.challenge_id, otp),
            now=now,
            expires_at=challenge.expires_at,
        )
        await enqueue(db, _text(vault, challenge, SmsText(number, otp), now))
    return challenge


async def _claim_quotas(
    db: Executor,
    vault: Vault,
    settings: Settings,
    number: str,
    address: str,
    installation_id: UUID | None,
    now: datetime,
) -> None:
    quotas = [
        (f"address:{network_of(address)}", settings.otp_per_address, _WINDOW),
        (f"phone:{number}", settings.otp_per_phone, _WINDOW),
        (f"phone by day:{number}", settings.otp_per_phone_daily, _DAY),
    ]
    if installation_id is not None:
        quotas.insert(0, (f"installation:{installation_id}", settings.otp_per_installation, _WINDOW))
    for bucket, most, span in quotas:
        await require_quota(db, vault, bucket, most, span, now)


def hash_otp(vault: Vault, challenge_id: UUID, otp: str) -> bytes:
    """Keyed, so that a stolen table of six-digit secrets cannot be searched."""
    return vault.index("otp", f"{challenge_id}:{otp}")


def hash_otp_anyhow(vault: Vault, challenge_id: UUID, otp: str) -> list[bytes]:
    """Under each index key, the newest first: another server may have asked while keys rotate."""
    return vault.every_index("otp", f"{challenge_id}:{otp}")


def open_phone(vault: Vault, sealed: bytes) -> str:
    """The phone that a challenge was made for."""
    return vault.open(sealed, _PHONE_CONTEXT).decode()


def _text(vault: Vault, challenge: Challenge, text: SmsText, now: datetime) -> Notice:
    return Notice(
        routing_key=challenge.challenge_id.int >> 65,
        notice_id=new_id(),
        recipient=challenge.challenge_id,
        channel="sms",
        topic="otp",
        dedupe_key=f"otp:{challenge.challenge_id}",
        data={},
        sealed=seal_text(vault, text),
        created_at=now,
        due_at=now,
        expires_at=challenge.expires_at,
    )


def seal_text(vault: Vault, text: SmsText) -> bytes:
    """A text as the outbox holds it until it is sent."""
    return vault.seal(msgspec.json.encode(text), _OTP_CONTEXT)


def open_text(vault: Vault, sealed: bytes) -> SmsText:
    """What the SMS channel sends, opened for the moment of sending."""
    return msgspec.json.decode(vault.open(sealed, _OTP_CONTEXT), type=SmsText)
