"""The client of a registry against the strict stand-in, and the file that says which registries there are."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.database import Pool
from app.development.licence_book import KEY, REGISTRIES_PATH, REQUESTER, invent_book, invent_registries
from app.development.mishaps import Answer, Mishap
from app.errors import SettingsError
from app.licences.metadata import MetadataReader
from app.licences.model import HolderKind
from app.licences.registries import read_registries
from app.licences.registry import HolderCode, RegistryClient
from app.licences.told import name_fields
from app.licences.types import read_shipped
from app.platforms.errors import ProviderRefusedError, ProviderUnavailableError
from app.sealing import Vault
from app.settings import Settings
from tests.app.licences.registers import NOW, Registers, running_registers

PERSON = HolderCode(HolderKind.RESIDENT, "110105194912310021", "王小明")


@pytest.fixture
async def registers(settings: Settings, pool: Pool, vault: Vault) -> AsyncGenerator[Registers]:
    async with running_registers(settings, pool, vault) as running:
        yield running


@pytest.fixture
async def client(registers: Registers) -> AsyncGenerator[RegistryClient]:
    made = make_client(registers)
    yield made
    await made.close()


def make_client(
    registers: Registers, *, requester: str = REQUESTER, key: str = KEY, name: str = "traffic"
) -> RegistryClient:
    return RegistryClient(name, f"{registers.server.url}{REGISTRIES_PATH}/{name}", requester, key, timeout=0.5)


def codes() -> list[str]:
    return sorted(next(one for one in invent_registries("") if one.id == "traffic").types.values())


async def query(
    client: RegistryClient, *, purpose: str = "测试", holder: HolderCode = PERSON, **more: Any
) -> list[str]:
    answer = await client.query(holder, more.get("type_codes", codes()), purpose=purpose, now=more.get("now", NOW))
    return [one.zzbs for one in answer.licences]


async def test_what_a_holder_has_is_told(registers: Registers, client: RegistryClient) -> None:
    told = registers.issue(PERSON.code)
    registers.issue(PERSON.code, "resident-identity-card")
    assert told.zzbs in await query(client)
    assert registers.stand_in.purposes[-1] == "测试"
    assert (await client.verify(told.zzbs, purpose="测试", now=NOW)) == told
    assert await client.verify("1.2.156.3005.2.nobody", purpose="测试", now=NOW) is None
    assert await query(client, holder=HolderCode(HolderKind.RESIDENT, "unknown", "")) == []


async def test_a_holder_of_many_is_told_of_page_by_page(
    registers: Registers, client: RegistryClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.development.licence_registries.PAGE", 2)
    issued = [registers.issue("110105194912310023", serial=f"{number:012}").zzbs for number in range(5)]
    holder = HolderCode(HolderKind.RESIDENT, "110105194912310023", "")
    assert await query(client, holder=holder) == issued
    assert len(registers.stand_in.purposes) == 3


async def test_pages_without_an_end_are_a_failure(
    registers: Registers, client: RegistryClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b'{"code": "200", "data": {"licences": [], "next": "1"}}'
    monkeypatch.setattr(registers.stand_in, "handle", lambda *_: Answer(200, {}, body))
    with pytest.raises(ProviderUnavailableError):
        await query(client)
    assert len(registers.server.requests) == 50


async def test_a_picture_is_taken_once_within_ten_minutes(registers: Registers, client: RegistryClient) -> None:
    registers.issue("110105194912310022")
    holder = HolderCode(HolderKind.RESIDENT, "110105194912310022", "")
    answer = await client.query(holder, codes(), purpose="测试", now=NOW)
    number = answer.licences[0].files["KZ_ZP"].wjbh
    assert (await client.download(number, purpose="测试", now=NOW)).startswith(b"\x89PNG")
    assert await client.download(number, purpose="测试", now=NOW) == b""
    late = (await client.query(holder, codes(), purpose="测试", now=NOW)).licences[0].files["KZ_ZP"].wjbh
    registers.clock.now += timedelta(minutes=10)
    assert await client.download(late, purpose="测试", now=registers.clock.now) == b""


@pytest.mark.parametrize(
    "changes",
    [{"purpose": ""}, {"type_codes": []}, {"type_codes": ["ANOTHER"]}, {"now": NOW - timedelta(minutes=6)}],
    ids=["no purpose", "no kinds", "another kind", "another time"],
)
async def test_a_question_that_is_not_right_is_refused(client: RegistryClient, changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderRefusedError):
        await query(client, **changes)


@pytest.mark.parametrize("changes", [{"requester": "somebody"}, {"key": "guessed-and-wrong"}], ids=["requester", "key"])
async def test_whoever_is_not_admitted_is_refused(registers: Registers, changes: dict[str, str]) -> None:
    stranger = make_client(registers, **changes)
    with pytest.raises(ProviderRefusedError) as refused:
        await query(stranger)
    assert refused.value.code == "401"
    await stranger.close()


@pytest.mark.parametrize(
    "mishap",
    [Mishap(code="429"), Mishap(code="503"), Mishap(code="x", status=502), Mishap(close=True), Mishap(delay=1.5)],
)
async def test_a_registry_that_is_away_is_unavailable(
    registers: Registers, client: RegistryClient, mishap: Mishap
) -> None:
    registers.stand_in.fail_next(1, mishap)
    with pytest.raises(ProviderUnavailableError):
        await query(client)


async def test_a_registry_that_stays_away_is_left_alone(registers: Registers, client: RegistryClient) -> None:
    registers.stand_in.fail_next(30, Mishap(code="x", status=503))
    for _ in range(30):
        with pytest.raises(ProviderUnavailableError):
            await query(client)
    assert len(registers.server.requests) < 30


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b'{"code": "200"}',
        b'{"code": "200", "data": []}',
        b'{"code": "200", "data": {"licences": 1}}',
        b'{"code": "200", "data": {"licences": [' + b",".join([b"{}"] * 201) + b"]}}",
        b'{"code": "200", "data": "' + b"x" * (3 * 2**20) + b'"}',
    ],
    ids=["empty", "no json", "no data", "a list", "no list", "too many", "too long"],
)
async def test_an_answer_of_another_form_is_a_failure(
    registers: Registers, client: RegistryClient, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registers.stand_in, "handle", lambda *_: Answer(200, {}, body))
    with pytest.raises(ProviderUnavailableError):
        await query(client)


async def test_a_licence_of_another_form_is_counted_and_left_out(
    registers: Registers, client: RegistryClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b'{"code": "200", "data": {"licences": [{}, {"ZZBS": 1}, "one"]}}'
    monkeypatch.setattr(registers.stand_in, "handle", lambda *_: Answer(200, {}, body))
    answer = await client.query(PERSON, codes(), purpose="测试", now=NOW)
    assert (answer.licences, answer.unreadable) == ([], 3)


def entry(**changes: Any) -> dict[str, Any]:
    made = {
        "id": "traffic",
        "name": {"zh": "交通", "en": "Traffic"},
        "holder": "resident",
        "types": {"driving-licence": "A1"},
        "requester": "suixing",
        "key": "a key of sixteen or more",
        "url": "https://registry.example",
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not ...}


def write(folder: Path, *entries: Any) -> Path:
    path = folder / "registries.json"
    path.write_text(json.dumps(list(entries)))
    path.chmod(0o600)
    return path


def test_the_file_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, entry(), entry(id="files-alone", url=...))
    read = read_registries(path, is_production=True)
    assert [(one.id, one.holder, one.url) for one in read] == [
        ("traffic", HolderKind.RESIDENT, "https://registry.example"),
        ("files-alone", HolderKind.RESIDENT, None),
    ]
    assert "sixteen" not in repr(read)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([entry(), entry()], "traffic is listed twice"),
        ([entry(key="short")], "entry 1 .traffic.: Expected `str` of length >= 16"),
        ([entry(url="http://registry.example")], "must begin with https"),
        ([entry(types={})], "entry 1"),
        ([entry(types={"one": "A1", "two": "A1"})], "two kinds have one code"),
        ([entry(colour="red")], "unknown field `colour`"),
        ([1], "entry 1"),
    ],
)
def test_what_is_wrong_with_the_file_is_said_in_words(tmp_path: Path, entries: list[Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as wrong:
        read_registries(write(tmp_path, *entries), is_production=True)
    assert "a key of sixteen" not in str(wrong.value)


def test_a_file_that_others_can_read_is_refused_in_production(tmp_path: Path) -> None:
    path = write(tmp_path, entry())
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_registries(path, is_production=True)
    assert read_registries(path, is_production=False)


@pytest.mark.parametrize("province", ["31", "54", "71", "82"])
def test_every_licence_of_the_invention_is_one_of_its_kind(province: str) -> None:
    kinds = {code: read_shipped()[one] for registry in invent_registries("") for one, code in registry.types.items()}
    book = invent_book(province)
    told = [one.licence for entries in book.values() for one in entries]
    assert len({one.zzbs for one in told}) == len(told)
    for one in told:
        kind = kinds[one.zzlxdm]
        assert MetadataReader(kind).read(name_fields(one)).content.identifier == one.zzbs
        assert one.kz.keys() <= {field.source for field in kind.fields}
    assert [len(entries) for entries in book.values()][:4] == [11, 10, 10, 8]
    assert len({one.standing_code for one in told}) >= 6
