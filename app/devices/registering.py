"""Registering where a resident is reached: their phone, or their account at a mini-program.

Whoever may read the messages may have them pushed: an installation that nobody let in may not, since it may be that of
a thief who has the phone's number. It is asked for in the transaction that registers, which holds the resident: a lock,
a log-out or a withdrawal that comes in between has ended it, or ends what was registered.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.database import Connection, transaction
from app.devices import store
from app.devices.errors import ChannelNotOfferedError, MessagesConsentRequiredError, PlatformLoginRequiredError
from app.devices.listing import show_device
from app.devices.model import Device, DeviceDesk, PhoneAddress, PlatformChannel, TemplateAnswer
from app.devices.rules import choose_app, choose_grant_time, normalise_token
from app.errors import ForbiddenError, InvalidError
from app.people.linking import find_platform_account
from app.people.model import LoginKind, ResidentCaller
from app.people.quotas import require_quota
from app.people.rules import require_own_eyes
from app.people.standing import require_control
from app.pushing.addressing import seal_address
from push import reaching
from push.addresses import Address, PushChannel

CONSENTS: dict[PlatformChannel, str] = {"wechat": "messages-wechat", "alipay": "messages-alipay"}
_DAY = timedelta(hours=24)
_MOST = 20
"""Places of one resident: whoever has more phones than that is told on those that were used last."""


async def register_phone(
    desk: DeviceDesk, caller: ResidentCaller, installation_id: UUID, told: PhoneAddress, now: datetime
) -> Device:
    """Has the caller's messages pushed to this phone, and to nobody whose it was before."""
    _require_own(caller, installation_id)
    app_id = choose_app(desk.apps.apps(told.channel), told.app_id)
    token = normalise_token(told.channel, told.token)
    await _claim_quota(desk, caller, now)
    async with transaction(desk.pool) as db:
        await require_control(db, caller, now)
        environment = told.environment if told.channel == "apns" else ""
        address = await _register(
            db, desk, caller, told.channel, app_id, token, environment=environment, locale=told.locale, now=now
        )
        return await show_device(db, desk.vault, caller, address)


async def answer_template(
    desk: DeviceDesk, caller: ResidentCaller, installation_id: UUID, told: TemplateAnswer, now: datetime
) -> Device | None:
    """Notes what the caller answered a mini-program; None where they are not reached there, and said no.

    The account is the one by which they come in there, as the platform told it: nobody can have messages sent to
    another's. One yes is one message, unless the template's lasts; a no takes back whatever was left.
    """
    _require_own(caller, installation_id)
    lasts = _require_template(desk, told)
    await _claim_quota(desk, caller, now)
    async with transaction(desk.pool) as db:
        await require_control(db, caller, now)
        if not told.granted:
            await reaching.clear_allowances(
                db, caller.resident_id, told.channel, now=now, app_id=told.app_id, template_id=told.template_id
            )
            held = await reaching.list_addresses(db, caller.resident_id)
            here = [one for one in held if (one.channel, one.app_id) == (told.channel, told.app_id)]
            return await show_device(db, desk.vault, caller, here[0]) if here else None
        await _require_consent(db, caller.resident_id, told.channel)
        account = await _require_account(db, desk, caller, told)
        address = await _register(
            db, desk, caller, told.channel, told.app_id, account, environment="", locale=told.locale, now=now
        )
        await _grant(db, caller.resident_id, told, lasts=lasts, now=now)
        return await show_device(db, desk.vault, caller, address)


def _require_own(caller: ResidentCaller, installation_id: UUID) -> None:
    require_own_eyes(caller)
    if installation_id != caller.installation_id:
        raise ForbiddenError("The session is of another installation: each registers itself.")


async def _claim_quota(desk: DeviceDesk, caller: ResidentCaller, now: datetime) -> None:
    await require_quota(desk.pool, desk.vault, f"device:{caller.resident_id}", desk.daily, _DAY, now)


def _require_template(desk: DeviceDesk, told: TemplateAnswer) -> bool:
    """Whether one consent to it lasts."""
    apps = desk.apps.apps(told.channel)
    if not apps:
        raise ChannelNotOfferedError
    if told.app_id not in apps:
        raise InvalidError("/app_id", "This deployment has no such app on this channel.")
    lasts = desk.apps.lasts(told.channel, told.app_id, told.template_id)
    if lasts is None:
        raise InvalidError("/template_id", "This deployment has no such template in this app.")
    return lasts


async def _require_consent(db: Connection, resident_id: UUID, channel: PlatformChannel) -> None:
    if not await store.find_consents(db, resident_id, [CONSENTS[channel]]):
        raise MessagesConsentRequiredError(f"The consent {CONSENTS[channel]} is not given.")


async def _require_account(db: Connection, desk: DeviceDesk, caller: ResidentCaller, told: TemplateAnswer) -> str:
    account = await find_platform_account(db, desk.vault, caller.resident_id, LoginKind(told.channel), told.app_id)
    if account is None:
        raise PlatformLoginRequiredError
    return account


async def _register(
    db: Connection,
    desk: DeviceDesk,
    caller: ResidentCaller,
    channel: PushChannel,
    app_id: str,
    name: str,
    *,
    environment: str,
    locale: str,
    now: datetime,
) -> Address:
    kept = seal_address(desk.vault, channel, app_id, name)
    address = Address(
        recipient=caller.resident_id,
        channel=channel,
        app_id=app_id,
        address_id=caller.installation_id,
        environment=environment,
        sealed=kept.sealed,
        locale=locale,
        registered_at=now,
        seen_at=now,
    )
    await reaching.register_address(db, address, index=kept.index, indexes=kept.indexes, retired=kept.retired)
    await _make_room(db, caller.resident_id, now)
    return address


async def _make_room(db: Connection, resident_id: UUID, now: datetime) -> None:
    left = (await reaching.list_addresses(db, resident_id))[_MOST:]
    if left:
        # An installation may have others, that were used since: a mini-program's are under the id of who registered it.
        await reaching.remove_places(db, resident_id, left, now=now)


async def _grant(db: Connection, resident_id: UUID, told: TemplateAnswer, *, lasts: bool, now: datetime) -> None:
    key = (told.channel, told.app_id, told.template_id)
    held = await reaching.list_allowances(db, resident_id)
    last = next((one.granted_at for one in held if (one.channel, one.app_id, one.template_id) == key), None)
    granted_at = choose_grant_time(told.granted_at, last, now)
    if granted_at is not None:
        await reaching.grant_allowance(db, resident_id, *key, lasts=lasts, granted_at=granted_at, now=now)
