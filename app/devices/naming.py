"""What a device is called to its resident.

Whoever knows the id of an installation that is trusted can pass for it with the text of a login, so another device is
shown under a name made of it by a key.
"""

from __future__ import annotations

from uuid import UUID

from app.sealing import Vault
from push.addresses import Address

_FIELD = "device"
_BYTES = 16


def name_device(vault: Vault, address: Address) -> UUID:
    """The name under which an address is listed."""
    return _shorten(vault.index(_FIELD, _value(address)))


def is_named(vault: Vault, address: Address, name: UUID) -> bool:
    """Whether it was ever listed under this name."""
    return name in {_shorten(index) for index in vault.every_index(_FIELD, _value(address))}


def _shorten(index: bytes) -> UUID:
    """Its last bytes: the first say which key made it."""
    return UUID(bytes=index[-_BYTES:], version=4)


def _value(address: Address) -> str:
    return f"{address.recipient}:{address.address_id}:{address.channel}:{address.app_id}"
