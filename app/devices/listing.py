"""Where a resident is reached, as they see it, and taking a place away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.database import Executor, transaction
from app.devices.model import Device, DeviceDesk, DeviceTemplate
from app.devices.naming import is_named, name_device
from app.errors import NotFoundError
from app.people.model import ResidentCaller
from app.people.quotas import require_quota
from app.people.rules import require_own_eyes
from app.people.standing import require_control
from app.sealing import Vault
from push import reaching
from push.addresses import Address, Allowance

_DAY = timedelta(hours=24)


async def list_devices(desk: DeviceDesk, caller: ResidentCaller) -> list[Device]:
    """Every place, the one that was used last first."""
    require_own_eyes(caller)
    addresses = await reaching.list_addresses(desk.pool, caller.resident_id)
    allowances = await reaching.list_allowances(desk.pool, caller.resident_id)
    return [_show(desk.vault, caller, address, allowances) for address in addresses]


async def show_device(db: Executor, vault: Vault, caller: ResidentCaller, address: Address) -> Device:
    """One of them, with what may be sent there."""
    return _show(vault, caller, address, await reaching.list_allowances(db, caller.resident_id))


async def remove_device(desk: DeviceDesk, caller: ResidentCaller, named: UUID, now: datetime) -> None:
    """Has nothing more sent to a place: the one of this name, or all of the caller's own installation by its id.

    What a mini-program might send still is forgotten with it: it would ask again.
    """
    require_own_eyes(caller)
    await require_quota(desk.pool, desk.vault, f"device-removal:{caller.resident_id}", desk.daily, _DAY, now)
    async with transaction(desk.pool) as db:
        await require_control(db, caller, now)
        held = await reaching.list_addresses(db, caller.resident_id)
        meant = [one for one in held if is_named(desk.vault, one, named) or named == one.address_id]
        if not meant:
            raise NotFoundError
        await reaching.remove_places(db, caller.resident_id, meant, now=now)
        for one in meant:
            if one.channel in {"wechat", "alipay"}:
                await reaching.clear_allowances(db, caller.resident_id, one.channel, now=now, app_id=one.app_id)


def _show(vault: Vault, caller: ResidentCaller, address: Address, allowances: Sequence[Allowance]) -> Device:
    return Device(
        id=name_device(vault, address),
        channel=address.channel,
        app_id=address.app_id,
        environment=address.environment or None,
        locale=address.locale,
        current=address.address_id == caller.installation_id,
        registered_at=address.registered_at,
        last_used_at=address.seen_at,
        templates=[
            DeviceTemplate(one.template_id, one.lasts, None if one.lasts else one.remaining)
            for one in allowances
            if (one.channel, one.app_id) == (address.channel, address.app_id)
        ],
    )
