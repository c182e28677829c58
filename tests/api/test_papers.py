"""Codes on paper: printed, read from the print, reported lost by whoever may, and by nobody else."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import httpx
import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from PIL import Image

from api.services import now
from app.credentials.paper_page import PaperText, draw_svg
from app.credentials.paper_page.layout import lay_out
from app.credentials.papers import forget_papers, remind_of_ends, withdraw_by_key
from app.database import transaction
from app.people.bindings import end_binding
from app.people.model import Role
from app.printing.lettering import measure
from app.printing.shapes import HEIGHT, WIDTH
from codes import KeyUse, Kind
from tests.api.harness import Api, Gate, Session, log_in, make_person, running_api, scan, slug_of
from tests.api.office import ASKED
from tests.api.test_certificates import care_for
from tests.api.test_status_lists import read, turn

_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
Printing: TypeAlias = Callable[..., Awaitable[tuple[str, UUID]]]


@pytest.fixture
async def carer(api: Api) -> Session:
    return await log_in(api, await make_person(api, name="李小红"))


@pytest.fixture
async def clerk(api: Api) -> Session:
    return await log_in(api, await make_person(api, role=Role.WINDOW, name="窗口员"))


async def order(api: Api, session: Session, **body: Any) -> httpx.Response:
    return await api.post("/v1/codes/paper", by=session, json=body)


def look_at(pdf: bytes) -> Image.Image:
    """The page as a printer would have it, at 150 dots an inch."""
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    page: Image.Image = document[0].render(scale=150 / 72).to_pil()
    return page


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[PaperText]:
    """What was drawn as SVG: a drawing takes long, and what it has to show is read from the PDF once."""
    pages: list[PaperText] = []

    def draw(said: PaperText) -> bytes:
        pages.append(said)
        return b"<svg/>"

    monkeypatch.setattr("api.papers.draw_svg", draw)
    return pages


@pytest.fixture
def print_one(api: Api, drawn: list[PaperText]) -> Printing:
    async def printing(session: Session, **body: Any) -> tuple[str, UUID]:
        """The code that is on the page, and the paper's id."""
        answer = await api.post("/v1/codes/paper", by=session, json=body, headers={"Accept": "image/svg+xml"})
        assert (answer.status_code, answer.headers["content-type"]) == (201, "image/svg+xml"), answer.text
        return drawn[-1].code, UUID(answer.headers["x-paper-id"])

    return printing


async def list_papers(api: Api, session: Session) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await api.get("/v1/me/papers", by=session)).json()["items"]
    return items


async def topics(api: Api, session: Session) -> list[str]:
    rows = await api.services.pool.fetch(
        "SELECT topic FROM outbox WHERE recipient = $1 AND topic LIKE 'paper.%' ORDER BY notice_id",
        session.person.resident_id,
    )
    return [row["topic"] for row in rows]


async def stand_at_window(api: Api, clerk: Session, person: Session, minutes: int = 15) -> UUID:
    """A presence, as a face check at the window would have opened it."""
    presence_id = uuid4()
    await api.services.pool.execute(
        "INSERT INTO window_presences (staff_id, presence_id, resident_id, opened_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5)",
        clerk.person.resident_id,
        presence_id,
        person.person.resident_id,
        now(),
        now() + timedelta(minutes=minutes),
    )
    return presence_id


async def test_a_paper_is_good_for_half_a_year_and_its_text_is_kept_nowhere(
    api: Api, resident: Session, gate: Gate, print_one: Printing
) -> None:
    code, paper_id = await print_one(resident)
    assert code.startswith("SX3:")
    accepted = (await scan(api, gate, code)).json()
    assert (accepted["form"], accepted["kind"], accepted["warnings"]) == ("paper", "personal", ["check-person"])
    assert accepted["holder"] == {"masked_name": "王**"}
    [listed] = await list_papers(api, resident)
    assert (listed["id"], listed["state"], listed["is_mine"]) == (str(paper_id), "good", True)
    life = datetime.fromisoformat(listed["expires_at"]) - datetime.fromisoformat(listed["issued_at"])
    assert life == timedelta(days=180)
    assert await topics(api, resident) == ["paper.issued"]
    assert code not in str([dict(row) for row in await api.services.pool.fetch("SELECT * FROM paper_codes")])


async def test_what_is_printed_is_read_and_accepted(api: Api, resident: Session, gate: Gate) -> None:
    answer = await order(api, resident)
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/pdf"), answer.text
    assert answer.headers["cache-control"] == "no-store"
    page = look_at(answer.content).convert("L")
    [found] = zxingcpp.read_barcodes(page, formats=_QR)
    assert (await scan(api, gate, found.text)).status_code == 201
    width, height = page.size
    assert (round(width / 150 * 25.4), round(height / 150 * 25.4)) == (210, 297)
    module = (found.position.top_right.x - found.position.top_left.x) / 49
    left, top = found.position.top_left.x, found.position.top_left.y
    quiet, edge = (int(left - 4 * module), top, left - 3, height // 3), (width - 50, 60, width, height)
    for box in (quiet, edge):
        assert min(page.crop(box).tobytes()) > 200, "light around the code, and nothing runs over the edge"


def test_a_long_name_keeps_its_place_and_the_drawing_names_nobody() -> None:
    said = PaperText(
        code="SX3:TEST",
        kind=Kind.CARE,
        masked_name="Aleksandra-Konstantinopolskaja-**",
        number="0123abcd",
        expires_at=now(),
        renew_at=now(),
        hotline="12345",
        address="https://suixing.example/" + "long/" * 20,
    )
    lines = list(lay_out(said))
    assert all(line.x + measure(line.text, line.size) <= WIDTH - 8 for line in lines)
    assert all(line.y < HEIGHT - 8 for line in lines)
    assert b"Aleksandra" not in draw_svg(said), "letters are outlines"


async def test_printing_again_ends_the_one_before(api: Api, resident: Session, gate: Gate, print_one: Printing) -> None:
    first, _ = await print_one(resident)
    second, _ = await print_one(resident)
    assert slug_of(await scan(api, gate, first)) == "code-revoked"
    assert (await scan(api, gate, second)).status_code == 201
    assert [one["state"] for one in await list_papers(api, resident)] == ["good", "replaced"]


async def test_lost_paper_is_refused_at_once_and_in_the_next_list(
    api: Api, resident: Session, gate: Gate, print_one: Printing
) -> None:
    code, paper_id = await print_one(resident)
    await turn(api)
    for _ in range(2):  # once more does no harm, and is not told again
        answer = await api.post(f"/v1/me/papers/{paper_id}/lost", by=resident)
        assert answer.status_code == 204
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    row = await api.services.pool.fetchrow("SELECT list_no, place FROM paper_codes WHERE paper_id = $1", paper_id)
    assert row is not None
    assert not (await read(api, row["list_no"])).is_revoked(row["place"])
    await turn(api)
    assert (await read(api, row["list_no"])).is_revoked(row["place"])
    assert await topics(api, resident) == ["paper.issued", "paper.lost"]
    assert [one["state"] for one in await list_papers(api, resident)] == ["lost"]


async def test_another_residents_paper_is_nobodys(
    api: Api, resident: Session, carer: Session, gate: Gate, print_one: Printing
) -> None:
    code, paper_id = await print_one(resident)
    for unknown in (paper_id, uuid4()):
        assert slug_of(await api.post(f"/v1/me/papers/{unknown}/lost", by=carer)) == "not-found"
    assert (await scan(api, gate, code)).status_code == 201
    assert await list_papers(api, carer) == []


async def test_a_carer_prints_for_a_relative_until_the_relation_ends(
    api: Api, resident: Session, carer: Session, gate: Gate, print_one: Printing
) -> None:
    relative_id = await care_for(api, carer, resident, timedelta(days=30))
    code, paper_id = await print_one(carer, relative_id=str(relative_id))
    accepted = (await scan(api, gate, code)).json()
    assert (accepted["kind"], accepted["holder"]) == ("care", {"masked_name": "王**"})
    for person, is_mine in ((resident, True), (carer, False)):
        [listed] = await list_papers(api, person)
        assert (listed["id"], listed["is_mine"]) == (str(paper_id), is_mine)
        assert listed["relative_id"] == str(relative_id)
        assert datetime.fromisoformat(listed["expires_at"]) <= now() + timedelta(days=30)
        assert await topics(api, person) == ["paper.issued"]
    assert slug_of(await order(api, resident, relative_id=str(relative_id))) == "binding-ended"
    async with transaction(api.services.pool) as db:
        await end_binding(db, relative_id, [resident.person.resident_id, carer.person.resident_id], now())
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    assert slug_of(await order(api, carer, relative_id=str(relative_id))) == "binding-ended"
    await turn(api)
    assert [one["state"] for one in await list_papers(api, resident)] == ["withdrawn"]


async def test_the_relative_may_report_what_the_carer_lost(
    api: Api, resident: Session, carer: Session, gate: Gate, print_one: Printing
) -> None:
    relative_id = await care_for(api, carer, resident)
    code, paper_id = await print_one(carer, relative_id=str(relative_id))
    assert (await api.post(f"/v1/me/papers/{paper_id}/lost", by=resident)).status_code == 204
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    assert await topics(api, carer) == ["paper.issued", "paper.lost"]


async def test_a_window_prints_for_whoever_stands_there(
    api: Api, resident: Session, clerk: Session, gate: Gate, print_one: Printing
) -> None:
    presence_id = await stand_at_window(api, clerk, resident)
    code, _ = await print_one(clerk, presence_id=str(presence_id))
    assert (await scan(api, gate, code)).json()["holder"] == {"masked_name": "王**"}
    assert [one["issued_as"] for one in await list_papers(api, resident)] == ["window"]
    assert await list_papers(api, clerk) == []
    lost = await api.post(f"/v1/windows/presences/{presence_id}/papers/lost", by=clerk)
    assert lost.json() == {"ended": 1}
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    acts = await api.services.pool.fetch("SELECT act FROM acts WHERE actor_id = $1", clerk.person.resident_id)
    assert {row["act"] for row in acts} == {"paper.issued", "papers.lost"}


async def test_nothing_is_printed_for_whom_nobody_sees(api: Api, resident: Session, clerk: Session) -> None:
    colleague = await log_in(api, await make_person(api, role=Role.WINDOW))
    presence_id = str(await stand_at_window(api, clerk, resident))
    assert slug_of(await order(api, resident, presence_id=presence_id)) == "forbidden"
    assert slug_of(await order(api, colleague, presence_id=presence_id)) == "not-found"
    assert slug_of(await order(api, clerk, presence_id=str(uuid4()))) == "not-found"
    past = str(await stand_at_window(api, clerk, resident, minutes=-1))
    assert slug_of(await order(api, clerk, presence_id=past)) == "window-presence-ended"
    both = await order(api, clerk, presence_id=presence_id, relative_id=str(uuid4()))
    assert slug_of(both) == "invalid-request"
    assert await list_papers(api, resident) == []


async def test_the_hotline_ends_the_papers_of_who_calls(
    api: Api, resident: Session, gate: Gate, print_one: Printing
) -> None:
    operator = await log_in(api, await make_person(api, role=Role.OPERATOR))
    code, _ = await print_one(resident)
    search = {"phone": resident.person.phone, **ASKED}
    look = (await api.post("/v1/desk/residents/search", by=operator, json=search)).json()["look_id"]
    path = f"/v1/desk/residents/{look}/papers/lost"
    assert (await api.post(path, by=operator, json={"reason": "来电报失纸质码"})).json() == {"ended": 1}
    assert (await api.post(path, by=operator, json={"reason": "来电报失纸质码"})).json() == {"ended": 0}
    assert slug_of(await scan(api, gate, code)) == "code-revoked"


async def test_nobody_prints_who_may_not_show_a_code(api: Api, newcomer: Session) -> None:
    unproven = await log_in(api, await make_person(api, verified=False))
    assert slug_of(await order(api, unproven)) == "identity-not-verified"
    assert slug_of(await order(api, newcomer)) == "installation-not-approved"


async def test_a_lock_ends_paper_online_and_in_the_next_list(
    api: Api, resident: Session, gate: Gate, print_one: Printing
) -> None:
    code, paper_id = await print_one(resident)
    await api.post("/v1/me/lock", by=resident)
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    await turn(api)
    row = await api.services.pool.fetchrow(
        "SELECT list_no, place, revoked_for FROM paper_codes WHERE paper_id = $1", paper_id
    )
    assert row is not None
    assert row["revoked_for"] == "locked"
    assert (await read(api, row["list_no"])).is_revoked(row["place"])


async def test_who_holds_a_paper_is_told_once_before_it_ends(api: Api, resident: Session, print_one: Printing) -> None:
    _, paper_id = await print_one(resident)
    pool = api.services.pool
    await remind_of_ends(pool, now() + timedelta(days=165))
    assert await topics(api, resident) == ["paper.issued"]
    for _ in range(2):
        await remind_of_ends(pool, now() + timedelta(days=167))
    assert await topics(api, resident) == ["paper.issued", "paper.ends-soon"]
    await forget_papers(pool, now() + timedelta(days=210))
    assert await pool.fetchval("SELECT true FROM paper_codes WHERE paper_id = $1", paper_id)
    await forget_papers(pool, now() + timedelta(days=212))
    assert not await pool.fetchval("SELECT true FROM paper_codes WHERE paper_id = $1", paper_id)


async def test_a_withdrawn_key_takes_its_papers_with_it(
    api: Api, resident: Session, carer: Session, print_one: Printing
) -> None:
    for person in (resident, carer):
        await print_one(person)
    kid = api.services.ring.current(KeyUse.PAPER, now()).kid
    assert await withdraw_by_key(api.services.pool, b"\x00\x00\x00\x00", now()) == 0
    assert await withdraw_by_key(api.services.pool, kid, now()) >= 2
    for person in (resident, carer):
        assert [one["state"] for one in await list_papers(api, person)] == ["withdrawn"]
        assert await topics(api, person) == ["paper.issued", "paper.withdrawn"]


async def test_nobody_prints_without_end(api: Api, resident: Session) -> None:
    settings = dataclasses.replace(api.services.settings, papers_daily=2)
    async with running_api(settings) as small:
        answers = [
            await small.post("/v1/codes/paper", by=resident, json={}, headers={"Accept": "image/svg+xml"})
            for _ in range(3)
        ]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert int(answers[-1].headers["Retry-After"]) > 3600


async def test_no_member_of_staff_prints_without_end(api: Api, resident: Session, clerk: Session) -> None:
    settings = dataclasses.replace(api.services.settings, window_papers_daily=2)
    colleague = await log_in(api, await make_person(api, role=Role.WINDOW))
    async with running_api(settings) as small:
        answers = [
            await order(small, by, presence_id=str(await stand_at_window(small, by, resident)))
            for by in (clerk, clerk, clerk, colleague)
        ]
        assert (await order(small, resident)).status_code == 201, "a resident's own papers are counted apart"
    assert [answer.status_code for answer in answers] == [201, 201, 429, 201]
    assert slug_of(answers[2]) == "too-many-requests"
    assert int(answers[2].headers["Retry-After"]) > 3600
