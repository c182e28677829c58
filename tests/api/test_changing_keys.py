"""Keys change while people show codes: a rotation refuses nobody, and a withdrawn key is good for nothing at once."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from api.services import now
from app import keeping
from app.credentials.settling import settle_withdrawn
from app.database import Pool, open_pool, transaction
from app.keeping import create_keys, follow_keys
from app.people.model import Role
from app.recognition import publishing
from app.recognition.publishing import publish_trust_list
from app.recognition.withdrawing import withdraw_key
from app.settings import Settings
from app.staff.proposing import execute_approved
from app.staff.rotating import worker_acts
from codes import KeyRing, KeyUse, read_trust_list, verify_any
from codes.keyring import WITHDRAWN
from tests.api.harness import Api, Gate, Session, issue_code, log_in, make_gate, make_person, running_api, scan, slug_of
from tests.api.long_codes import print_paper, show_offline
from tests.api.office import make_staff, propose
from tests.harness.servers import Servers

LIFETIME = timedelta(days=1)
_DEADLINE_SECONDS = 30.0


class Province(msgspec.Struct, frozen=True):
    """Two servers on one folder of keys, and a worker that publishes what is in it."""

    settings: Settings
    pool: Pool
    servers: tuple[Api, Api]
    gate: Gate
    resident: Session

    @property
    def folder(self) -> Path:
        return self.settings.keys_folder

    async def scan(self, code: str, server: int = 1) -> str:
        answer = await scan(self.servers[server], self.gate, code)
        return "accepted" if answer.status_code == 201 else slug_of(answer)


@pytest.fixture(scope="module")
async def own_settings(
    roomy: Settings, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Settings]:
    """A deployment with keys and a database that no other module has, and that looks around often."""
    name = f"keys_{uuid4().hex}"
    url = await servers.create_database(name)
    settings = dataclasses.replace(
        roomy,
        keys=tmp_path_factory.mktemp("keys") / "keys",
        database_url=url,
        codes_per_minute=10**6,
        codes_burst=10**6,
    )
    create_keys(settings, development=True, now=now())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping, "_LOOK_SECONDS", 0.1)
        patch.setattr(publishing, "_HELD_SECONDS", 0.1)
        yield settings
    await servers.drop_database(name)


@asynccontextmanager
async def _working(settings: Settings, pool: Pool) -> AsyncGenerator[None]:
    """A worker's share: it follows the folder and publishes what it finds."""
    ring = KeyRing.load(settings.keys_folder)

    async def publish() -> None:
        while True:
            await publish_trust_list(pool, ring, lifetime=LIFETIME, now=now())
            await asyncio.sleep(0.1)

    await publish_trust_list(pool, ring, lifetime=LIFETIME, now=now())
    tasks = [asyncio.create_task(job) for job in (publish(), follow_keys(ring))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)


@pytest.fixture(scope="module")
async def province(own_settings: Settings) -> AsyncGenerator[Province]:
    assert own_settings.database_url is not None
    pool = await open_pool(own_settings, own_settings.database_url, size=4)
    await pool.execute("INSERT INTO purposes VALUES ('plain-entry', '进入', 'Entry', '{}', false, false)")
    async with _working(own_settings, pool), running_api(own_settings) as one, running_api(own_settings) as other:
        person = await make_person(one)
        gate = await make_gate(one, purpose="plain-entry")
        yield Province(own_settings, pool, (one, other), gate, await log_in(one, person))
    await pool.close()


async def _wait(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(_DEADLINE_SECONDS):
        while not is_so():  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.05)


def _newest(ring: KeyRing, use: KeyUse) -> bytes:
    return next(epoch.kid for epoch in ring.epochs if epoch.use is use)


def _knows(api: Api, use: KeyUse, kid: bytes) -> bool:
    services = api.services
    return kid in services.ring.kids and bool(services.trust.current.find(use, kid))


def _let_sign_now(folder: Path, use: KeyUse, kid: bytes) -> None:
    """As if its two days were over."""
    path = folder / f"{use}-{kid.hex()}.json"
    stored = msgspec.json.decode(path.read_bytes())
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_bytes(msgspec.json.encode({**stored, "signs_from": now().strftime("%Y-%m-%dT%H:%M:%SZ")}))
    draft.replace(path)


async def _settle_down(province: Province) -> bytes:
    """The code key that both servers sign with and know."""
    kid = KeyRing.load(province.folder).current(KeyUse.CODE, now()).kid
    servers = province.servers
    await _wait(lambda: all(_knows(api, KeyUse.CODE, kid) for api in servers))
    await _wait(lambda: all(api.services.ring.current(KeyUse.CODE, now()).kid == kid for api in servers))
    return kid


async def test_a_rotation_under_load_refuses_nobody(province: Province) -> None:
    one, other = province.servers
    outcomes: Counter[str] = Counter()
    kids: set[bytes] = set()
    stopping = asyncio.Event()

    async def show(make: Callable[[], Awaitable[str]], server: int) -> None:
        while not stopping.is_set():
            code = await make()
            kids.add(verify_any(code, other.services.trust.current, now()).kid)
            outcomes[await province.scan(code, server)] += 1

    showing = [
        asyncio.create_task(show(make, server))
        for server in (0, 1)
        for make in (
            lambda: issue_code(one, province.resident),
            lambda: issue_code(other, province.resident),
            lambda: print_paper(one, province.resident),
            lambda: show_offline(other, province.resident),
        )
    ]
    uses = tuple(KeyUse)
    old = set(kids) | KeyRing.load(province.folder).kids
    ring = KeyRing.load(province.folder)
    for use in uses:
        ring = ring.rotate(use, now())
    new = {use: _newest(ring, use) for use in uses}
    await _wait(lambda: all(_knows(api, use, kid) for api in province.servers for use, kid in new.items()))
    assert kids <= old, "none of them signs before its time"
    for use, kid in new.items():
        _let_sign_now(province.folder, use, kid)
    shown = {new[KeyUse.CODE], new[KeyUse.PAPER], new[KeyUse.CERTIFICATE]}
    await _wait(lambda: shown <= kids or any(task.done() for task in showing))
    await asyncio.sleep(0.5)
    stopping.set()
    await asyncio.gather(*showing)
    assert set(outcomes) == {"accepted"}, outcomes
    assert outcomes["accepted"] > 20
    assert kids & old, "the keys of before signed too"


async def _withdraw(province: Province, kid: bytes) -> int:
    """As the command does, in a process of its own."""
    ring = KeyRing.load(province.folder)
    async with transaction(province.pool) as db:
        return (await withdraw_key(db, ring, kid, lifetime=LIFETIME, now=now())).sequence


async def test_a_withdrawn_key_is_good_for_nothing_at_once(province: Province) -> None:
    one, other = province.servers
    bad = await _settle_down(province)
    before = read_trust_list((await one.get("/v1/trust-list")).text, now=now())
    code, early = await issue_code(one, province.resident), await issue_code(one, province.resident)
    assert await province.scan(early) == "accepted"
    sequence = await _withdraw(province, bad)
    await _wait(lambda: all(api.services.trust.current.sequence >= sequence for api in province.servers))
    listed = read_trust_list((await other.get("/v1/trust-list")).text, now=now())
    assert listed.sequence > before.sequence
    assert bad not in listed.kids
    assert await province.scan(code) == "code-issuer-unknown"
    await _wait(lambda: all(api.services.ring.signs(KeyUse.CODE, now()) for api in province.servers))
    # A server that has not looked into its folder yet says for a moment that another can.
    await _wait(lambda: len({api.services.ring.current(KeyUse.CODE, now()).kid for api in province.servers}) == 1)
    assert await province.scan(await issue_code(one, province.resident)) == "accepted"
    assert await province.scan(await issue_code(other, province.resident), 0) == "accepted"
    verified = verify_any(code, before, now())
    assert one.services.ring.open_handle(verified) > 0, "whose code it was can be asked in a dispute"


async def test_a_withdrawn_key_never_comes_back(province: Province, tmp_path: Path) -> None:
    """Somebody restores the folder from a backup, or copies it from a machine that had not heard."""
    bad = KeyRing.load(province.folder).current(KeyUse.CODE, now()).kid
    await _withdraw(province, bad)
    folder, name = tmp_path / "keys", f"code-{bad.hex()}.json"
    shutil.copytree(province.folder, folder)
    shutil.copy(folder / WITHDRAWN / name, folder / name)
    assert bad in KeyRing.load(folder).withdrawn_kids
    (folder / WITHDRAWN / name).unlink()
    restored = KeyRing.load(folder)
    assert bad not in restored.withdrawn_kids
    await publish_trust_list(province.pool, restored, lifetime=LIFETIME, now=now())
    assert bad in restored.withdrawn_kids, "the database knows"
    assert restored.current(KeyUse.CODE, now()).kid != bad
    jws = await province.pool.fetchval("SELECT jws FROM trust_lists ORDER BY sequence DESC LIMIT 1")
    assert bad not in read_trust_list(jws, now=now()).kids


async def test_whoever_holds_a_paper_of_it_is_told_to_print_anew(province: Province) -> None:
    one, _ = province.servers
    bad = KeyRing.load(province.folder).current(KeyUse.PAPER, now()).kid
    await _wait(lambda: one.services.ring.current(KeyUse.PAPER, now()).kid == bad)
    paper, phone_made = await print_paper(one, province.resident), await show_offline(one, province.resident)
    paper_id = await province.pool.fetchval("SELECT paper_id FROM paper_codes ORDER BY paper_id DESC LIMIT 1")
    await province.pool.execute("UPDATE paper_codes SET kid = $1 WHERE paper_id = $2", bad, paper_id)
    sequence = await _withdraw(province, bad)
    await _wait(lambda: one.services.trust.current.sequence >= sequence)
    assert await province.scan(paper, 0) == "code-issuer-unknown"
    assert await province.scan(phone_made, 0) == "accepted", "another use, another key"
    for moment in (now(), now(), now() + timedelta(minutes=2)):
        await settle_withdrawn(province.pool, moment)
    told = await province.pool.fetch(
        "SELECT topic FROM outbox WHERE recipient = $1 AND topic LIKE 'paper.%'", province.resident.person.resident_id
    )
    assert [row["topic"] for row in told] == ["paper.withdrawn"], "once"
    assert await province.pool.fetchval("SELECT revoked_for FROM paper_codes WHERE kid = $1", bad) == "withdrawn"
    assert await province.pool.fetchval("SELECT settled_at IS NOT NULL FROM withdrawn_keys WHERE kid = $1", bad)


async def test_two_persons_withdraw_a_key_at_the_desk(province: Province) -> None:
    one, _ = province.servers
    first, second = await make_staff(one, Role.OPERATOR), await make_staff(one, Role.OPERATOR)
    bad = await _settle_down(province)
    code = await issue_code(one, province.resident)
    refused = await one.post(
        "/v1/staff/proposals", by=first, json={"kind": "keys.withdraw", "reason": "it leaked", "kid": "XYZ"}
    )
    assert slug_of(refused) == "invalid-request"
    made = await propose(one, first, kind="keys.withdraw", kid=bad.hex())
    approved = await one.post(f"/v1/staff/proposals/{made['id']}/approve", by=second)
    assert approved.json()["state"] == "approved"
    ring = KeyRing.load(province.folder)
    assert await execute_approved(province.pool, worker_acts(ring, LIFETIME), now()) == 1
    await _wait(lambda: bad not in one.services.trust.current.kids)
    assert await province.scan(code, 0) == "code-issuer-unknown"
    shown = (await one.get("/v1/desk/overview", by=first)).json()["keys"]
    assert {key["state"] for key in shown if key["kid"] == bad.hex()} == {"withdrawn"}


async def test_a_server_whose_folder_lacks_a_key_says_so(province: Province, tmp_path: Path) -> None:
    """On several machines the folder is copied: what is copied too late must not be found out by a resident."""
    apart = dataclasses.replace(province.settings, keys=tmp_path / "apart")
    shutil.copytree(province.folder, apart.keys_folder)
    async with running_api(apart) as lagging:
        assert (await lagging.get("/health/ready")).json()["keys"] is True
        ring = KeyRing.load(province.folder).rotate(KeyUse.CODE, now())
        kid = _newest(ring, KeyUse.CODE)
        await _wait(lambda: bool(lagging.services.trust.current.find(KeyUse.CODE, kid)))
        late = (await lagging.get("/health/ready")).json()
        assert (late["status"], late["keys"]) == ("degraded", False)
        assert 'suixing_alarm{slug="keys-missing"} 1.0' in (await lagging.get("/metrics")).text
        sequence = lagging.services.trust.current.sequence
        old_ring = lagging.services.ring
        assert not await publish_trust_list(province.pool, old_ring, lifetime=LIFETIME, now=now())
        assert lagging.services.trust.current.sequence == sequence, "its worker takes no key off the list"
        name = f"code-{kid.hex()}.json"
        shutil.copy(province.folder / name, apart.keys_folder / name)
        await _wait(lambda: kid in lagging.services.ring.kids)
        assert (await lagging.get("/health/ready")).json()["keys"] is True


async def test_a_server_that_cannot_sign_is_passed_over(province: Province, tmp_path: Path) -> None:
    """Its folder lacks the key that took the place of the withdrawn one: it cannot open what the others sign by now."""
    apart = dataclasses.replace(province.settings, keys=tmp_path / "apart")
    shutil.copytree(province.folder, apart.keys_folder)
    async with running_api(apart) as lagging:
        await _withdraw(province, lagging.services.ring.current(KeyUse.CODE, now()).kid)
        await _wait(lambda: not lagging.services.trust.are_keys_held(now()).signing)
        answer = await lagging.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
        assert (await lagging.call("HEAD", "/health/ready")).status_code == 503


async def test_a_server_that_lacks_a_key_refuses_no_code_for_good(province: Province, tmp_path: Path) -> None:
    """Its balancer may send it scans for a while: it says that another server can, and ends no code by it."""
    apart = dataclasses.replace(province.settings, keys=tmp_path / "apart")
    shutil.copytree(province.folder, apart.keys_folder)
    one = province.servers[0]
    async with running_api(apart) as lagging:
        for epoch in KeyRing.load(apart.keys_folder).published(now()):
            if epoch.use is KeyUse.CODE:
                await _withdraw(province, epoch.kid)
        kid = await _settle_down(province)
        await _wait(lambda: bool(lagging.services.trust.current.find(KeyUse.CODE, kid)))
        await _wait(lambda: not lagging.services.ring.signs(KeyUse.CODE, now()))
        code = await issue_code(one, province.resident)
        asked = await lagging.post("/v1/codes", by=province.resident, json={"kind": "personal"})
        for answer in (await scan(lagging, province.gate, code), asked):
            assert (answer.status_code, slug_of(answer)) == (503, "unavailable"), answer.text
            assert answer.headers["Retry-After"] == "5"
        assert await province.scan(code, 0) == "accepted"
