"""Journals of scanners without a network: each entry counts once, whatever comes, twice, half or in another order."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from api.services import now
from tests.api.harness import Api, Gate, Session, issue_code, make_gate, scan, slug_of
from tests.api.journaling import Offline, results_of
from tests.api.long_codes import print_paper, show_offline


@pytest.fixture
async def metro(api: Api) -> Gate:
    return await make_gate(api, purpose="metro-gate")


@pytest.fixture
async def offline(api: Api, metro: Gate) -> Offline:
    """A metro gate that has lost its network."""
    return await Offline.enrol(api, metro)


async def test_an_entry_of_each_form_is_accepted_once(api: Api, resident: Session, offline: Offline) -> None:
    for code in (await issue_code(api, resident), await show_offline(api, resident), await print_paper(api, resident)):
        offline.scan(code)
    assert results_of(await offline.send()) == ["accepted", "accepted", "accepted"]
    assert results_of(await offline.send()) == ["duplicate", "duplicate", "duplicate"]
    rows = await api.services.pool.fetch(
        "SELECT access_id, form, scanned_at, fields FROM accesses WHERE scanner_id = $1 ORDER BY access_id",
        offline.gate.scanner_id,
    )
    assert [str(row["access_id"]) for row in rows] == [entry["id"] for entry in offline.entries]
    assert [row["form"] for row in rows] == ["dynamic", "phone", "paper"]
    assert all(row["scanned_at"] is not None for row in rows)
