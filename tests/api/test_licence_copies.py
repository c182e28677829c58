"""Annotated copies: made, downloaded once, read from the paper, checked, taken back; and attacked."""

from __future__ import annotations

import asyncio
import base64
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import cbor2
import httpx
import pytest
import zxingcpp
from PIL import Image

from api.services import now
from app.development.enterprise_registry import EnterpriseRegistryStandIn
from app.licences.model import HolderKind, Standing
from app.printing.lettering import spell
from app.wallet import copies
from app.wallet.copy_page import CopyText
from codes import CopyClaims, KeyUse, sign_copy
from tests.api.companies import PATH, delegate, make_citizen, make_firm
from tests.api.harness import Api, Session, log_in, make_person, slug_of, spend_quota
from tests.api.test_papers import look_at
from tests.harness.licences import hold_licence

ORDER = {"requester": "上海随行汽车租赁有限公司", "purpose": "办理短期自驾租车手续", "valid_days": 7}
NUMBER = "310101199003070015"
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[CopyText]:
    """What was to be drawn: drawing takes a second, and what it has to show is looked at once."""
    pages: list[CopyText] = []

    def draw(said: CopyText) -> bytes:
        pages.append(said)
        return b"%PDF-"

    monkeypatch.setattr("api.licence_copies.draw_pdf", draw)
    return pages


async def hold(api: Api, session: Session, **more: Any) -> UUID:
    services = api.services
    more = {"name": "王小明", "licence_number": NUMBER, "address": "随行路1号", **more}
    more.setdefault("photo", "")
    return await hold_licence(services.pool, services.vault, session.person.resident_id, **more)


async def order(api: Api, session: Session, licence_id: UUID, **changes: Any) -> httpx.Response:
    return await api.post(f"/v1/wallet/licences/{licence_id}/copies", by=session, json=ORDER | changes)


def path_of(issued: httpx.Response) -> str:
    assert issued.status_code == 201, issued.text
    url: str = issued.json()["download_url"]
    return url[url.index("/v1/") :]


async def check(api: Api, text: str, address: str | None = None) -> httpx.Response:
    """From an address of its own, since they are limited."""
    asking = address or f"10.{uuid4().bytes[0]}.{uuid4().bytes[0]}.{uuid4().bytes[0]}"
    return await api.post("/v1/licence-copies/checks", json={"text": text}, address=asking)


async def make_copy(api: Api, session: Session, drawn: list[CopyText], **more: Any) -> str:
    """What the code on the paper reads, once it is printed."""
    issued = await order(api, session, await hold(api, session, **more))
    assert (await api.get(path_of(issued))).status_code == 200
    return f"{drawn[-1].address}#{drawn[-1].code}"


async def look_only(api: Api, path: str) -> int:
    """HEAD, whose answer has no body to hold to anything."""
    transport = httpx.ASGITransport(app=api.asgi)  # type: ignore[arg-type]  # the same protocol
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        return (await client.head(path)).status_code


async def state_of(api: Api, text: str) -> str:
    answer = await check(api, text)
    assert answer.status_code == 200, answer.text
    state: str = answer.json()["state"]
    return state


async def list_copies(api: Api, session: Session) -> list[dict[str, Any]]:
    answer = await api.get("/v1/wallet/copies", by=session)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_copy_is_made_downloaded_once_and_checked(api: Api, resident: Session, drawn: list[CopyText]) -> None:
    issued = await order(api, resident, await hold(api, resident))
    path = path_of(issued)
    life = datetime.fromisoformat(issued.json()["download_expires_at"]) - now()
    assert timedelta(minutes=9) < life <= timedelta(minutes=10)
    assert await look_only(api, path) == 405, "a program that only looks does not spend it"
    printed = await api.get(path)
    assert (printed.status_code, printed.headers["content-type"]) == (200, "application/pdf")
    assert printed.headers["cache-control"] == "no-store"
    assert printed.headers["content-disposition"].startswith('attachment; filename="licence-copy-')
    again = await api.get(path)
    assert (again.status_code, slug_of(again)) == (410, "copy-spent")

    text = f"{drawn[-1].address}#{drawn[-1].code}"
    checked = (await check(api, text)).json()
    assert (checked["state"], checked["type"], checked["masked_holder"]) == ("good", "driving-licence", "王**")
    assert (checked["requester"], checked["purpose"]) == (ORDER["requester"], ORDER["purpose"])
    said = {line["label"]["en"]: line["text"] for line in checked["lines"]}
    assert said["Licence number"] == "310***********0015"
    printed_too = {field.label.en: field.text for field in drawn[-1].fields}
    assert said["Validity"] == printed_too["Validity"] == "2020-07-01 至 2036-06-30"
    assert NUMBER not in str(checked)
    assert "随行路1号" not in str(checked)
    [listed] = await list_copies(api, resident)
    assert (listed["state"], listed["checks"], listed["requester"]) == ("good", 1, ORDER["requester"])
    assert listed["downloaded_at"] is not None


async def test_two_who_have_the_token_get_it_once(api: Api, resident: Session, drawn: list[CopyText]) -> None:
    path = path_of(await order(api, resident, await hold(api, resident)))
    answers = await asyncio.gather(*(api.get(path) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 7
    assert len(drawn) == 1


async def test_a_token_is_not_guessed_and_not_kept(api: Api, resident: Session) -> None:
    path = path_of(await order(api, resident, await hold(api, resident)))
    token = path.rpartition("/")[2]
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    other = base64.urlsafe_b64encode(raw[:16] + bytes(24)).rstrip(b"=").decode()
    for guess in (other, token[:-1], f"{token}A", "x", "%00", "checks"):
        answer = await api.get(f"/v1/licence-copies/{guess}")
        assert answer.status_code in {404, 405, 410}, guess
    rows = await api.services.pool.fetch("SELECT * FROM licence_copy_lookups WHERE copy_id = $1", UUID(bytes=raw[:16]))
    assert token not in str([dict(row) for row in rows])
    late = "UPDATE licence_copy_lookups SET token_expires_at = now() - interval '1 second' WHERE copy_id = $1"
    await api.services.pool.execute(late, UUID(bytes=raw[:16]))
    assert slug_of(await api.get(path)) == "copy-spent"


@pytest.mark.parametrize("standing", [Standing.REVOKED, Standing.CANCELLED, Standing.WITHDRAWN])
async def test_none_is_made_of_a_licence_that_is_not_good(api: Api, resident: Session, standing: Standing) -> None:
    assert slug_of(await order(api, resident, await hold(api, resident, standing=standing))) == "licence-not-good"
    past = await hold(api, resident, type_id="resident-identity-card", valid_until=date(2026, 1, 1))
    assert slug_of(await order(api, resident, past)) == "licence-not-good"


async def test_nor_printed_or_called_good_once_it_is(api: Api, resident: Session, drawn: list[CopyText]) -> None:
    text = await make_copy(api, resident, drawn)
    path = path_of(await order(api, resident, await hold(api, resident)))
    await hold(api, resident, standing=Standing.REVOKED, changed_at=datetime.now(UTC))
    assert slug_of(await api.get(path)) == "licence-not-good"
    checked = (await check(api, text)).json()
    assert (checked["state"], checked["masked_holder"], checked["lines"]) == ("licence-not-good", None, [])
    await hold(api, resident, changed_at=datetime.now(UTC))
    assert (await api.get(path)).status_code == 200, "what was refused was not spent"
    assert await state_of(api, text) == "good"


async def test_another_residents_licence_is_not_there(api: Api, resident: Session) -> None:
    licence_id = await hold(api, resident)
    other = await log_in(api, await make_person(api))
    assert slug_of(await order(api, other, licence_id)) == "not-found"
    issued = await order(api, resident, licence_id)
    refused = await api.delete(f"/v1/wallet/copies/{issued.json()['copy_id']}", by=other)
    assert slug_of(refused) == "not-found"
    assert await list_copies(api, other) == []


async def test_copies_are_listed_page_by_page(api: Api, resident: Session) -> None:
    licence_id = await hold(api, resident)
    made = [(await order(api, resident, licence_id)).json()["copy_id"] for _ in range(5)]
    pages: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await api.get(f"/v1/wallet/copies?limit=2{cursor and f'&cursor={cursor}'}", by=resident)).json()
        pages.append([one["id"] for one in page["items"]])
        cursor = page["next_cursor"]
    newest_first = made[::-1]
    assert pages == [newest_first[:2], newest_first[2:4], newest_first[4:]]


async def test_no_other_licence_is_opened_for_a_copy(api: Api, resident: Session, drawn: list[CopyText]) -> None:
    """What could not even be opened stands in nobody's way."""
    other = await hold_licence(
        api.services.pool, api.services.vault, resident.person.resident_id, "vehicle-licence", photo=""
    )
    await api.services.pool.execute("UPDATE licences SET sealed_content = '' WHERE licence_id = $1", other)
    assert await state_of(api, await make_copy(api, resident, drawn)) == "good"
    [listed] = await list_copies(api, resident)
    assert listed["state"] == "good"


async def test_whoever_takes_it_back_ends_it(api: Api, resident: Session, drawn: list[CopyText]) -> None:
    text = await make_copy(api, resident, drawn)
    [listed] = await list_copies(api, resident)
    for _ in range(2):
        assert (await api.delete(f"/v1/wallet/copies/{listed['id']}", by=resident)).status_code == 204
    checked = (await check(api, text)).json()
    assert (checked["state"], checked["masked_holder"], checked["lines"]) == ("revoked", None, [])
    topics = "SELECT topic FROM outbox WHERE recipient = $1 AND topic LIKE 'copy.%' ORDER BY notice_id"
    rows = await api.services.pool.fetch(topics, resident.person.resident_id)
    assert [row["topic"] for row in rows] == ["copy.issued", "copy.revoked"]


async def test_a_lock_ends_copies_and_downloads(api: Api, resident: Session, drawn: list[CopyText]) -> None:
    text = await make_copy(api, resident, drawn)
    path = path_of(await order(api, resident, await hold(api, resident)))
    assert (await api.post("/v1/me/lock", by=resident)).status_code == 204
    assert await state_of(api, text) == "revoked"
    assert slug_of(await api.get(path)) == "copy-spent"


async def test_its_last_day_is_good_and_the_next_is_not(api: Api, resident: Session, drawn: list[CopyText]) -> None:
    text = await make_copy(api, resident, drawn)
    [listed] = await list_copies(api, resident)
    until = datetime.fromisoformat(listed["valid_until"])
    assert timedelta(days=7) < until - now() <= timedelta(days=8)
    assert (until.astimezone(UTC).hour, until.minute, until.second) == (16, 0, 0), "midnight in Beijing"
    past = "UPDATE licence_copies SET expires_at = now() WHERE copy_id = $1"
    await api.services.pool.execute(past, UUID(listed["id"]))
    checked = (await check(api, text)).json()
    assert (checked["state"], checked["masked_holder"]) == ("ended", None)


async def test_it_ends_with_the_licence(api: Api, resident: Session) -> None:
    tomorrow = (now() + timedelta(hours=8)).date() + timedelta(days=1)
    issued = await order(api, resident, await hold(api, resident, valid_until=tomorrow), valid_days=90)
    assert datetime.fromisoformat(issued.json()["valid_until"]) - now() < timedelta(days=2)


def alter(text: str, **changes: Any) -> str:
    """The same code with claims changed, its signature as it was."""
    head, _, encoded = text.rpartition("#")
    message = cbor2.loads(base64.b32decode(encoded + "=" * (-len(encoded) % 8)))
    protected, unprotected, said, signature = message.value
    claims = cbor2.loads(said)
    claims |= {int(name.removeprefix("c").replace("m", "-")): value for name, value in changes.items()}
    changed = cbor2.CBORTag(18, [protected, unprotected, cbor2.dumps(claims, canonical=True), signature])
    return f"{head}#{base64.b32encode(cbor2.dumps(changed)).rstrip(b'=').decode()}"


async def test_what_is_altered_or_foreign_says_so(api: Api, resident: Session, drawn: list[CopyText]) -> None:
    text = await make_copy(api, resident, drawn)
    for changed in (
        alter(text, cm70014="办理贷款"),
        alter(text, cm70013="某小额贷款公司"),
        alter(text, c4=int(now().timestamp()) + 80 * 86400),
        alter(text, cm70012=bytes(32)),
    ):
        assert (await check(api, changed)).json() | {"lines": []} == {
            "state": "altered", "type": None, "type_name": None, "requester": None, "purpose": None,
            "issued_at": None, "valid_until": None, "masked_holder": None, "lines": [],
        }  # fmt: skip
    assert await state_of(api, alter(text, c1="32")) == "unknown"
    assert await state_of(api, text) == "good"
    assert await state_of(api, text.lower().rpartition("#")[2]) == "good", "as some readers write it"


async def test_the_code_of_another_copy_tells_of_that_other(api: Api, resident: Session, drawn: list[CopyText]) -> None:
    """Cut from one paper and glued onto another: the words that it shows are of the paper that it was made for."""
    await make_copy(api, resident, drawn)
    other = await log_in(api, await make_person(api, name="李小红"))
    glued = await make_copy(api, other, drawn, name="李小红")
    checked = (await check(api, glued)).json()
    assert (checked["state"], checked["masked_holder"]) == ("good", "李**")
    mixed = alter(glued, c7=UUID((await list_copies(api, resident))[0]["id"]).bytes)
    assert await state_of(api, mixed) == "altered"


async def test_a_genuine_signature_over_another_print_is_altered(
    api: Api, resident: Session, drawn: list[CopyText]
) -> None:
    await make_copy(api, resident, drawn)
    [listed] = await list_copies(api, resident)
    claims = CopyClaims(
        UUID(listed["id"]), "driving-licence", bytes(32), "x", "y", now(), now() + timedelta(days=1)
    )  # fmt: skip
    forged = sign_copy(api.services.ring.current(KeyUse.LICENCE, now()), "31", claims)
    assert await state_of(api, forged) == "altered"


@pytest.mark.parametrize(
    "text", ["SX4:ABC", "https://example.com/copy#", "#AAAA", "x" * 8192, "SX1:6BF", "#" + "A" * 4097]
)
async def test_what_is_no_copy_is_refused(api: Api, text: str) -> None:
    assert slug_of(await check(api, text)) == "copy-malformed"


async def test_an_address_does_not_ask_without_end(api: Api) -> None:
    most = api.services.settings.copy_checks_per_address
    await spend_quota(api, "copy-check:203.0.113.9", most)
    assert slug_of(await check(api, "#AAAA", address="203.0.113.9")) == "too-many-requests"


async def test_a_resident_does_not_make_copies_without_end(api: Api, resident: Session) -> None:
    licence_id = await hold(api, resident)
    most = api.services.settings.copies_daily
    await spend_quota(api, f"licence-copy:{resident.person.resident_id}", most)
    assert slug_of(await order(api, resident, licence_id)) == "too-many-requests"


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("requester", ""), ("requester", " \n\t "), ("requester", "x" * 101), ("purpose", "y" * 201),
        ("purpose", "贷款\u202e用证"), ("requester", "公\u200b司"), ("purpose", "\x00"), ("valid_days", 0),
        ("valid_days", 91),
    ],
)  # fmt: skip
async def test_what_cannot_be_seen_on_paper_is_not_printed(api: Api, resident: Session, field: str, words: Any) -> None:
    refused = await order(api, resident, await hold(api, resident), **{field: words})
    assert slug_of(refused) == "invalid-request", refused.text


async def test_a_paper_says_what_it_must_and_is_read_back(
    api: Api, resident: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page as a printer would have it: its code read through the watermark, the picture under the words."""
    monkeypatch.undo()
    picture = io.BytesIO()
    Image.new("RGB", (300, 400), "#d8c8b8").save(picture, "JPEG")
    photo = base64.b64encode(picture.getvalue()).decode()
    hostile = '"><script>alert(1)</script> ) Tj 𠮷\U0002ffff' + "超" * 50
    licence_id = await hold(api, resident, photo=photo)
    printed = await api.get(path_of(await order(api, resident, licence_id, requester=hostile, purpose="W" * 200)))
    assert (printed.status_code, printed.content[:5]) == (200, b"%PDF-"), printed.text
    assert b"script" not in printed.content, "letters are outlines: nothing of them can be run"
    page = look_at(printed.content)
    [found] = zxingcpp.read_barcodes(page.convert("L"), formats=_QR)
    assert found.text.startswith(f"{api.services.settings.url}/copy#")
    checked = (await check(api, found.text)).json()
    assert (checked["state"], checked["requester"], checked["purpose"]) == ("good", hostile, "W" * 200)
    width, height = page.size
    scale = width / 210
    box = (165 * scale, 48 * scale, 193 * scale, 86 * scale)
    assert len(set(page.convert("L").crop(box).tobytes())) > 30, "the words stand in the picture"
    edge = page.convert("L").crop((width - 12, height // 3, width, height * 2 // 3))
    assert min(edge.tobytes()) > 150, "nothing but the watermark runs over the edge"


def test_a_character_that_the_font_lacks_is_spelt() -> None:
    assert spell("王\U0002ffff") == "王〔U+2FFFF〕"


async def test_a_company_makes_copies_by_whoever_acts_for_it_in_its_scope(
    api: Api, registry: tuple[str, EnterpriseRegistryStandIn], drawn: list[CopyText]
) -> None:
    boss, clerk = await make_citizen(api), await make_citizen(api, name="李小红")
    company_id = (await make_firm(api, registry[1], boss).claimed(boss))["company_id"]
    services = api.services
    licence_id = await hold_licence(
        services.pool, services.vault, UUID(company_id), "food-business-permit", kind=HolderKind.COMPANY
    )
    delegation_id = await delegate(api, boss, company_id, clerk, scopes=["tax"])
    assert slug_of(await order(api, clerk, licence_id)) == "not-found", "it is not in their own wallet"
    assert slug_of(await order(api, clerk, licence_id, delegation_id=delegation_id)) == "not-found", "beyond scope"
    allowed = await delegate(api, boss, company_id, clerk, scopes=["permits"])
    issued = await order(api, clerk, licence_id, delegation_id=allowed)
    assert (await api.get(path_of(issued))).status_code == 200
    text = drawn[-1].code
    assert await state_of(api, text) == "good"
    answer = await api.get(f"/v1/wallet/copies?delegation_id={allowed}", by=clerk)
    assert [one["checks"] for one in answer.json()["items"]] == [1]
    others = await api.get(f"/v1/wallet/copies?delegation_id={delegation_id}", by=clerk)
    assert others.json() == {"items": [], "next_cursor": None}, "what lies beyond a scope is in no page"
    ended = await api.delete(f"{PATH}/{company_id}/delegations/{allowed}", by=boss)
    assert ended.status_code == 204, ended.text
    assert await state_of(api, text) == "revoked"


async def test_what_was_over_long_ago_is_forgotten(api: Api, resident: Session, drawn: list[CopyText]) -> None:
    text = await make_copy(api, resident, drawn)
    await copies.forget_ended_copies(api.services.pool, now() + timedelta(days=200))
    assert await list_copies(api, resident) == []
    assert await state_of(api, text) == "revoked"
