"""A browser goes through the stand-in's face check, and comes back to where it was sent from."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from tests.pages import people
from tests.pages.conftest import OpenContext

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("button", "status"), [("Pass", 200), ("Fail", 422)])
async def test_a_face_check_in_a_browser(
    live_server: dict[str, Any], open_context: OpenContext, button: str, status: int
) -> None:
    back = f"{live_server['url']}/docs"
    async with httpx.AsyncClient(base_url=live_server["url"], trust_env=False) as client:
        person = await people.register(client)
        check = await people.begin_face_check(client, person, return_url=back)
        page = await (await open_context()).new_page()
        await page.goto(check["url"])
        await expect(page.get_by_text("waiting")).to_be_visible()
        assert person["name"] not in await page.content()
        await page.get_by_role("button", name=button).click()
        await page.wait_for_url(back)
        proven = await people.prove(client, person, check)
    assert proven.status_code == status, proven.text
