"""The accounts by which a resident comes in, in the clear: for their export, and for what erasing finds by them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from app.database import Record
from app.platforms.model import Platform
from app.sealing import DataKey


class PlatformAccount(msgspec.Struct, frozen=True):
    """One name under which a platform knows the resident: that of one mini-program."""

    platform: Platform
    app_id: str
    open_id: str


class _Names(msgspec.Struct, frozen=True):
    open_ids: dict[str, str]
    union_id: str | None = None


Rows: TypeAlias = Iterable[Record]
"""Of `logins`, with kind and sealed_account."""


def open_phones(key: DataKey, logins: Rows) -> list[str]:
    """The numbers, in E.164."""
    return [key.open(row["sealed_account"], "phone") for row in logins if row["kind"] == "phone"]


def open_platform_accounts(key: DataKey, logins: Rows) -> list[PlatformAccount]:
    """The accounts at WeChat and Alipay, one for each mini-program."""
    return [
        PlatformAccount(row["kind"], app_id, open_id)
        for row in logins
        if row["kind"] != "phone"
        for app_id, open_id in open_names(key, row["sealed_account"]).open_ids.items()
    ]


def open_names(key: DataKey, sealed_account: bytes) -> _Names:
    """Every name of one account, by mini-program, and what the operator's mini-programs share."""
    return msgspec.json.decode(key.open(sealed_account, "account"), type=_Names)
