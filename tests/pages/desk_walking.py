"""How the tests of the desk walk: a deployment of their own, since they stop its worker and enrol a second factor."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
from playwright.async_api import Page, expect

from app.database import open_pool
from app.embedded import find_running_servers
from app.identifiers import new_id
from app.sealing import Vault
from app.secrets import read_secrets
from app.settings import read_settings
from tests.harness.licences import hold_licence
from tests.harness.live import find_family
from tests.journeys.harness import log_in as open_session
from tests.pages.people import settle
from tests.pages.walking import set_language


class Deployment:
    """A running server, and what lies behind it."""

    def __init__(self, demo: dict[str, Any], data: Path) -> None:
        self.demo = demo
        self.url: str = demo["url"]
        self._data = data

    async def execute(self, sql: str, *values: object) -> None:
        """Does something in its database."""
        connection = await self._connect()
        await connection.execute(sql, *values)
        await connection.close()

    async def fetch(self, sql: str, *values: object) -> Any:
        """One value of its database."""
        connection = await self._connect()
        found = await connection.fetchval(sql, *values)
        await connection.close()
        return found

    async def measure(self, at: datetime, values: Mapping[str, float]) -> None:
        """Puts down what was measured at a moment, as servers and workers do."""
        for name, value in values.items():
            await self.execute(
                "INSERT INTO measurements (name, at, value) VALUES ($1, $2, $3) ON CONFLICT (name, at) DO UPDATE"
                " SET value = EXCLUDED.value",
                name,
                at,
                value,
            )

    async def hold_licence(self, holder_id: UUID, type_id: str, **fields: Any) -> UUID:
        """Puts a licence into a wallet, as if a registry had told it; no stand-in is asked about it, or denies it."""
        servers = find_running_servers(self._data)
        assert servers
        vault = Vault(read_secrets(self._data / "keys"))
        pool = await open_pool(read_settings({}), servers.database_url, size=2)
        try:
            return await hold_licence(pool, vault, holder_id, type_id, **{"source": "elsewhere", **fields})
        finally:
            await pool.close()

    async def _connect(self) -> asyncpg.Connection[asyncpg.Record]:
        servers = find_running_servers(self._data)
        assert servers
        return await asyncpg.connect(servers.database_url)

    def worker(self) -> int:
        """The process of its worker."""
        holder = msgspec.json.decode((self._data / "lock").read_bytes())
        [pid] = [pid for pid, what in find_family(holder["pid"]).items() if what.endswith("app.cli worker")]
        return pid

    def pause_worker(self) -> None:
        os.kill(self.worker(), signal.SIGSTOP)

    def resume_worker(self) -> None:
        os.kill(self.worker(), signal.SIGCONT)

    async def log_in_resident(self, number: int) -> dict[str, str]:
        """A demo resident's session, by the text that the stand-in gateway received: headers to ask with."""
        person = self.demo["residents"][number]
        async with httpx.AsyncClient(base_url=self.url) as client:
            earlier = await self._list_otps(client, person["phone"])
            challenge = (await client.post("/v1/otp", json={"phone": person["phone"]})).json()
            otp = await self._await_otp(client, person["phone"], len(earlier))
            body = {"grant": "otp", "challenge_id": challenge["challenge_id"], "otp": otp}
            opened = await client.post("/v1/sessions", json={**body, "installation_id": person["installation_id"]})
        assert opened.status_code == 201, opened.text
        return {"Authorization": f"Bearer {opened.json()['access_token']}"}

    async def _list_otps(self, client: httpx.AsyncClient, phone: str) -> list[str]:
        texts = (await client.get("/v1/development/texts", params={"phone": phone})).json()["items"]
        return [text["otp"] for text in texts if text["otp"]]

    async def _await_otp(self, client: httpx.AsyncClient, phone: str, earlier: int) -> str:
        """The newest one, once it has come: the last one of an earlier log-in may lie there for a while."""
        async with asyncio.timeout(20):
            while True:
                found = await self._list_otps(client, phone)
                if len(found) > earlier:
                    return found[0]
                await asyncio.sleep(0.05)

    async def approve_as_colleague(self, proposal_id: str) -> None:
        """Another operator's yes to what stands at the desk."""
        person = await settle(self.demo)
        await self.execute(
            "INSERT INTO roles (resident_id, role, granted_at) VALUES ($1, 'operator', $2)",
            UUID(person["resident_id"]),
            datetime.now(UTC),
        )
        async with httpx.AsyncClient(base_url=self.url, timeout=20) as client:
            opened = await open_session(client, person)
            client.headers["Authorization"] = f"Bearer {opened['access_token']}"
            approved = await client.post(f"/v1/staff/proposals/{proposal_id}/approve")
        assert approved.is_success, approved.text

    async def dispute_a_scan(self, number: int, reason: str) -> None:
        """A demo resident's code is scanned, and they say it was not them."""
        headers = await self.log_in_resident(number)
        scanner = {"Authorization": f"Bearer {self.demo['scanner']['credential']}"}
        async with httpx.AsyncClient(base_url=self.url) as client:
            code = (await client.post("/v1/codes", json={"kind": "personal"}, headers=headers)).json()["code"]
            scan = (await client.post("/v1/scans", json={"code": code}, headers=scanner)).json()
            path = f"/v1/me/accesses/{scan['scan_id']}/dispute"
            answered = await client.post(path, json={"reason": reason}, headers=headers)
        assert answered.is_success, answered.text


async def give_otp(page: Page, role: str = "operator") -> None:
    """Chooses one of the demo's staff, and uses the one-time password that the page shows in development."""
    await page.locator(f"[data-demo={role}]").click()
    await page.wait_for_selector("[data-otp]")
    await page.locator(".development button").click()


async def open_desk(page: Page, deployment: Deployment) -> None:
    """The demo operator logs in, without a second factor."""
    await page.goto(f"{deployment.url}/desk")
    await give_otp(page)
    await page.wait_for_selector("[data-view=overview] .tile")


async def go_to(page: Page, view: str, ready: str) -> None:
    """Opens a view of the desk by its link."""
    await page.locator(f"[data-tab={view}]").click()
    await page.wait_for_selector(f"[data-view={view}] {ready}")


async def register_venue(deployment: Deployment, name: str) -> str:
    venue_id = new_id()
    await deployment.execute(
        "INSERT INTO venues (venue_id, name, purpose, adcode, address, manager_id, created_at)"
        " VALUES ($1, $2, 'library-entry', '310115', '前程路88号', $3, $4)",
        venue_id,
        name,
        await deployment.fetch("SELECT manager_id FROM venues LIMIT 1"),
        datetime.now(UTC),
    )
    return str(venue_id)


async def register_verifier(deployment: Deployment) -> None:
    """One that two operators let in before."""
    await deployment.execute(
        "INSERT INTO verifiers (verifier_id, client_id, name, venue_id, keys, origins, registered_at, proposed_by)"
        " SELECT $1, 'https://chain.example', '示范连锁', venue_id, '[]', '{https://chain.example}', $2, manager_id"
        " FROM venues WHERE approved_at IS NOT NULL LIMIT 1 ON CONFLICT (client_id) DO NOTHING",
        new_id(),
        datetime.now(UTC),
    )


async def note_deliveries(deployment: Deployment) -> None:
    """What a worker counted of two topics, yesterday and the day before."""
    scanned = {"pushed.apns.accepted.code.scanned": 1204, "pushed.apns.refused.code.scanned": 27}
    opened = {"pushed.wechat.sent.licence.changed": 31, "opened.code.scanned": 640, "opened.care.begun": 19}
    yesterday = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=1)
    await deployment.measure(yesterday, scanned | opened)
    await deployment.measure(yesterday - timedelta(days=1), {"pushed.apns.accepted.licence.changed": 55})


async def read_deliveries(desk: Page) -> None:
    """In tens, by channel and by topic; of what was too little nothing, and of one day what was that day's."""
    card = desk.locator("[data-deliveries]")
    apple, topics = card.locator("tbody").first.locator("tr").first, card.locator("details tbody tr")
    await expect(apple.locator("td")).to_have_text(["1,250", "–", "20", "–", "–", "–"])
    scanned, changed = (
        "(您的码已被扫描|Your code was scanned)",
        "(您的一张证照状态有变化|A licence of yours has changed)",
    )
    told = [f"{scanned}APNs1,200", f"{scanned}.+640", f"{changed}APNs50", f"{changed}.+30"]
    await expect(topics).to_have_text([re.compile(row) for row in told])
    await card.locator("select").select_option(await card.locator("option").last.get_attribute("value"))
    await expect(apple.locator("td")).to_have_text(["50", "–", "–", "–", "–", "–"])
    await expect(topics).to_have_count(1)
    await card.locator("select").select_option("")


async def switch_while_writing(desk: Page, **written: str) -> None:
    """What somebody writes is still there in the other language, and back in their own."""
    for language in ("en", "zh-CN"):
        await set_language(desk, language)
        for name, said in written.items():
            await expect(desk.locator(f"[data-editor] [name={name}]")).to_have_value(said)
