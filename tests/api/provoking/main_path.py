"""The problems of the path of one code, and those of every operation."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import httpx

from api.services import now
from app.database import transaction
from app.people.bindings import bind
from app.people.locking import lock_resident
from app.people.model import BindingKind
from app.repeating import store as repeating
from tests.api import crafting
from tests.api.harness import invent_phone, issue_code, log_in, make_gate, make_person, request_otp, running_api, scan
from tests.api.long_codes import Phone, show_offline
from tests.api.provoking.scene import Provoking, Scene


async def scan_of_yesterday(scene: Scene) -> httpx.Response:
    scan_id = (await scene.scan(await scene.code())).json()["scan_id"]
    moment = now() - timedelta(hours=25)
    await scene.api.services.pool.execute("UPDATE accesses SET recorded_at = $2 WHERE access_id = $1", scan_id, moment)
    return await scene.api.post(f"/v1/scans/{scan_id}/annul", by=scene.gate, json={"reason": "x"})


async def scan_after_a_lock(scene: Scene) -> httpx.Response:
    code = await scene.code()
    await scene.api.post("/v1/me/lock", by=scene.resident)
    return await scene.scan(code)


async def scan_twice(scene: Scene) -> httpx.Response:
    code = await scene.code()
    await scene.scan(code)
    return await scene.scan(code)


async def scan_at_an_unapproved_venue(scene: Scene) -> httpx.Response:
    return await scan(scene.api, await make_gate(scene.api, approved=False), await scene.code())


async def scan_a_foreign_code(scene: Scene) -> httpx.Response:
    ring = crafting.make_foreign_ring(scene.folder / "32")
    return await scene.scan(await crafting.craft(scene.api, scene.resident, ring=ring, issuer="32"))


async def scan_too_long_a_life(scene: Scene) -> httpx.Response:
    return await scene.scan(crafting.sign_longer(scene.api, await scene.code(), 300))


async def scan_from_the_future(scene: Scene) -> httpx.Response:
    return await scene.scan(await crafting.craft(scene.api, scene.resident, at=now() + timedelta(seconds=90)))


async def reuse_a_challenge(scene: Scene) -> httpx.Response:
    challenge_id, otp = await request_otp(scene.api, invent_phone())
    body = {"grant": "otp", "challenge_id": str(challenge_id), "otp": otp, "installation_id": str(uuid4())}
    await scene.api.post("/v1/sessions", json=body)
    return await scene.api.post("/v1/sessions", json=body)


async def refresh_after_closing(scene: Scene) -> httpx.Response:
    listed = (await scene.api.get("/v1/me/sessions", by=scene.newcomer)).json()["items"]
    own = next(session["id"] for session in listed if session["current"])
    await scene.api.delete(f"/v1/me/sessions/{own}", by=scene.newcomer)
    return await scene.api.post("/v1/sessions/refresh", json={"refresh_token": scene.newcomer.refresh_token})


async def refresh_three_times(scene: Scene) -> httpx.Response:
    """The second might be of a phone whose first answer was lost."""
    body = {"refresh_token": scene.resident.refresh_token}
    for _ in range(2):
        await scene.api.post("/v1/sessions/refresh", json=body)
    return await scene.api.post("/v1/sessions/refresh", json=body)


async def create_with_a_used_key(scene: Scene) -> httpx.Response:
    await scene.create_venue()
    return await scene.create_venue(name="另一馆")


async def create_while_it_is_created(scene: Scene) -> httpx.Response:
    digest = hashlib.sha256(b"the same request").digest()
    async with transaction(scene.api.services.pool) as db:
        await repeating.claim(db, scene.manager.person.resident_id, "key-1", request_hash=digest, now=now())
        return await scene.create_venue()


async def certify_a_key_twice(scene: Scene) -> httpx.Response:
    keys = [Phone().jwk] * 2
    return await scene.api.post("/v1/codes/certificates", by=scene.resident, json={"public_keys": keys})


async def ask_for_codes_without_end(scene: Scene) -> httpx.Response:
    settings = dataclasses.replace(scene.api.services.settings, codes_burst=1)
    async with running_api(settings) as tight:
        await issue_code(tight, scene.resident)
        return await tight.post("/v1/codes", by=scene.resident, json={"kind": "personal"})


async def ask_without_a_database(scene: Scene) -> httpx.Response:
    async with running_api(scene.api.services.settings) as cut:
        cut.services.pool.terminate()
        return await cut.get("/v1/me", by=scene.resident)


async def ask_of_damaged_data(scene: Scene) -> httpx.Response:
    await scene.api.services.pool.execute(
        "UPDATE residents SET sealed_phone = '\\x00' WHERE resident_id = $1", scene.resident.person.resident_id
    )
    return await scene.api.get("/v1/me", by=scene.resident)


async def alter(scene: Scene, change: Callable[[str], str]) -> httpx.Response:
    return await scene.scan(change(await scene.code()))


async def expire(scene: Scene) -> httpx.Response:
    return await scene.scan(await crafting.craft_ended(scene.api, scene.resident))


async def scan_what_a_phone_made(scene: Scene) -> httpx.Response:
    return await scene.scan(await show_offline(scene.api, scene.resident))


async def show_for_nobody(scene: Scene) -> httpx.Response:
    body = {"kind": "care", "relative_id": str(uuid4())}
    return await scene.api.post("/v1/codes", by=scene.resident, json=body)


async def show_for_somebody_away(scene: Scene) -> httpx.Response:
    pool, relative, binding_id = scene.api.services.pool, await log_in(scene.api, await make_person(scene.api)), uuid4()
    async with transaction(pool) as db:
        await bind(
            db,
            kind=BindingKind.CARE,
            binding_id=binding_id,
            shows=scene.resident.person.resident_id,
            is_shown=relative.person.resident_id,
            principal_id=scene.resident.person.resident_id,
            ends_at=None,
            now=now(),
        )
        await lock_resident(db, relative.person.resident_id, now())
    body = {"kind": "care", "relative_id": str(binding_id)}
    return await scene.api.post("/v1/codes", by=scene.resident, json=body)


PROVOKED: dict[str, Provoking] = {
    "code-not-ours": lambda scene: scene.scan("https://example.org"),
    "code-malformed": lambda scene: scene.scan("SX1:ABC"),
    "code-issuer-unknown": scan_a_foreign_code,
    "code-algorithm-refused": lambda scene: alter(scene, crafting.alter_algorithm),
    "code-signature-invalid": lambda scene: alter(scene, crafting.alter_signature),
    "code-not-yet-valid": scan_from_the_future,
    "code-expired": expire,
    "code-lifetime-excessive": scan_too_long_a_life,
    "code-form-refused": scan_what_a_phone_made,
    "public-key-refused": certify_a_key_twice,
    "binding-ended": show_for_nobody,
    "binding-rests": show_for_somebody_away,
    "code-revoked": scan_after_a_lock,
    "code-already-used": scan_twice,
    "purpose-not-registered": lambda scene: scene.scan("x", purpose="metro-gate"),
    "venue-not-approved": scan_at_an_unapproved_venue,
    "scan-not-annullable": scan_of_yesterday,
    "otp-wrong": lambda scene: scene.guess(),
    "otp-expired": reuse_a_challenge,
    "session-expired": refresh_after_closing,
    "session-reused": refresh_three_times,
    "unauthenticated": lambda scene: scene.api.get("/v1/me"),
    "identity-not-verified": lambda scene: scene.api.post("/v1/codes", by=scene.unverified, json={"kind": "personal"}),
    "installation-not-approved": lambda scene: scene.api.get("/v1/me/accesses", by=scene.newcomer),
    "forbidden": lambda scene: scene.api.get("/v1/venues", by=scene.resident),
    "not-found": lambda scene: scene.api.get("/v1/nothing"),
    "method-not-allowed": lambda scene: scene.api.delete("/v1/me"),
    "invalid-request": lambda scene: scene.guess("12345"),
    "idempotency-key-reused": create_with_a_used_key,
    "request-in-progress": create_while_it_is_created,
    "too-many-requests": ask_for_codes_without_end,
    "unavailable": ask_without_a_database,
    "internal": ask_of_damaged_data,
}
