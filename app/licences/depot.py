"""The depot: licences that a registry handed over as a file, of people and companies who may have no account here.

They wait sealed, found by the blind index of their holder's code alone, until whoever holds them opens a wallet; from
then on the depot is to that registry's share of the wallet what the registry's own answer is.
"""

from __future__ import annotations

import msgspec

from app.database import Executor
from app.licences import depot_store
from app.licences.keeping import Told
from app.licences.model import HolderKind
from app.licences.registry import MOST_LICENCES, HolderCode
from app.sealing import DataKey, Vault

_FIELD = "deposited licence"


class Deposited(msgspec.Struct, frozen=True):
    """What is sealed of one licence; the holder's code keeps it from being put where another's is looked for."""

    holder_code: str
    told: Told

    def __repr__(self) -> str:
        """Without anything of it, wherever this may be printed."""
        return "Deposited()"


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Deposited).decode
_INDEXED = {HolderKind.RESIDENT: "identity", HolderKind.COMPANY: "company"}
"""A resident's code is indexed as their identity is, so that a file finds who has a wallet already."""


def index_holder(vault: Vault, kind: HolderKind, code: str) -> list[bytes]:
    """By what a holder's deposited licences are looked for while index keys rotate."""
    return vault.indexes(_INDEXED[kind], code)


def seal_deposited(key: DataKey, deposited: Deposited) -> bytes:
    """Under the key of its file."""
    return key.seal_bytes(_encode(deposited), _FIELD)


async def read_deposited(db: Executor, vault: Vault, holder: HolderCode, registry_id: str) -> list[Told]:
    """What a registry's files say of a holder, the newest word on each licence."""
    indexes = index_holder(vault, holder.kind, holder.code)
    rows = await depot_store.list_deposited(db, indexes, registry_id, MOST_LICENCES)
    wrapped = await depot_store.get_keys(db, sorted({row["key_id"] for row in rows}))
    keys = {key_id: vault.open_data_key(one, key_id) for key_id, one in wrapped.items()}
    opened = [_decode(keys[row["key_id"]].open(row["sealed_licence"], _FIELD)) for row in rows if row["key_id"] in keys]
    newest = {one.told.content.identifier: one.told for one in opened if one.holder_code == holder.code}
    return list(newest.values())
