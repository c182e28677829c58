"""An export holds all of it, in the clear, for its resident alone; of any length, in the same memory."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

from api.services import now
from app.identifiers import new_id
from app.rights.exporting import begin_export
from app.rights.sections import SECTIONS
from tests.api.harness import Api, Session, issue_code, make_gate, scan, slug_of
from tests.api.rights_harness import open_export
from tests.app.audit.harness import COLUMNS, make_access

_MANY = 6_000
_ROOM = 5 * 2**20


class _Page(HTMLParser):
    """What a page brings with it, and whether its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_it_holds_everything_in_the_clear(api: Api, resident: Session) -> None:
    gate = await make_gate(api)
    await scan(api, gate, await issue_code(api, resident))
    access = (await api.get("/v1/me/accesses", by=resident)).json()["items"][0]["id"]
    await api.post(f"/v1/me/accesses/{access}/dispute", by=resident, json={"reason": "<b>不是我</b>"})
    await api.call("PUT", "/v1/me/consents/location", by=resident, json={"version": 2})
    response = await api.get("/v1/me/export", by=resident)
    assert response.headers["content-type"] == "application/zip"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-disposition"].startswith('attachment; filename="suixing-2')
    export, person = open_export(response.content), resident.person
    (profile,) = export.data["profile"]
    assert (profile["name"], profile["id_number"], profile["phone"]) == (person.name, person.id_number, person.phone)
    (looked,) = export.data["accesses"]
    assert (looked["venue"], looked["disputed_because"]) == ("甲医院", "<b>不是我</b>")
    assert export.data["logins"][0]["phone"] == person.phone
    assert {one["kind"] for one in export.data["consents"]} == {"terms", "identity", "masked-name", "location"}
    assert len(export.data["sessions"]) == len(export.data["devices"]) == 1
    assert list(export.data) == ["schema", "exported_at", "resident_id", *(one.name for one in SECTIONS)]
    for text in (person.name, person.id_number, person.phone, "甲医院", "&lt;b&gt;不是我&lt;/b&gt;"):
        assert text in export.page


async def test_the_page_needs_nothing_from_elsewhere(api: Api, resident: Session) -> None:
    page = _Page()
    page.feed(open_export((await api.get("/v1/me/export", by=resident)).content).page)
    assert page.open == []
    assert "script" not in page.tags
    assert all(address.startswith("#") for address in page.addresses)


async def test_it_lets_nobody_pass_for_a_trusted_device(api: Api, resident: Session) -> None:
    export = open_export((await api.get("/v1/me/export", by=resident)).content)
    assert str(resident.installation_id) not in export.page + str(export.data)


async def test_the_resident_is_told_of_it(api: Api, resident: Session) -> None:
    await api.get("/v1/me/export", by=resident)
    topics = await api.services.pool.fetch("SELECT topic FROM outbox WHERE recipient = $1", resident.person.resident_id)
    assert "account.exported" in {row["topic"] for row in topics}


async def test_it_is_for_trusted_eyes_and_five_times_a_day(api: Api, resident: Session, newcomer: Session) -> None:
    assert slug_of(await api.get("/v1/me/export", by=newcomer)) == "installation-not-approved"
    for _ in range(5):
        assert (await api.get("/v1/me/export", by=resident)).status_code == 200
    refused = await api.get("/v1/me/export", by=resident)
    assert slug_of(refused) == "too-many-requests"
    assert int(refused.headers["retry-after"]) > 80_000


async def test_one_with_many_accesses_needs_no_more_memory(api: Api, resident: Session, tmp_path: Path) -> None:
    pool, gate = api.services.pool, await make_gate(api)
    subject_no = await pool.fetchval(
        "SELECT subject_no FROM residents WHERE resident_id = $1", resident.person.resident_id
    )
    moment = now() - timedelta(hours=1)
    rows = [make_access(moment, subject_no, venue_id=gate.venue_id, access_id=new_id()) for _ in range(_MANY)]
    async with pool.acquire() as db:
        await db.copy_records_to_table(
            "accesses", records=[tuple(row[name] for name in COLUMNS) for row in rows], columns=COLUMNS, timeout=60
        )
    del rows
    caller = api.services.door.access_tokens.read(resident.credential, now())
    target = tmp_path / "export.zip"
    tracemalloc.start()
    try:
        with target.open("wb") as file:
            async for part in await begin_export(pool, api.services.vault, caller, daily=5, now=now()):
                file.write(part)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(open_export(target.read_bytes()).data["accesses"]) == _MANY
    assert peak < _ROOM
