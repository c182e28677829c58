"""Proving an identity: who may use which evidence, once, and within minutes."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from app.database import Pool
from app.errors import InvalidError, TooManyRequestsError
from app.identifiers import new_id
from app.identity import store
from app.identity.cloud_auth import CloudAuth
from app.identity.errors import (
    EvidenceExpiredError,
    EvidenceNotOfferedError,
    EvidencePendingError,
    IdentityNotConfirmedError,
)
from app.identity.model import (
    Applicant,
    CredentialCheck,
    CredentialEvidence,
    EvidenceKind,
    FaceCheck,
    FaceEvidence,
    FaceOutcome,
    IdentityClaim,
    ProvenIdentity,
    StartedCheck,
)
from app.identity.network_identity import NetworkIdentityAuthority
from app.identity.numbers import NumberKind, age_band_at, today
from app.identity.persons import Person, index_person, index_person_by_each_key, read_person
from app.sealing import Vault

FACE_LIFE = timedelta(minutes=10)
CREDENTIAL_LIFE = timedelta(minutes=5)
_DAY = timedelta(hours=24)
_KEPT = timedelta(days=1)
_MOST_LOOKS = 60
"""How often a resident may ask what became of checks, for as long as one is good: each is a call to the authority."""
_LONGEST_URL = 512
_WEB_ADDRESS = re.compile(r"(?:https://[A-Za-z0-9.-]+|http://(?:127\.0\.0\.1|localhost))(?::\d{1,5})?(?:[/?#][!-~]*)?")


class ProvingDesk:
    """The identity authority of this deployment: see IdentityAuthority for what it promises."""

    def __init__(
        self,
        pool: Pool,
        vault: Vault,
        *,
        cloud_auth: CloudAuth | None,
        network: NetworkIdentityAuthority | None,
        attempts_daily: int,
        judges_foreigners: bool,
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._cloud_auth = cloud_auth
        self._network = network
        self._attempts_daily = attempts_daily
        self._judges_foreigners = judges_foreigners

    @property
    def kinds(self) -> frozenset[EvidenceKind]:
        by_number = {EvidenceKind.FACE, EvidenceKind.CARRIER} if self._cloud_auth else set[EvidenceKind]()
        by_credential = {EvidenceKind.NETWORK_CREDENTIAL} if self._network else set[EvidenceKind]()
        return frozenset(by_number | by_credential)

    async def close(self) -> None:
        for provider in (self._cloud_auth, self._network):
            if provider is not None:
                await provider.close()

    async def start_face_check(
        self, applicant: Applicant, *, name: str, id_number: str, device: str, return_url: str | None, now: datetime
    ) -> FaceCheck:
        provider = self._require_cloud_auth()
        person = self._read_person(name, id_number, now)
        if return_url is not None:
            _check_return_url(return_url)
        await self._claim_attempt(applicant, now)
        check_id = new_id()
        started = await provider.start_face(
            order=check_id.hex,
            name=person.name,
            id_number=person.number.text,
            device=device,
            return_url=return_url,
            now=now,
        )
        expires_at = now + FACE_LIFE
        await store.insert_check(
            self._pool,
            applicant,
            check_id,
            kind=EvidenceKind.FACE,
            person_index=index_person(self._vault, person.name, person.number.text),
            reference=started.certify_id,
            now=now,
            expires_at=expires_at,
        )
        return FaceCheck(check_id, started.certify_id, started.url, expires_at)

    async def start_credential_check(self, applicant: Applicant, now: datetime) -> CredentialCheck:
        network = self._require_network()
        await self._claim_attempt(applicant, now)
        check = CredentialCheck(
            check_id=new_id(),
            organisation=network.organisation,
            application=network.application,
            sequence=secrets.token_hex(16),
            expires_at=now + CREDENTIAL_LIFE,
        )
        await store.insert_check(
            self._pool,
            applicant,
            check.check_id,
            kind=EvidenceKind.NETWORK_CREDENTIAL,
            person_index=None,
            reference=check.sequence,
            now=now,
            expires_at=check.expires_at,
        )
        return check

    async def prove(self, claim: IdentityClaim, now: datetime) -> ProvenIdentity:
        if isinstance(claim.evidence, FaceEvidence):
            return await self._prove_by_face(claim, claim.evidence, now)
        if isinstance(claim.evidence, CredentialEvidence):
            return await self._prove_by_credential(claim, claim.evidence, now)
        return await self._prove_by_carrier(claim, now)

    async def _prove_by_face(self, claim: IdentityClaim, evidence: FaceEvidence, now: datetime) -> ProvenIdentity:
        provider = self._require_cloud_auth()
        person = self._read_person(claim.name, claim.id_number, now)
        check = await self._require_check(claim.applicant, evidence.check_id, EvidenceKind.FACE, now)
        if check.person_index not in index_person_by_each_key(self._vault, person.name, person.number.text):
            raise IdentityNotConfirmedError
        await self._claim_look(claim.applicant, now)
        outcome = await provider.describe_face(check.reference, now)
        if outcome is FaceOutcome.PENDING:
            raise EvidencePendingError
        await self._use_up(claim.applicant, evidence.check_id, now)
        if outcome is FaceOutcome.GONE:
            raise EvidenceExpiredError
        if outcome is FaceOutcome.FAILED:
            raise IdentityNotConfirmedError
        return _proven(EvidenceKind.FACE, person, now)

    async def _prove_by_credential(
        self, claim: IdentityClaim, evidence: CredentialEvidence, now: datetime
    ) -> ProvenIdentity:
        network = self._require_network()
        if claim.name is not None or claim.id_number is not None:
            raise InvalidError("/id_number", "A network credential comes without name and ID number: leave them out.")
        kind = EvidenceKind.NETWORK_CREDENTIAL
        check = await self._require_check(claim.applicant, evidence.check_id, kind, now)
        await self._claim_look(claim.applicant, now)
        try:
            identity = await network.verify(check.reference, evidence.credential, now)
        except IdentityNotConfirmedError:
            await self._use_up(claim.applicant, evidence.check_id, now)  # a no is an answer too: one guess a check
            raise
        await self._use_up(claim.applicant, evidence.check_id, now)
        return ProvenIdentity(
            kind=kind,
            identity_key=f"network:{identity.number}",
            age_band=identity.age_band,
            at=now,
            masked_name=identity.masked_name,
        )

    async def _prove_by_carrier(self, claim: IdentityClaim, now: datetime) -> ProvenIdentity:
        provider = self._require_cloud_auth()
        if claim.phone is None:
            raise EvidenceNotOfferedError("This account has no phone to ask the carrier for.")
        person = self._read_person(claim.name, claim.id_number, now)
        await self._claim_attempt(claim.applicant, now)
        belongs = await provider.match_carrier(
            name=person.name, id_number=person.number.text, phone=claim.phone, now=now
        )
        if not belongs:
            raise IdentityNotConfirmedError
        return _proven(EvidenceKind.CARRIER, person, now)

    def _require_cloud_auth(self) -> CloudAuth:
        if self._cloud_auth is None:
            raise EvidenceNotOfferedError
        return self._cloud_auth

    def _require_network(self) -> NetworkIdentityAuthority:
        if self._network is None:
            raise EvidenceNotOfferedError
        return self._network

    def _read_person(self, name: str | None, id_number: str | None, now: datetime) -> Person:
        person = read_person(name, id_number, now)
        if person.number.kind is NumberKind.FOREIGNER and not self._judges_foreigners:
            raise EvidenceNotOfferedError("The authority asked here holds no permanent residence cards.")
        return person

    async def _claim_attempt(self, applicant: Applicant, now: datetime) -> None:
        """Each try costs money, and tells the one who tries whether a name and a number belong together."""
        await self._claim_place("identity", applicant, self._attempts_daily, _DAY, now)

    async def _claim_look(self, applicant: Applicant, now: datetime) -> None:
        """An authority that one person keeps busy is busy to all."""
        await self._claim_place("identity look", applicant, _MOST_LOOKS, FACE_LIFE, now)

    async def _claim_place(self, what: str, applicant: Applicant, most: int, span: timedelta, now: datetime) -> None:
        bucket = self._vault.index("quota", f"{what}:{applicant.resident_id}:{applicant.login_id}")
        free_at = await store.claim_attempt(self._pool, bucket, most, span, now)
        if free_at is not None:
            raise TooManyRequestsError(int((free_at - now).total_seconds()) + 1)

    async def _require_check(
        self, applicant: Applicant, check_id: UUID, kind: EvidenceKind, now: datetime
    ) -> StartedCheck:
        check = await store.get_living_check(self._pool, applicant, check_id, kind, now)
        if check is None:
            raise EvidenceExpiredError
        return check

    async def _use_up(self, applicant: Applicant, check_id: UUID, now: datetime) -> None:
        """After the authority has answered, so that its being away costs nobody their check."""
        if not await store.claim_check(self._pool, applicant, check_id, now):
            raise EvidenceExpiredError


def _check_return_url(url: str) -> None:
    """Where the authority's page sends the person back to: a page on the web, not a script or a file."""
    if len(url) > _LONGEST_URL or not _WEB_ADDRESS.fullmatch(url):
        raise InvalidError("/return_url", "The address to return to must begin with https://.")


def _proven(kind: EvidenceKind, person: Person, now: datetime) -> ProvenIdentity:
    return ProvenIdentity(
        kind=kind,
        identity_key=person.number.text,
        age_band=age_band_at(person.number.birth_date, today(now)),
        at=now,
        name=person.name,
        id_number=person.number.text,
        birth_date=person.number.birth_date,
    )


async def forget_checks(pool: Pool, now: datetime) -> None:
    """Deletes checks that ended a day ago: nothing asks for them any more."""
    await store.purge_checks(pool, now - _KEPT)
