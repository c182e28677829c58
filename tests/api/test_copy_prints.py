"""What is printed on a copy, asked of the printing itself: nothing is drawn here."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from api.services import now
from app.database import open_pool
from app.wallet.copy_printing import download_copy
from tests.api.harness import Api, Session
from tests.api.test_licence_copies import ORDER, hold, order, path_of


@pytest.mark.parametrize(
    ("kind", "said"),
    [("resident-identity-card", ["2020-07-01 至 长期 no end date"]), ("marriage-certificate", [])],
)
async def test_what_has_no_end_says_so_and_what_has_no_term_says_nothing(
    api: Api, resident: Session, kind: str, said: list[str]
) -> None:
    issued = await order(api, resident, await hold(api, resident, type_id=kind, valid_until=None))
    printed = await download_copy(api.services.copies, path_of(issued).rpartition("/")[2], now())
    assert [field.text for field in printed.fields if field.label.zh == "有效期限"] == said


async def test_a_download_takes_one_connection_at_a_time(api: Api, resident: Session, database_url: str) -> None:
    """Were it to wait for a second while it holds the first, a crowd of downloads would wait for each other."""
    path = path_of(await order(api, resident, await hold(api, resident)))
    alone = await open_pool(api.services.settings, database_url, size=1)
    try:
        async with asyncio.timeout(60):
            said = await download_copy(replace(api.services.copies, pool=alone), path.rpartition("/")[2], now())
    finally:
        await alone.close()
    assert said.requester == ORDER["requester"]
