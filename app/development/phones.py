"""A phone for a resident of the demo: what is pushed to it is seen at /v1/development/pushes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from app.database import open_pool, transaction
from app.development.pushing import TOPIC, invent_token
from app.pushing.addressing import seal_address
from app.sealing import Vault
from app.secrets import read_secrets
from app.settings import Settings
from push.addresses import Address
from push.reaching import register_address


async def give_phone(settings: Settings, url: str, resident: dict[str, Any], now: datetime) -> None:
    """Registers an invented iPhone, the same at each start, for one of demo.json's residents, and notes its token."""
    installation_id = UUID(resident["installation_id"])
    token = invent_token(str(installation_id))
    kept = seal_address(Vault(read_secrets(settings.keys_folder)), "apns", TOPIC, token)
    address = Address(
        recipient=UUID(resident["resident_id"]),
        channel="apns",
        app_id=TOPIC,
        address_id=installation_id,
        environment="production",
        sealed=kept.sealed,
        locale="zh-CN",
        registered_at=now,
        seen_at=now,
    )
    pool = await open_pool(settings, url, size=1)
    try:
        async with transaction(pool) as connection:
            await register_address(connection, address, index=kept.index, indexes=kept.indexes, retired=kept.retired)
    finally:
        await pool.close()
    resident["phone_token"] = token
