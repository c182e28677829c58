"""Coming in: by a text that was read, or by an account of WeChat or Alipay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec

from app.people import store
from app.people.accounts import Account, PhoneAccount
from app.people.challenging import hash_otp_anyhow, open_phone
from app.people.endings import ending
from app.people.errors import OtpExpiredError, OtpWrongError
from app.people.model import OpenedSession
from app.people.quotas import require_quota
from app.people.registering import find_or_register
from app.people.rules import network_of
from app.people.sessions import Doorkeeper, open_session
from app.platforms.registry import Platforms

_WINDOW = timedelta(minutes=10)


Otp = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$(?!\n)", description="the six digits of the text")]
AppId = Annotated[str, msgspec.Meta(min_length=1, max_length=64, description="of a mini-program of this deployment")]
PlatformCode = Annotated[str, msgspec.Meta(min_length=1, max_length=256, description="good once, for minutes")]


class OtpGrant(msgspec.Struct, frozen=True, tag_field="grant", tag="otp"):
    """A challenge, and the six digits that its text said."""

    challenge_id: UUID
    otp: Otp


class WechatGrant(msgspec.Struct, frozen=True, tag_field="grant", tag="wechat"):
    """What wx.login gave."""

    app_id: AppId
    code: PlatformCode


class AlipayGrant(msgspec.Struct, frozen=True, tag_field="grant", tag="alipay"):
    """What my.getAuthCode gave."""

    app_id: AppId
    auth_code: PlatformCode


Grant: TypeAlias = OtpGrant | WechatGrant | AlipayGrant


class Visitor(msgspec.Struct, frozen=True):
    """Where a request to come in is from."""

    installation_id: UUID
    address: str


async def log_in(
    door: Doorkeeper, platforms: Platforms, grant: Grant, visitor: Visitor, now: datetime
) -> OpenedSession:
    """Logs in whoever the grant proves: as the account's resident, or as a new one."""
    account = await prove_account(door, platforms, grant, visitor, now)
    async with ending(door.pool) as db:
        found = await find_or_register(db, door.vault, account, now)
        return await open_session(
            db, door, found.resident_id, visitor.installation_id, login_id=found.login_id, now=now
        )


async def prove_account(
    door: Doorkeeper, platforms: Platforms, grant: Grant, visitor: Visitor, now: datetime
) -> Account:
    """The account that a grant proves; the grant is used by it. Call it outside of transactions: it asks platforms."""
    if isinstance(grant, OtpGrant):
        return await claim_otp(door, grant, now)
    await claim_platform_quotas(door, visitor, now)
    if isinstance(grant, WechatGrant):
        return await platforms.exchange_wechat(grant.app_id, grant.code)
    return await platforms.exchange_alipay(grant.app_id, grant.auth_code)


async def claim_otp(door: Doorkeeper, grant: OtpGrant, now: datetime) -> PhoneAccount:
    """The phone whose text was read."""
    otp_hashes = hash_otp_anyhow(door.vault, grant.challenge_id, grant.otp)
    claim = await store.claim_otp(door.pool, grant.challenge_id, otp_hashes, door.settings.otp_attempts, now)
    if claim["outcome"] == "wrong":
        raise OtpWrongError
    if claim["outcome"] != "right":
        raise OtpExpiredError
    return PhoneAccount(open_phone(door.vault, claim["sealed_phone"]))


async def claim_platform_quotas(door: Doorkeeper, visitor: Visitor, now: datetime) -> None:
    """Each code costs a question to a platform, which counts them, and anyone can send what looks like one."""
    buckets = [
        (f"platform login, installation:{visitor.installation_id}", door.settings.logins_per_installation),
        (f"platform login, address:{network_of(visitor.address)}", door.settings.logins_per_address),
    ]
    for bucket, most in buckets:
        await require_quota(door.pool, door.vault, bucket, most, _WINDOW, now)
