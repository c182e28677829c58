"""Secrets rotate while people log in: nobody is refused or doubled, and what was made under the old key is found."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from app.commands.progress import showing_progress
from app.database import Pool, open_pool, transaction
from app.enterprises.delegating import index_phone
from app.enterprises.rules import ANSWERED_WITHIN
from app.errors import SettingsError
from app.people import rewrap_store
from app.people.accounts import PhoneAccount
from app.people.challenging import hash_otp_anyhow, open_text, request_otp
from app.people.registering import find_or_register
from app.people.rewrapping import Rewrapped, count_lookups_to_follow, rewrap
from app.people.store import get_resident
from app.people.tokens import AccessTokens, RefreshTokens
from app.retiring import retire_oldest
from app.sealing import Vault, number_of_master
from app.secrets import Kind, Secrets, create_secrets, read_secrets, retire_secret, rotate_secret
from app.settings import Settings, read_settings
from tests.api.harness import invent_phone

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=60)


class Deployment(msgspec.Struct, frozen=True):
    """One keys folder, one database; servers are vaults that were made at one time or another."""

    settings: Settings
    url: str
    pool: Pool

    @property
    def secrets(self) -> Secrets:
        return read_secrets(self.settings.keys_folder)

    def vault(self) -> Vault:
        return Vault(self.secrets)


@pytest.fixture
async def deployment(fresh_database: str, tmp_path: Path) -> AsyncGenerator[Deployment]:
    create_secrets(tmp_path / "keys", development=True)
    settings = read_settings({"SUIXING_DATA": str(tmp_path), "DATABASE_URL": fresh_database})
    pool = await open_pool(settings, fresh_database, size=8)
    yield Deployment(settings, fresh_database, pool)
    await pool.close()


async def register(deployment: Deployment, vault: Vault, phone: str) -> UUID:
    async with transaction(deployment.pool) as db:
        return (await find_or_register(db, vault, PhoneAccount(phone), NOW)).resident_id


async def run(deployment: Deployment) -> Rewrapped:
    return await rewrap(deployment.pool, deployment.vault(), lambda *_: None)


async def test_residents_keys_go_under_the_newest_master(deployment: Deployment) -> None:
    phones = [invent_phone() for _ in range(40)]
    old_server = deployment.vault()
    before = [await register(deployment, old_server, phone) for phone in phones]
    added = rotate_secret(deployment.settings.keys_folder, "master", LONG_AGO)
    assert await run(deployment) == Rewrapped(keys=40, lookups_added=0, lookups_removed=0)
    assert await run(deployment) == Rewrapped(0, 0, 0), "what is done is passed over"
    assert await retire_oldest(deployment.settings, deployment.url, "master", NOW) == 1
    assert [secret.number for secret in deployment.secrets.master] == [2]
    for phone, resident_id in zip(phones, before, strict=True):
        resident = await get_resident(deployment.pool, resident_id)
        assert resident is not None
        assert number_of_master(resident.wrapped_key) == added.number
        assert (
            deployment.vault()
            .open_data_key(resident.wrapped_key, resident_id)
            .open(resident.sealed_phone or b"", "phone")
            == phone
        )


async def test_a_master_that_is_needed_stays(deployment: Deployment) -> None:
    await register(deployment, deployment.vault(), invent_phone())
    rotate_secret(deployment.settings.keys_folder, "master", LONG_AGO)
    with pytest.raises(SettingsError, match="needed by 1 residents"):
        await retire_oldest(deployment.settings, deployment.url, "master", NOW)


async def test_a_secret_to_come_is_not_taken_for_the_one_that_makes(deployment: Deployment) -> None:
    rotate_secret(deployment.settings.keys_folder, "master", NOW + timedelta(hours=48))
    resident_id = await register(deployment, deployment.vault(), invent_phone())
    resident = await get_resident(deployment.pool, resident_id)
    assert resident is not None
    assert number_of_master(resident.wrapped_key) == 1, "servers that were not restarted open it too"
    with pytest.raises(SettingsError, match="No newer master secret makes yet"):
        await retire_oldest(deployment.settings, deployment.url, "master", NOW)


async def test_lookups_rotate_under_concurrent_logins(deployment: Deployment) -> None:
    """At each step servers of the step before still serve: whoever logs in anywhere is the same one resident."""
    phones = [invent_phone() for _ in range(60)]
    servers = [deployment.vault()]
    known = {phone: await register(deployment, servers[0], phone) for phone in phones[:20] + phones[50:]}

    async def log_in_everywhere(numbers: list[str]) -> None:
        found = await asyncio.gather(
            *(register(deployment, server, phone) for phone in numbers for server in servers for _ in range(2))
        )
        for number, phone in enumerate(numbers):
            same = set(found[number * 2 * len(servers) : (number + 1) * 2 * len(servers)])
            assert same == {known.setdefault(phone, found[number * 2 * len(servers)])}

    rotate_secret(deployment.settings.keys_folder, "index", LONG_AGO)
    servers = [servers[0], deployment.vault()]
    await log_in_everywhere(phones[:30])
    servers = [deployment.vault()]
    done, _ = await asyncio.gather(run(deployment), log_in_everywhere(phones[:40]))
    assert done.lookups_added > 0
    await run(deployment)
    assert await count_lookups_to_follow(deployment.pool, deployment.vault()) == 0
    assert await retire_oldest(deployment.settings, deployment.url, "index", NOW) == 1
    servers = [servers[0], deployment.vault()]
    await log_in_everywhere(phones[:50])
    servers = [deployment.vault()]
    removed = await run(deployment)
    assert removed.lookups_removed > 0
    await log_in_everywhere(phones)
    rows = await deployment.pool.fetch("SELECT phone_index, resident_id FROM phone_lookups")
    assert {len(row["phone_index"]) for row in rows} == {34}, "nothing is left under the key that was retired"
    assert {row["resident_id"] for row in rows} == set(known.values())
    assert len(known) == 60


async def test_an_index_key_that_is_not_followed_stays(deployment: Deployment) -> None:
    await register(deployment, deployment.vault(), invent_phone())
    rotate_secret(deployment.settings.keys_folder, "index", LONG_AGO)
    with pytest.raises(SettingsError, match="1 lookups are not under the newest"):
        await retire_oldest(deployment.settings, deployment.url, "index", NOW)


async def invite_delegate(deployment: Deployment, vault: Vault) -> None:
    """As a company does that waits for an answer."""
    company_id, delegation_id, phone_index = uuid4(), uuid4(), index_phone(vault, invent_phone())
    await deployment.pool.execute(
        "INSERT INTO enterprises VALUES ($1, $2, 'A company', 'active', $3, $3, $3)", company_id, str(company_id), NOW
    )
    await deployment.pool.execute(
        "INSERT INTO enterprise_delegations (company_id, delegation_id, granted_by, scopes, starts_at, ends_at, "
        "sealed_handler, sealed_for, phone_index, invited_at, answer_by) "
        "VALUES ($1, $2, $2, '{}', $3, $4, '', $2, $5, $3, $4)",
        company_id,
        delegation_id,
        NOW,
        NOW + ANSWERED_WITHIN,
        phone_index,
    )


async def invite_relative(deployment: Deployment, vault: Vault) -> None:
    await deployment.pool.execute(
        "INSERT INTO care_invitations (resident_id, invitation_id, invitee_indexes, invitee_part, kinship, "
        "sealed_invitee, invited_at, expires_at) VALUES ($1, $2, $3, 'is-shown', 'parent', '', $4, $5)",
        await register(deployment, vault, invent_phone()),
        uuid4(),
        vault.indexes("care invitee", invent_phone()),
        NOW,
        NOW + timedelta(days=7),
    )


async def test_an_index_key_stays_while_invitations_are_found_by_it(deployment: Deployment) -> None:
    """They bear the index of when they were made; what is made once every server knows the next bears that."""
    before = deployment.vault()
    await invite_delegate(deployment, before)
    await invite_relative(deployment, before)
    rotate_secret(deployment.settings.keys_folder, "index", LONG_AGO)
    await run(deployment)
    after = deployment.vault()
    await invite_delegate(deployment, after)
    await invite_relative(deployment, after)
    with pytest.raises(SettingsError, match=r"1 invitations of companies and 1 of relatives .* secret 1 alone"):
        await retire_oldest(deployment.settings, deployment.url, "index", NOW)
    await deployment.pool.execute("UPDATE care_invitations SET ended_at = $1, outcome = 'declined'", NOW)
    with pytest.raises(SettingsError, match="1 invitations of companies and 0 of relatives"):
        await retire_oldest(deployment.settings, deployment.url, "index", NOW + ANSWERED_WITHIN - timedelta(minutes=1))
    assert await retire_oldest(deployment.settings, deployment.url, "index", NOW + ANSWERED_WITHIN) == 1


async def test_one_index_of_its_own_is_of_the_newest_key_that_all_know(deployment: Deployment) -> None:
    phone, folder = invent_phone(), deployment.settings.keys_folder
    before = deployment.vault().lasting_index("invitation", phone)
    rotate_secret(folder, "index", NOW + timedelta(days=2))
    assert deployment.vault().lasting_index("invitation", phone) == before, "another server may not know the next yet"
    rotated = Vault(deployment.secrets, clock=lambda: NOW + timedelta(days=3))
    assert rotated.lasting_index("invitation", phone) == rotated.indexes("invitation", phone)[0] != before


async def test_the_only_secret_is_never_retired(deployment: Deployment) -> None:
    kinds: tuple[Kind, ...] = ("master", "index", "token")
    for kind in kinds:
        with pytest.raises(SettingsError, match="rotate"):
            await retire_oldest(deployment.settings, deployment.url, kind, NOW)
        with pytest.raises(SettingsError, match="no other"):
            retire_secret(deployment.settings.keys_folder, kind, 1)


async def test_a_one_time_password_asked_for_at_one_server_is_good_at_another(deployment: Deployment) -> None:
    """Whichever step of a rotation each of the two has seen."""
    folder = deployment.settings.keys_folder
    servers = [deployment.vault()]
    rotate_secret(folder, "index", LONG_AGO)
    servers.append(deployment.vault())
    retire_secret(folder, "index", 1)
    servers.append(deployment.vault())
    for asked, claimed in [(0, 1), (1, 0), (1, 2), (2, 1)]:
        challenge = await request_otp(
            deployment.pool, servers[asked], deployment.settings,
            phone=invent_phone_of_mainland(), address="192.0.2.1", installation_id=None, now=NOW,
        )  # fmt: skip
        sealed = await deployment.pool.fetchval(
            "SELECT sealed FROM outbox WHERE recipient = $1", challenge.challenge_id
        )
        otp = open_text(servers[claimed], sealed).otp or ""
        assert await _claim(deployment, servers[claimed], challenge.challenge_id, otp) == "right", (asked, claimed)
        assert await _claim(deployment, servers[claimed], challenge.challenge_id, otp) == "expired", "once"


async def _claim(deployment: Deployment, vault: Vault, challenge_id: UUID, otp: str) -> str:
    from app.people.store import claim_otp as claim  # noqa: PLC0415  the use case's own name is another

    row = await claim(deployment.pool, challenge_id, hash_otp_anyhow(vault, challenge_id, otp), 5, NOW)
    return str(row["outcome"])


def invent_phone_of_mainland() -> str:
    return "+86138" + invent_phone()[-8:]


async def test_token_secrets_rotate_without_ending_sessions(deployment: Deployment) -> None:
    rotate_secret(deployment.settings.keys_folder, "token", NOW + timedelta(hours=48))
    secrets = deployment.secrets.token
    from tests.app.people.test_tokens import CALLER, CLAIM  # noqa: PLC0415  the same caller

    access, refresh = AccessTokens(secrets, "suixing:31", 300), RefreshTokens(secrets)
    later = NOW + timedelta(hours=49)
    old_access, _ = access.issue(CALLER, NOW)
    old, new = refresh.issue(CLAIM, NOW), refresh.issue(CLAIM, later)
    assert RefreshTokens(secrets[1:]).read(old) == CLAIM, "made under the key that every server knows"
    assert RefreshTokens(secrets[:1]).read(new) == CLAIM, "and later under the next"
    assert refresh.read(old) == CLAIM
    assert access.read(old_access, NOW) == CALLER
    with pytest.raises(SettingsError, match="live until"):
        await retire_oldest(deployment.settings, deployment.url, "token", later)
    much_later = later + timedelta(seconds=deployment.settings.session_lifetime)
    assert await retire_oldest(deployment.settings, deployment.url, "token", much_later) == 1


async def test_a_run_that_was_cut_off_is_run_again(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.people.rewrapping.PAGE", 7)
    for _ in range(30):
        await register(deployment, deployment.vault(), invent_phone())
    rotate_secret(deployment.settings.keys_folder, "master", LONG_AGO)
    rotate_secret(deployment.settings.keys_folder, "index", LONG_AGO)

    def cut_off(_stage: str, done: int) -> None:
        if done >= 14:
            raise RuntimeError("cut off")

    with pytest.raises(RuntimeError):
        await rewrap(deployment.pool, deployment.vault(), cut_off)
    with showing_progress() as progress:
        done = await rewrap(deployment.pool, deployment.vault(), progress.tell)
    assert (done.keys, done.lookups_added) == (16, 30)


_MASTERED = {
    "residents.wrapped_key": "by `keys rewrap`",
    "otp_challenges.sealed_phone": "gone within minutes",
    "outbox.sealed": "gone once it is settled",
    "idempotent_answers.sealed_answer": "gone within a day",
    "platform_events.sealed": "gone after some days",
    "retained_records.wrapped_key": "gone when the law lets it go: until then its master key is kept",
    "push_addresses.sealed_address": "by `keys rewrap`",
    "presentations.wrapped_key": "gone within minutes",
    "wallets.wrapped_key": "by `keys rewrap`",
    "depot_keys.wrapped_key": "by `keys rewrap`",
    "window_presences.sealed_person": "gone within two days",
    "venue_staff.sealed_name": "bound to its place: its master key is kept while the venue has this staff",
    "proposals.sealed_reason": "as of acts",
    "acts.sealed_reason": "stands in the chained log as it is: its master key is kept",
}
"""What may be sealed by a master key itself. All else is sealed by a resident's own key, which does not rotate."""


_KEPT_BY_OTHERS = {
    "access_marks.sealed_reason", "care_invitations.sealed_invitee", "depot_licences.sealed_licence",
    "dispute_answers.sealed_words",
    "enterprise_delegations.sealed_handler", "guardian_consents.sealed_child", "licences.sealed_content",
    "wallets.sealed_cards",
    "licence_copies.sealed_order", "licence_copies.sealed_print", "logins.sealed_account",
    "presentations.sealed_result",
    "residents.sealed_id_number", "residents.sealed_masked_name", "residents.sealed_name", "residents.sealed_phone",
    "retained_records.sealed_record", "staff_factors.sealed_secret", "staff_looks.sealed_case",
}  # fmt: skip
"""Sealed by the key of a resident or of a retained record, which is itself wrapped by a master key."""


async def test_whatever_a_master_seals_is_counted_before_it_is_retired(pool: Pool) -> None:
    """Each sealed column is one or the other; a new one has to be put where it belongs."""
    asked = rewrap_store.COUNT_UNDER_MASTER
    found = re.findall(r"FROM (\w+)\s+WHERE .*?substring\((\w+) FOR 2\)", asked, re.DOTALL)
    assert {f"{table}.{column}" for table, column in found} == _MASTERED.keys()
    assert await rewrap_store.count_under_master(pool, 65535) == {}
    rows = await pool.fetch(
        "SELECT table_name || '.' || column_name FROM information_schema.columns "
        "WHERE (column_name LIKE 'sealed%' OR column_name LIKE 'wrapped%') AND data_type = 'bytea' "
        "AND table_name <> 'import_lines'"
    )
    assert {row[0] for row in rows} == _MASTERED.keys() | _KEPT_BY_OTHERS
