"""What a new installation is called to those who may let it in.

Whoever knows the id of an installation that is trusted can pass for it with the text of a login. So it is told of under
a name made from its id by a key: the name lets it in, and opens nothing.
"""

from __future__ import annotations

from uuid import UUID

from app.database import Connection
from app.people import store
from app.sealing import Vault

_FIELD = "newcomer"
_BYTES = 16


def name_newcomer(vault: Vault, resident_id: UUID, installation_id: UUID) -> UUID:
    """The name under which an installation is told of."""
    return _shorten(vault.index(_FIELD, _value(resident_id, installation_id)))


async def find_newcomer(db: Connection, vault: Vault, resident_id: UUID, named: UUID) -> UUID:
    """The resident's installation of this name; whoever sees its id on its own screen may give that instead."""
    for installation_id in await store.list_installations(db, resident_id):
        names = vault.every_index(_FIELD, _value(resident_id, installation_id))
        if named in map(_shorten, names):
            return installation_id
    return named


def _shorten(index: bytes) -> UUID:
    """Its last bytes: the first say which key made it."""
    return UUID(bytes=index[-_BYTES:], version=4)


def _value(resident_id: UUID, installation_id: UUID) -> str:
    return f"{resident_id}:{installation_id}"
