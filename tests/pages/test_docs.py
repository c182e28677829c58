"""The API's page shows every operation of the description, can be searched, and asks nobody else for anything."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from tests.pages.conftest import OpenContext


async def _open(open_context: OpenContext, live_server: dict[str, Any]) -> tuple[Page, dict[str, Any]]:
    page = await (await open_context(locale="en-US")).new_page()
    async with page.expect_response("**/openapi.json") as answer:
        await page.goto(f"{live_server['url']}/docs")
    await page.wait_for_selector(".operation")
    described: dict[str, Any] = await (await answer.value).json()
    return page, described


_READ = """() => Object.fromEntries([...document.querySelectorAll('.operation')].map((one) => [one.id, {
  text: one.textContent, problems: one.querySelector('.problems')?.textContent ?? '' }]))"""


async def test_every_operation_is_there_with_its_refusals(
    open_context: OpenContext, live_server: dict[str, Any]
) -> None:
    page, described = await _open(open_context, live_server)
    operations = {
        operation["operationId"]: operation
        for path in described["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
    }
    assert await page.locator(".operation").count() == len(operations)
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    slugs = {name: _list_slugs(operation) for name, operation in operations.items()}
    having = sum(1 for found in slugs.values() if found)
    await page.wait_for_function("n => document.querySelectorAll('.operation .problems').length >= n", arg=having)
    shown = await page.evaluate(_READ)  # in one go: a question for each word takes a minute
    for name, operation in operations.items():
        assert operation["summary"] in shown[name]["text"]
        assert all(slug in shown[name]["problems"] for slug in slugs[name]), name
        assert all(parameter["name"] in shown[name]["text"] for parameter in operation.get("parameters", [])), name


def _list_slugs(operation: dict[str, Any]) -> list[str]:
    refusals = [one for one in operation["responses"].values() if "application/problem+json" in one.get("content", {})]
    return [slug for refusal in refusals for slug in refusal["description"].split("`")[1::2]]


async def test_it_is_searched_by_path_name_and_refusal(open_context: OpenContext, live_server: dict[str, Any]) -> None:
    page, _ = await _open(open_context, live_server)
    search = page.get_by_role("searchbox")
    for query in ("/v1/scans", "scanCode", "code-already-used"):
        await search.fill(query)
        await expect(page.locator("#scanCode")).to_be_visible()
        await expect(page.locator("#issueCode")).to_have_count(0)
    await search.fill("nothing of this kind")
    await expect(page.get_by_text("No operation matches")).to_be_visible()


async def test_an_address_opens_its_operation_and_shows_shapes_and_examples(
    open_context: OpenContext, live_server: dict[str, Any]
) -> None:
    page, _ = await _open(open_context, live_server)
    await page.evaluate("location.hash = '#scanCode'")
    shown = page.locator("#scanCode[open]")
    await expect(shown.locator(".property", has_text="holder.masked_name")).to_be_visible()
    await expect(shown.locator("pre").first).to_contain_text('"code"')
    await expect(shown.locator(".who")).to_contain_text("scanner")
