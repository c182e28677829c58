"""Kinds and purposes changed: kept as acts, refused where something breaks, narrowed where it is forced."""

from __future__ import annotations

from uuid import uuid4

import msgspec
import pytest

from app.database import Pool
from app.errors import InvalidError, NotFoundError
from app.licences.changing import (
    Changer,
    TypeBreaksError,
    decode_type,
    let_ask,
    list_asked,
    put_type,
    stop_asking,
    withdraw_type,
)
from app.licences.model import FieldKind
from app.licences.type_rules import Asked
from app.licences.types import get_types
from tests.app.licences.kinds import NOW, field, invent_kind


def _changer() -> Changer:
    return Changer(uuid4(), "operator")


async def _acts(pool: Pool, changer: Changer) -> list[str]:
    rows = await pool.fetch("SELECT act FROM acts WHERE actor_id = $1 ORDER BY act_id", changer.actor_id)
    return [row["act"] for row in rows]


async def _asked(pool: Pool, type_id: str) -> list[Asked]:
    return [asked for asked in await list_asked(pool, "exam-hall") if asked.type_id == type_id]


async def test_a_kind_is_put_asked_for_and_taken_away(pool: Pool) -> None:
    changer, kind = _changer(), invent_kind()
    assert await put_type(pool, changer, kind, force=False, now=NOW) == []
    assert (await get_types(pool))[kind.id] == kind
    asked = Asked("exam-hall", kind.id, ["name", "photo"], 30)
    await let_ask(pool, changer, asked, NOW)
    assert await _asked(pool, kind.id) == [asked]
    await stop_asking(pool, changer, "exam-hall", kind.id, NOW)
    assert await _asked(pool, kind.id) == []
    assert await withdraw_type(pool, changer, kind.id, force=False, now=NOW) == []
    assert kind.id not in await get_types(pool)
    assert await _acts(pool, changer) == [
        f"licence-type.put:{kind.id}",
        f"purpose.licence-allowed:exam-hall/{kind.id}",
        f"purpose.licence-refused:exam-hall/{kind.id}",
        f"licence-type.withdrawn:{kind.id}",
    ]


async def test_what_would_break_is_said_and_nothing_is_done(pool: Pool) -> None:
    changer, kind = _changer(), invent_kind()
    await put_type(pool, changer, kind, force=False, now=NOW)
    await let_ask(pool, changer, Asked("exam-hall", kind.id, ["name", "photo"], 30), NOW)
    smaller = msgspec.structs.replace(kind, fields=kind.fields[:4])
    with pytest.raises(TypeBreaksError) as caught:
        await put_type(pool, changer, smaller, force=False, now=NOW)
    assert caught.value.breaks == ["purpose exam-hall asks for photo, and would no longer get it"]
    with pytest.raises(TypeBreaksError):
        await withdraw_type(pool, changer, kind.id, force=False, now=NOW)
    assert (await get_types(pool))[kind.id] == kind
    assert len(await _acts(pool, changer)) == 2


async def test_what_is_forced_leaves_no_purpose_asking_for_what_is_gone(pool: Pool) -> None:
    changer, kind = _changer(), invent_kind()
    await put_type(pool, changer, kind, force=False, now=NOW)
    await let_ask(pool, changer, Asked("exam-hall", kind.id, ["name", "photo"], 30), NOW)
    smaller = msgspec.structs.replace(kind, fields=kind.fields[:4])
    assert len(await put_type(pool, changer, smaller, force=True, now=NOW)) == 1
    assert await _asked(pool, kind.id) == [Asked("exam-hall", kind.id, ["name"], 30)]
    assert len(await withdraw_type(pool, changer, kind.id, force=True, now=NOW)) == 1
    assert await _asked(pool, kind.id) == []


async def test_a_field_that_is_read_otherwise_needs_force(pool: Pool) -> None:
    changer, kind = _changer(), invent_kind()
    await put_type(pool, changer, kind, force=False, now=NOW)
    other = [*kind.fields[:2], field("began_on", "KZ_KSSJ", kind=FieldKind.DATE), *kind.fields[3:]]
    with pytest.raises(TypeBreaksError, match="began_on would be read from KZ_KSSJ"):
        await put_type(pool, changer, msgspec.structs.replace(kind, fields=other), force=False, now=NOW)


async def test_nothing_is_put_that_is_no_kind(pool: Pool) -> None:
    changer = _changer()
    with pytest.raises(InvalidError):
        await put_type(pool, changer, invent_kind(name_field="nobody"), force=True, now=NOW)
    with pytest.raises(InvalidError):
        await let_ask(pool, changer, Asked("exam-hall", "nothing", ["name"], 1), NOW)
    with pytest.raises(NotFoundError):
        await withdraw_type(pool, changer, "nothing", force=True, now=NOW)
    with pytest.raises(NotFoundError):
        await stop_asking(pool, changer, "exam-hall", "nothing", NOW)
    with pytest.raises(NotFoundError):
        await list_asked(pool, "nothing")
    assert await _acts(pool, changer) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (b"", ""),
        (b"{", ""),
        (b"\xff", ""),
        (b"[]", ""),
        (b"{}", ""),
        (b'"fields":[{"id":"Name"', "/fields/0/id"),
        (b'"surprise":1', ""),
    ],
)
def test_a_file_that_is_no_kind_is_pointed_into(change: bytes, pointer: str) -> None:
    whole = msgspec.json.encode(invent_kind())
    text = change
    if change.startswith(b'"fields"'):
        text = whole.replace(b'"fields":[{"id":"name"', change)
    elif change.startswith(b'"surprise"'):
        text = whole.replace(b"{", b"{" + change + b",", 1)
    with pytest.raises(InvalidError) as caught:
        decode_type(text)
    assert caught.value.pointer == pointer
    assert decode_type(whole).id in whole.decode()
