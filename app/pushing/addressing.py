"""A provider's name for a phone or an account, as it is kept: sealed under the master key, and found by keyed indexes.

A copy of the database reaches nobody by it. It is never a name of ours: a token of Apple's or Firebase's, or an openid.
"""

from __future__ import annotations

import msgspec

from app.sealing import Vault
from push.addresses import PushChannel

_CONTEXT = "push address"
_FIELD = "push-address"


class KeptAddress(msgspec.Struct, frozen=True):
    """What is kept of a provider's name."""

    sealed: bytes
    index: bytes
    """Under the oldest index key in use, which every server knows while they rotate."""
    indexes: list[bytes]
    """Under each index key in use."""
    retired: list[bytes]
    """Under keys that were in use before."""


def seal_address(vault: Vault, channel: PushChannel, app_id: str, name: str) -> KeptAddress:
    """Seals a name; two apps may know two phones by the same one, so its index is of the app as well."""
    value = f"{channel}\0{app_id}\0{name}"
    indexes = vault.indexes(_FIELD, value)
    retired = [index for index in vault.every_index(_FIELD, value) if index not in indexes]
    return KeptAddress(vault.seal(name.encode(), _CONTEXT), indexes[-1], indexes, retired)


def open_address(vault: Vault, sealed: bytes) -> str:
    """The name, for sending to it."""
    return vault.open(sealed, _CONTEXT).decode()


def reseal_address(vault: Vault, sealed: bytes) -> bytes:
    """The same under the newest master key."""
    return vault.seal(vault.open(sealed, _CONTEXT), _CONTEXT)
