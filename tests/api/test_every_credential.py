"""An account that holds one of each kind of credential is locked, and each is tried afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeAlias
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from api.services import now
from app.database import transaction
from app.identifiers import new_id
from app.people import presence_store
from app.people.bindings import bind
from app.people.model import BindingKind, Role
from app.people.store import grant_role
from app.people.window_model import StoredPresence
from app.rights.credentials import CREDENTIALS, Locked
from push.reaching import list_addresses
from tests.api.asking import make_hotel, post_elsewhere
from tests.api.claimants import NAME, Town, Visitor, answer_of, invent_user, read_visitor
from tests.api.harness import Api, Gate, Person, Session, log_in, make_gate, scan, wait_refused
from tests.api.long_codes import print_paper, show_offline
from tests.api.office import find_resident, make_staff
from tests.api.pushing import phone, register
from tests.api.test_licence_credentials import take
from tests.api.wallets import hold, look, show

Use: TypeAlias = Callable[[], Awaitable[httpx.Response]]


class Scene(msgspec.Struct, frozen=True):
    """The owner of an account, about to lose their phone."""

    town: Town
    gate: Gate
    person: Person
    owner: Session

    @property
    def api(self) -> Api:
        return self.town.api

    @property
    def visitor(self) -> Visitor:
        owner = self.owner
        return Visitor(
            self.person.resident_id, owner.installation_id, owner.access_token, owner.refresh_token, owner.assurance
        )

    async def ask(self, **body: str) -> httpx.Response:
        return await self.api.post("/v1/codes", by=self.owner, json=body)

    async def scan(self, code: str) -> httpx.Response:
        return await scan(self.api, self.gate, code)


class Trial(msgspec.Struct, frozen=True):
    """A credential of one kind used while the account is open, and one used after it was locked."""

    before: Use
    after: Use


async def use_access_token(scene: Scene) -> Trial:
    """Another process may have locked the account: it is known here within five seconds."""
    return Trial(lambda: scene.api.get("/v1/me", by=scene.owner), lambda: wait_refused(scene.api, scene.owner))


async def use_refresh_token(scene: Scene) -> Trial:
    tokens = [(await log_in(scene.api, scene.person, uuid4())).refresh_token]

    async def use() -> httpx.Response:
        answer = await scene.api.post("/v1/sessions/refresh", json={"refresh_token": tokens[-1]})
        tokens.append(answer.json().get("refresh_token"))
        return answer

    return Trial(use, use)


async def use_installation(scene: Scene) -> Trial:
    async def use_again() -> httpx.Response:
        again = await log_in(scene.api, scene.person)
        return await scene.api.post("/v1/codes", by=again, json={"kind": "personal"})

    return Trial(lambda: scene.ask(kind="personal"), use_again)


async def use_role(scene: Scene) -> Trial:
    async def use_again() -> httpx.Response:
        return await scene.api.get("/v1/venues", by=await log_in(scene.api, scene.person))

    return Trial(lambda: scene.api.get("/v1/venues", by=scene.owner), use_again)


async def show_code(scene: Scene) -> Trial:
    codes = [(await scene.ask(kind="personal")).json()["code"] for _ in range(2)]
    return Trial(lambda: scene.scan(codes[0]), lambda: scene.scan(codes[1]))


async def show_certificate(scene: Scene) -> Trial:
    codes = [await show_offline(scene.api, scene.owner) for _ in range(2)]
    return Trial(lambda: scene.scan(codes[0]), lambda: scene.scan(codes[1]))


async def show_paper(scene: Scene) -> Trial:
    code = await print_paper(scene.api, scene.owner)
    return Trial(lambda: scene.scan(code), lambda: scene.scan(code))


async def _bind(scene: Scene, kind: BindingKind, is_shown: UUID | None, principal_id: UUID) -> UUID:
    binding_id = uuid4()
    async with transaction(scene.api.services.pool) as db:
        await bind(
            db,
            kind=kind,
            binding_id=binding_id,
            shows=scene.person.resident_id,
            is_shown=is_shown,
            principal_id=principal_id,
            ends_at=None,
            now=now(),
        )
    return binding_id


async def show_relative(scene: Scene) -> Trial:
    relative, _ = await scene.town.make_owner(age=70)
    relative_id = await _bind(scene, BindingKind.CARE, relative.resident_id, scene.person.resident_id)
    codes = [(await scene.ask(kind="care", relative_id=str(relative_id))).json()["code"] for _ in range(2)]
    return Trial(lambda: scene.scan(codes[0]), lambda: scene.scan(codes[1]))


async def show_company(scene: Scene) -> Trial:
    delegation_id = await _bind(scene, BindingKind.ENTERPRISE, None, uuid4())
    codes = [(await scene.ask(kind="enterprise", delegation_id=str(delegation_id))).json()["code"] for _ in range(2)]
    return Trial(lambda: scene.scan(codes[0]), lambda: scene.scan(codes[1]))


async def show_licence(scene: Scene) -> Trial:
    hotel = await make_gate(scene.api, purpose="hotel-check-in")
    licence_id = await hold(scene.api, scene.person.resident_id)
    codes = [await show(scene.api, scene.owner, licence_id) for _ in range(2)]
    return Trial(lambda: look(scene.api, hotel, codes[0]), lambda: look(scene.api, hotel, codes[1]))


async def complete_claim(scene: Scene) -> Trial:
    claimant = await scene.town.open(scene.town.wechat(invent_user()))
    claim_id = await scene.town.claim(claimant, scene.person.id_number)
    return Trial(
        lambda: scene.town.decide(scene.visitor, claim_id, "approve"),
        lambda: scene.town.decide(claimant, claim_id, "complete"),
    )


async def accept_invitation(scene: Scene) -> Trial:
    async def accept_one() -> Use:
        invited, visitor = await scene.town.make_owner(age=70)
        wish = {"phone": invited.phone, "name": NAME, "part": "shows", "kinship": "parent"}
        made = await scene.api.post("/v1/me/relatives/invitations", by=scene.owner, json=wish)
        assert made.status_code == 201, made.text
        path = f"/v1/me/relatives/invitations/{made.json()['id']}/accept"
        return lambda: scene.api.post(path, by=visitor)

    return Trial(await accept_one(), await accept_one())


async def serve_at_window(scene: Scene) -> Trial:
    clerk = await make_staff(scene.api, Role.WINDOW)
    presence = StoredPresence(new_id(), scene.person.resident_id, None, now(), now() + timedelta(minutes=15), None)
    async with transaction(scene.api.services.pool) as db:
        await presence_store.insert_presence(db, clerk.person.resident_id, presence)

    async def use() -> httpx.Response:
        return await scene.api.get(f"/v1/windows/presences/{presence.presence_id}/relatives", by=clerk)

    return Trial(use, use)


async def download_copy(scene: Scene) -> Trial:
    """What was downloaded before is told apart by its check, which test_licence_copies.py has."""
    licence_id = await hold(scene.api, scene.owner, "senior-card")
    order = {"requester": "示范单位", "purpose": "示范", "valid_days": 1}

    async def make_one() -> Use:
        made = await scene.api.post(f"/v1/wallet/licences/{licence_id}/copies", by=scene.owner, json=order)
        assert made.status_code == 201, made.text
        url: str = made.json()["download_url"]
        return lambda: scene.api.get(url[url.index("/v1/") :])

    return Trial(await make_one(), await make_one())


async def show_credential(scene: Scene) -> Trial:
    """In a wallet that no lock reaches, and refused at the very next showing."""
    hotel = await make_hotel(scene.api, scene.owner)
    made = [await take(hotel) for _ in range(2)]
    return Trial(lambda: post_elsewhere(hotel, *made[0]), lambda: post_elsewhere(hotel, *made[1]))


async def reach_by_push(scene: Scene) -> Trial:
    """Whoever holds the phone sees nothing more on its locked screen; test_devices.py has who may register again."""

    async def use_again() -> httpx.Response:
        assert await list_addresses(scene.api.services.pool, scene.person.resident_id) == []
        return await wait_refused(scene.api, scene.owner)

    return Trial(lambda: register(scene.api, scene.owner, phone()), use_again)


TRIALS: dict[str, tuple[Callable[[Scene], Awaitable[Trial]], str]] = {
    "access-token": (use_access_token, "unauthenticated"),
    "refresh-token": (use_refresh_token, "session-expired"),
    "trusted-installation": (use_installation, "installation-not-approved"),
    "role": (use_role, "forbidden"),
    "code": (show_code, "code-revoked"),
    "certificate": (show_certificate, "code-revoked"),
    "paper": (show_paper, "code-revoked"),
    "care-binding": (show_relative, "code-revoked"),
    "enterprise-binding": (show_company, "code-revoked"),
    "licence-in-hand": (show_licence, "code-revoked"),
    "licence-credential": (show_credential, "presentation-revoked"),
    "licence-copy": (download_copy, "copy-spent"),
    "claim": (complete_claim, "claim-ended"),
    "care-invitation": (accept_invitation, "invitation-ended"),
    "push-address": (reach_by_push, "unauthenticated"),
    "window-presence": (serve_at_window, "window-presence-ended"),
}


@pytest.fixture
async def scene(api: Api, town: Town) -> Scene:
    await api.services.pool.execute(
        "INSERT INTO purposes VALUES ('plain-entry', '进入', 'Entry', '{}', false, false) ON CONFLICT DO NOTHING"
    )
    person, _ = await town.make_owner()
    async with transaction(api.services.pool) as db:
        await grant_role(db, person.resident_id, Role.MANAGER, now())
    return Scene(town, await make_gate(api, purpose="plain-entry"), person, await log_in(api, person))


async def _tap(scene: Scene) -> httpx.Response:
    return await scene.api.post("/v1/me/lock", by=scene.owner)


async def _call_the_hotline(scene: Scene) -> httpx.Response:
    operator = await make_staff(scene.api, Role.OPERATOR)
    look = await find_resident(scene.api, operator, scene.person.phone)
    reason = {"reason": "the caller lost the phone"}
    return await scene.api.post(f"/v1/desk/residents/{look['look_id']}/lock", by=operator, json=reason)


def test_every_kind_that_a_lock_ends_has_its_trial() -> None:
    ends = {name for name, credential in CREDENTIALS.items() if credential.locked is not Locked.STAYS}
    assert ends == TRIALS.keys(), "a new kind of credential needs a trial"


@pytest.mark.parametrize("lock", [_tap, _call_the_hotline])
async def test_a_lock_ends_one_of_each(scene: Scene, lock: Callable[[Scene], Awaitable[httpx.Response]]) -> None:
    trials = {name: await arrange(scene) for name, (arrange, _) in TRIALS.items()}
    for name, trial in trials.items():
        used = await trial.before()
        assert used.status_code < 300, (name, used.text)
    assert (await lock(scene)).status_code == 204
    refused = {name: answer_of(await trial.after()) for name, trial in trials.items()}
    assert refused == {name: slug for name, (_, slug) in TRIALS.items()}


async def test_what_rests_comes_back_with_presence_and_what_was_ended_does_not(scene: Scene, town: Town) -> None:
    relative, _ = await town.make_owner(age=70)
    relative_id = await _bind(scene, BindingKind.CARE, relative.resident_id, scene.person.resident_id)
    paper, certified = await print_paper(scene.api, scene.owner), await show_offline(scene.api, scene.owner)
    await _tap(scene)
    back = await log_in(scene.api, scene.person)
    locked_out = Visitor(
        scene.person.resident_id, back.installation_id, back.access_token, back.refresh_token, back.assurance
    )
    assert not locked_out.is_verified
    proven = await town.prove_by_face(locked_out, scene.person.id_number)
    assert proven.status_code == 200, proven.text
    visitor = read_visitor(proven, back.installation_id)
    shown = await scene.api.post("/v1/codes", by=visitor, json={"kind": "care", "relative_id": str(relative_id)})
    assert shown.status_code == 201, shown.text
    assert (await scene.api.get("/v1/venues", by=visitor)).status_code == 200
    for code in (paper, certified):
        assert answer_of(await scene.scan(code)) == "code-revoked"
    assert (await town.told(scene.person.resident_id)).count("care.resumed") == 1
    assert (await town.told(relative.resident_id))[-2:] == ["care.rests", "care.resumed"]
