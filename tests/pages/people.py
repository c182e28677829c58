"""Residents of a test alone: what is done to them is met by no other test, as it would be with the demo's people."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
from playwright.async_api import Page

from tests.api.harness import invent_phone
from tests.harness.identity import invent_id_number
from tests.journeys.harness import log_in as open_session

_NAME = "阿布都·热合曼"


async def register(client: httpx.AsyncClient) -> dict[str, Any]:
    """Somebody whom nobody knows logs in, and has `client` ask as them: who they are, as demo.json says it."""
    person: dict[str, Any] = {"name": _NAME, "phone": invent_phone(), "installation_id": str(uuid4())}
    session = await open_session(client, person)
    client.headers["Authorization"] = f"Bearer {session['access_token']}"
    kept = {name: session[name] for name in ("resident_id", "access_token")}
    return {**person, **kept, "id_number": invent_id_number(age=40)}


async def begin_face_check(client: httpx.AsyncClient, person: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The check, and where its page is."""
    body = {"kind": "face", "name": person["name"], "id_number": person["id_number"], "device": "{}", **options}
    asked = await client.post("/v1/me/identity/checks", json=body)
    assert asked.status_code == 201, asked.text
    check: dict[str, Any] = asked.json()
    return check


async def prove(client: httpx.AsyncClient, person: dict[str, Any], check: dict[str, Any]) -> httpx.Response:
    """Shows the server how the check has ended."""
    evidence = {"kind": "face", "check_id": check["check_id"]}
    body = {"name": person["name"], "id_number": person["id_number"], "evidence": evidence}
    return await client.post("/v1/me/identity", json=body)


async def settle(server: dict[str, Any]) -> dict[str, Any]:
    """Registers somebody who proves who they are, on an installation that is trusted from there on."""
    async with httpx.AsyncClient(base_url=server["url"], timeout=20) as client:
        person = await register(client)
        check = await begin_face_check(client, person)
        passed = await client.post(check["url"], data={"outcome": "pass"})
        assert passed.is_success, passed.text
        proven = await prove(client, person, check)
        assert proven.status_code == 200, proven.text
    return person


async def log_in_settled(page: Page, server: dict[str, Any], person: dict[str, Any]) -> None:
    """Logs them in on their own installation, up to their code."""
    await page.goto(f"{server['url']}/resident")
    await page.evaluate("id => localStorage.setItem('suixing.installation', id)", person["installation_id"])
    await page.wait_for_selector(".person")
    await page.locator("#phone").fill(person["phone"])
    await page.locator("form .button").click()
    await page.locator(".development-otp button").click()
    await page.wait_for_selector(".code-card[data-phase=live]")
