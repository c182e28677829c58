"""What the second person approved stays approved through an upgrade, and nothing else goes out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.campaigns import digesting, walking
from app.campaigns.digesting import NEWEST, digest_content, is_as_digested
from app.campaigns.drafting import let_run, mark_proposed
from app.campaigns.errors import CampaignStateError
from app.campaigns.model import CampaignState
from app.campaigns.store import list_due
from app.campaigns.walking import walk_page
from app.database import Pool, transaction
from app.identifiers import new_id
from tests.app.campaigns.harness import (
    BEGINNING,
    HOME,
    LANES,
    NOON,
    gather,
    keep,
    launch,
    list_told,
    make_content,
    read,
)

_PATIENT = 10**6
_LATER = NEWEST + 1
FIRST = "6421a68dc706e2e7150454ffdf6af67cd6ad6e3025fcdf11c6464eaa048edb68"
"""Of make_content(), as the version worked it out that encoded the whole struct and knew no lists."""


def list_leaves(value: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {path: value}
    return {where: leaf for name in value for where, leaf in list_leaves(value[name], f"{path}/{name}").items()}


LEAVES = list_leaves(msgspec.to_builtins(make_content()))


def test_the_first_list_is_what_was_digested_before_there_were_lists() -> None:
    assert digest_content(make_content(), 1).hex() == FIRST


def test_the_newest_list_has_all_that_a_campaign_says_and_does() -> None:
    """A field that is added later fails here, until a new list has it."""
    listed = list_leaves(msgspec.to_builtins(digesting._LISTS[NEWEST](make_content())))
    assert {path: listed.get(path) for path in LEAVES} == LEAVES


@pytest.mark.parametrize("path", LEAVES)
def test_the_digest_is_of_everything(path: str) -> None:
    others = {"/segment/kind": "province", "/rate": 999, "/window/begins": "10:00:00", "/window/ends": "19:00:00"}
    times = {name: (NOON + timedelta(days=1)).isoformat() for name in ("/starts_at", "/expires_at")}
    plain = msgspec.to_builtins(make_content())
    *folders, name = path.strip("/").split("/")
    place = plain[folders[0]] if folders else plain
    place[name] = (others | times).get(path, "another")
    changed = msgspec.convert(plain, type(make_content()))
    assert digest_content(changed) != digest_content(make_content())


async def insert_as_before(pool: Pool, after: UUID) -> UUID:
    """A campaign that runs, as servers wrote it that knew no lists."""
    campaign_id = new_id()
    await pool.execute(
        "INSERT INTO campaigns (campaign_id, title_zh, title_en, body_zh, body_en, link, segment_kind, segment_value,"
        " rate, window_from, window_until, starts_at, expires_at, digest, state, drafted_by, drafted_at, approved_at,"
        " after_id, due_at) VALUES ($1, '社保卡可以在手机上展示了', 'Show your social security card on the phone',"
        " '打开「我的证照」即可查看。', 'Open My licences to see it.', '/resident#/wallet', 'all', '', 1000, 540, 1200,"
        " $2, $3, decode($4, 'hex'), 'running', $5, $2, $2, $6, $2)",
        campaign_id,
        NOON,
        NOON + timedelta(days=2),
        FIRST,
        new_id(),
        after,
    )
    return campaign_id


async def test_a_campaign_of_the_version_before_runs_on(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an upgrade that digests by another list."""
    crowd = await gather(pool, 3)
    campaign_id = await insert_as_before(pool, crowd.before)
    monkeypatch.setattr(digesting, "_LISTS", {1: digesting._LISTS[1], 2: lambda _: {"version": 2}})
    monkeypatch.setattr(walking, "NEWEST", 2)
    assert await walk_page(pool, campaign_id, HOME, NOON, served=LANES, most_waiting=_PATIENT)
    assert set(await list_told(pool, campaign_id)) >= crowd.ids
    assert (await read(pool, campaign_id)).state is CampaignState.FINISHED


async def test_one_of_a_later_version_is_left_to_its_workers(pool: Pool) -> None:
    """While old and new workers run side by side: the old ones neither send it nor stop it."""
    crowd = await gather(pool, 2)
    campaign_id = await launch(pool, make_content(), after=crowd.before)
    await pool.execute("UPDATE campaigns SET digest_version = $2 WHERE campaign_id = $1", campaign_id, _LATER)
    before = await read(pool, campaign_id)
    assert await walk_page(pool, campaign_id, HOME, NOON, served=LANES, most_waiting=_PATIENT) is None
    assert await read(pool, campaign_id) == before
    assert not is_as_digested(before)
    assert campaign_id not in await list_due(pool, NOON, NEWEST, 10**6)
    assert campaign_id in await list_due(pool, NOON, _LATER, 10**6)


async def test_what_cannot_be_worked_out_is_not_let_go(pool: Pool) -> None:
    campaign = await keep(pool, make_content(), after=BEGINNING)
    await pool.execute("UPDATE campaigns SET digest_version = $2 WHERE campaign_id = $1", campaign.campaign_id, _LATER)
    async with transaction(pool) as db:
        await mark_proposed(db, campaign.campaign_id, life=timedelta(hours=24), now=NOON)
        with pytest.raises(CampaignStateError):
            await let_run(db, campaign.campaign_id, campaign.digest, NOON)
