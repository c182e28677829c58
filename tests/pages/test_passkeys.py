"""Chromium's own authenticator enrols a passkey and opens a session of staff: the whole of what a browser does."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Page

from app.database import Pool
from app.people.model import Role
from app.sealing import Vault
from app.settings import Settings
from app.staff import factors, sessions
from app.staff.errors import SecondFactorWrongError
from app.staff.guesses import PasskeyProof, Proof
from app.staff.passkeys import read_relying_party
from tests.app.staff.harness import START, make_person, open_door, read

pytestmark = pytest.mark.browser

_AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
_CREATE = """async options => (await navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options)})).toJSON()"""
_GET = """async options => (await navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)})).toJSON()"""


async def open_page(browser: Browser, origin: str) -> Page:
    """An empty page of this origin, on a device with an authenticator."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.route("**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    await page.goto(f"{origin}/")
    device = await context.new_cdp_session(page)
    await device.send("WebAuthn.enable")
    await device.send("WebAuthn.addVirtualAuthenticator", {"options": _AUTHENTICATOR})
    return page


async def test_a_browser_enrols_a_passkey_and_comes_in_by_it(
    browser: Browser, pool: Pool, vault: Vault, settings: Settings
) -> None:
    door = open_door(pool, vault, settings)
    person = await make_person(door, Role.OPERATOR)
    page = await open_page(browser, read_relying_party(settings.url).origin)
    asked = await factors.prepare_passkey(door, person.caller, START)
    credential: dict[str, Any] = await page.evaluate(_CREATE, asked.options)
    added = await factors.add_passkey(
        door, person.caller, ceremony_id=asked.ceremony_id, credential=credential, name="laptop", now=START
    )
    assert len(added.recovery_codes) == 10
    for _ in range(2):
        ceremony = await sessions.prepare_staff_session(door, person.caller, START)
        signed = PasskeyProof(ceremony.ceremony_id, await page.evaluate(_GET, ceremony.options))
        opened = await sessions.open_staff_session(door, person.caller, Proof(passkey=signed), START)
        assert read(door, opened.opened, START).roles == {Role.OPERATOR}
    with pytest.raises(SecondFactorWrongError):
        await sessions.open_staff_session(door, person.caller, Proof(passkey=signed), START)
    await page.context.close()


async def test_on_another_site_the_browser_gives_none(
    browser: Browser, pool: Pool, vault: Vault, settings: Settings
) -> None:
    door = open_door(pool, vault, settings)
    person = await make_person(door, Role.OPERATOR)
    page = await open_page(browser, "http://suixing.localhost:8000")
    asked = await factors.prepare_passkey(door, person.caller, START)
    refused = await page.evaluate(f"async options => ({_CREATE})(options).catch(error => error.name)", asked.options)
    assert refused == "SecurityError"
    await page.context.close()
