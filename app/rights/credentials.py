"""Every kind of credential, and what locking an account does to it.

Tests hold this to the schema, to the uses of keys and to the code that makes secrets or signs: whoever adds one says
here what a lock does to it, and adds a trial to the test that locks an account and then tries each.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from codes import KeyUse


class Locked(StrEnum):
    """What a lock does."""

    ENDS = "ends"
    """It is good for nothing more, ever."""
    RESTS = "rests"
    """It is good for nothing until presence is proven."""
    STAYS = "stays"
    """By itself it opens nothing that a lock closes: `because` says why."""


class Credential(msgspec.Struct, frozen=True):
    """One kind: the tables that hold it, the modules that make it, the keys that sign it."""

    locked: Locked
    tables: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    uses: tuple[KeyUse, ...] = ()
    because: str = ""


def _ends(*tables: str, makers: tuple[str, ...] = (), uses: tuple[KeyUse, ...] = ()) -> Credential:
    return Credential(Locked.ENDS, tables, makers, uses)


def _stays(because: str, *tables: str, makers: tuple[str, ...] = ()) -> Credential:
    return Credential(Locked.STAYS, tables, makers, because=because)


CREDENTIALS: Mapping[str, Credential] = {
    "access-token": _ends("session_endings", makers=("app.people.tokens",)),
    "refresh-token": _ends("sessions", makers=("app.people.tokens",)),
    "trusted-installation": _ends("installations"),
    "code": _ends("subjects", makers=("codes.minting",), uses=(KeyUse.CODE,)),
    "certificate": _ends("certificate_batches", makers=("codes.phone",), uses=(KeyUse.CERTIFICATE,)),
    "paper": _ends("paper_codes", makers=("codes.paper",), uses=(KeyUse.PAPER,)),
    "licence-in-hand": _ends("subjects", makers=("codes.licence",)),
    "licence-copy": _ends("licence_copies", "licence_copy_lookups", makers=("app.wallet.copies", "codes.licence_copy")),
    "licence-credential": _ends(
        "licence_credentials", makers=("codes.sd_jwt_issuing", "codes.sd_jwt_presenting"), uses=(KeyUse.LICENCE,)
    ),
    "care-binding": Credential(Locked.RESTS, ("bindings",)),
    "enterprise-binding": Credential(Locked.RESTS, ("bindings",)),
    "claim": _ends("identity_claims"),
    "care-invitation": _ends("care_invitations"),
    "window-presence": _ends("window_presences"),
    "push-address": _ends("push_addresses", "push_address_lookups"),
    "role": Credential(Locked.RESTS, ("roles",)),
    "login": _stays("it leads to a session without trust, which shows no code and learns nothing personal", "logins"),
    "one-time-password": _stays(
        "it proves a phone, as a login does", "otp_challenges", makers=("app.people.challenging",)
    ),
    "identity-check": _stays("it proves presence, which is what opens the account again", "identity_checks"),
    "second-factor": _stays(
        "it is good in a session of the resident's alone, on a trusted installation; a lock ends both",
        "staff_factors",
        "staff_ceremonies",
        makers=("app.staff.passkeys",),
    ),
    "recovery-code": _stays("as a second factor", "staff_recovery_codes", makers=("app.staff.recovery",)),
    "guardian-consent": _stays(
        "it lets a child prove who they are, and shows nothing of the guardian; taking it back needs no unlocking",
        "guardian_consents",
    ),
    "scanner-credential": _stays(
        "it is the venue's: a manager's or operator's lock must not close a hospital's gates; its roles rest",
        makers=("app.venues.scanners",),
    ),
    "venue-pin": _stays("it is of a venue's staff, who have no account here", makers=("app.venues.staffing",)),
}
"""Kinds to come (grants to services) have no table yet: adding one fails the tests."""

NO_CREDENTIALS: Mapping[str, str] = {
    "residents": "who somebody is",
    "phone_lookups": "an index of logins",
    "login_lookups": "an index of logins",
    "identity_lookups": "an index of identities",
    "outbox": "what is to be told; a text to a phone is of no use after minutes",
    "messages": "what was told",
    "push_allowances": "what a mini-program may send; nothing is sent where the address is gone",
    "push_preferences": "what somebody wants to hear of",
    "accesses": "what happened",
    "access_marks": "what happened",
    "access_leaves": "what happened",
    "access_erasures": "what happened",
    "dispute_answers": "what happened",
    "look_terms": "what happened",
    "scan_findings": "what happened",
    "platform_events": "what a platform told",
    "idempotent_answers": "answers; none of them bears a code or a token",
    "claim_lookups": "an index of claims",
    "mergers": "an account that is none any more",
    "guardian_consent_lookups": "an index of consents",
    "consents": "what the resident lets us do",
    "roamers": "what the resident lets us do",
    "crossings": "what happened",
    "roaming_ends": "that something ended",
    "deletions": "that the resident leaves",
    "retained_records": "of those who are gone",
    "retained_lookups": "of those who are gone",
    "staff_attempts": "counts",
    "staff_looks": "an operator's; it ends within minutes, and its operator's session with a lock",
    "acts": "what happened",
    "act_leaves": "what happened",
    "proposals": "an office's record, decided on by two",
    "venue_staff": "of a venue's staff, who have no account here",
    "import_lines": "a first load under way",
    "enterprise_representatives": "who represents a company by law; what is shown of it is the binding",
    "enterprise_delegations": "what was granted; what is shown of it is the binding, which rests",
    "enterprise_invitations": "an index of delegations that nobody has accepted",
    "care_invitation_lookups": "an index of invitations",
    "material_requests": "that a window asked; it answers within a presence, which a lock ends",
    "presentations": "what a venue asked; it is answered in a session that a lock ends",
    "presentation_inbox": "an index of what venues asked",
    "wallets": "what somebody holds; it is shown by their act alone, in a session that a lock ends",
    "wallet_sources": "how a wallet stands with registries",
    "licences": "what somebody holds; it is shown by their act alone, in a session that a lock ends",
    "licence_lookups": "an index of licences",
    "depot_licences": "a registry's extract: it is shown once it is in a wallet",
    "care_relations": "what was agreed to; what is shown of it is the binding, which rests",
}
"""Tables of people that hold nothing by which anybody is let do anything."""

OTHER_MAKERS: Mapping[str, str] = {
    "app.secrets": "the deployment's secrets",
    "app.sealing": "keys of personal data, and indexes",
    "app.audit.acts": "salts of the log",
    "app.audit.erasing": "signed entries of the log",
    "app.audit.heads": "signed heads of the log",
    "app.audit.signing": "signed heads of the log",
    "app.credentials.places": "places in status lists",
    "app.credentials.publishing": "status lists",
    "app.identity.calling": "requests to registries",
    "app.identity.cloud_auth": "requests to an authority",
    "app.identity.proving": "the number of an identity check",
    "app.licences.keeping": "numbers of licences, and keyed digests of what registries told",
    "app.wallet.copy_printing": "salts of what copies say",
    "app.wallet.materials": "nonces of questions that a phone answers",
    "app.wallet.looking": "salts of the log",
    "app.wallet.in_hand": "nonces of questions, which let nobody do anything",
    "app.wallet.requesting": "nonces of questions, which let nobody do anything",
    "codes.request_objects": "questions to wallets elsewhere",
    "app.wallet.receipt_format": "receipts of looks: what happened",
    "app.scanner.journal": "a gate's own journal",
    "app.venues.checking_in": "salts of the log, and what keeps two check-ins apart",
    "app.venues.reconciling": "salts of the log",
    "app.venues.scanning": "salts of the log",
    "codes.ceremony": "certificates of list-signers",
    "codes.certifying": "certificates of list-signers",
    "codes.device_keys": "a gate's own requests",
    "codes.keyring": "the deployment's keys",
    "codes.keys": "the deployment's keys",
    "codes.signatures": "how anything is signed",
    "codes.status": "status lists",
    "codes.status_delta": "status lists",
    "codes.trust": "trust lists",
    "push.acs3": "requests to a provider",
    "push.alibaba": "requests to a provider",
    "push.alipay_gateway": "requests to a platform",
    "push.alipay_signing": "requests to a platform",
    "push.apns_tokens": "requests to a provider",
    "push.fcm_tokens": "requests to a provider",
}
"""Modules that draw secrets or sign, and make nothing by which a resident is let do anything."""

OTHER_USES: Mapping[KeyUse, str] = {
    KeyUse.FEDERATION: "between provinces, for the log, and for receipts of what it holds",
    KeyUse.LIST: "for status lists",
}
