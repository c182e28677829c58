"""Every table of the database: what an export shows of it, and what erasing leaves of it.

A test holds this to the schema: whoever adds a table says here what becomes of the people in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Erased(StrEnum):
    """What erasing does to a resident's rows."""

    DELETED = "deleted"
    EMPTIED = "emptied"
    """The row stays, with ids alone."""
    KEPT = "kept"
    """It says nothing of anybody once the key is gone, or a law has it kept: `because` says which."""
    EXPIRES = "expires"
    """It is gone by itself within hours."""
    NOBODY = "nobody"
    """There is no resident in it."""


class Holding(msgspec.Struct, frozen=True):
    """One table: the part of an export that shows it, or why none does; and what erasing does."""

    exported: str | None
    erased: Erased
    because: str = ""


def _nobody(because: str) -> Holding:
    return Holding(None, Erased.NOBODY, because)


_LOOKUP = "keyed indexes of what the export shows in the clear"
_STAFF = "of staff at work; erasing waits until roles are given back"

HOLDINGS: Mapping[str, Holding] = {
    "residents": Holding("profile", Erased.EMPTIED, "the id stays, so that ids in logs never lead to anybody else"),
    "logins": Holding("logins", Erased.DELETED),
    "phone_lookups": Holding(None, Erased.DELETED, _LOOKUP),
    "login_lookups": Holding(None, Erased.DELETED, _LOOKUP),
    "identity_lookups": Holding(None, Erased.DELETED, _LOOKUP),
    "installations": Holding("devices", Erased.DELETED),
    "sessions": Holding("sessions", Erased.DELETED),
    "session_endings": Holding(None, Erased.EXPIRES, "ids of sessions, for an hour"),
    "roles": Holding("roles", Erased.DELETED),
    "otp_challenges": Holding(None, Erased.DELETED, "a one-time password under way, for minutes"),
    "quotas": Holding(None, Erased.EXPIRES, "counts under keyed hashes, for a day"),
    "bindings": Holding("bindings", Erased.DELETED),
    "certificate_batches": Holding("certificates", Erased.EXPIRES, "ended with the account, and gone within days"),
    "paper_codes": Holding(
        "papers", Erased.EXPIRES, "ended with the account; a list has to say so until the paper's own end"
    ),
    "wallets": Holding("licences", Erased.DELETED),
    "wallet_sources": Holding("licences", Erased.DELETED),
    "licences": Holding("licences", Erased.DELETED),
    "licence_copies": Holding("licence_copies", Erased.DELETED),
    "licence_copy_lookups": Holding(None, Erased.DELETED, "leads from a copy to its holder"),
    "matters": _nobody("what windows do, and what each matter needs"),
    "material_requests": Holding(
        None, Erased.EXPIRES, "that a window asked what somebody holds, for a day; `accesses` keeps what it was told"
    ),
    "licence_lookups": Holding(None, Erased.DELETED, _LOOKUP),
    "licence_credentials": Holding(
        "licence_credentials", Erased.EXPIRES, "ended with the account; a list has to say so until their own end"
    ),
    "presentations": Holding("licence_requests", Erased.DELETED),
    "presentation_inbox": Holding("licence_requests", Erased.DELETED),
    "verifiers": _nobody("who may ask from elsewhere, each for a venue"),
    "depot_licences": Holding(
        None,
        Erased.KEPT,
        "a registry's extract, of people without an account too: no account opens it; its registry takes it back, and "
        "what a wallet took out of it is shown and goes with the wallet",
    ),
    "depot_keys": _nobody("keys of registries' files"),
    "licence_types": _nobody("what kinds of licences there are"),
    "purpose_licences": _nobody("what a purpose may ask of a licence"),
    "status_publications": _nobody("signed lists of what was revoked"),
    "enterprises": _nobody("companies, as the public registry has them"),
    "enterprise_representatives": Holding("companies", Erased.KEPT, "who represented a company by law, by a random id"),
    "enterprise_delegations": Holding(
        "companies", Erased.KEPT, "who acted for a company, by a random id: names and phones open by the key alone"
    ),
    "enterprise_invitations": Holding(None, Erased.EXPIRES, "leads to an invitation, and goes with it within days"),
    "enterprise_scopes": _nobody("what a delegate may be let do"),
    "status_lists": _nobody("numbers of lists"),
    "status_revocations": _nobody("places of what was revoked, which say nothing of anybody"),
    "subjects": Holding(None, Erased.EMPTIED, "a random number that codes are made for"),
    "outbox": Holding(None, Erased.DELETED, "what is delivered in a moment; `messages` shows it then"),
    "platform_events": Holding("platform_events", Erased.DELETED),
    "platform_callbacks": _nobody("hashes of what platforms pushed, so that each is done once"),
    "messages": Holding("messages", Erased.DELETED),
    "push_addresses": Holding("reached_at", Erased.DELETED),
    "push_address_lookups": Holding(None, Erased.DELETED, _LOOKUP),
    "push_allowances": Holding("message_allowances", Erased.DELETED),
    "push_preferences": Holding("message_preferences", Erased.DELETED),
    "accesses": Holding("accesses", Erased.DELETED, "by a signed entry of the chained log"),
    "access_marks": Holding("accesses", Erased.DELETED),
    "scan_findings": Holding("code_findings", Erased.DELETED),
    "dispute_answers": Holding("accesses", Erased.DELETED),
    "look_terms": Holding("accesses", Erased.DELETED),
    "access_leaves": Holding(None, Erased.KEPT, "commitments that say nothing without the rows; the log stays sound"),
    "access_erasures": Holding(None, Erased.KEPT, "why rows of a random number are gone"),
    "identity_checks": Holding("identity_checks", Erased.DELETED),
    "identity_claims": Holding("identity_claims", Erased.DELETED),
    "claim_lookups": Holding("identity_claims_made", Erased.DELETED),
    "mergers": Holding("merged_accounts", Erased.DELETED),
    "guardian_consents": Holding("guardian_consents", Erased.DELETED),
    "care_relations": Holding("relatives", Erased.DELETED),
    "care_invitations": Holding("care_invitations", Erased.DELETED),
    "care_invitation_lookups": Holding(None, Erased.DELETED, _LOOKUP),
    "window_presences": Holding(None, Erased.EXPIRES, "that somebody stood at a window, for a day; `acts` keeps it"),
    "guardian_consent_lookups": Holding(None, Erased.DELETED, _LOOKUP),
    "consents": Holding("consents", Erased.DELETED),
    "roamers": Holding(None, Erased.DELETED, "`consents` shows it: here it stands beside the crossings"),
    "crossings": Holding("crossings", Erased.DELETED),
    "roaming_ends": Holding(None, Erased.EXPIRES, "ids of whoever withdrew that consent, for a minute"),
    "deletions": Holding("deletion", Erased.KEPT, "an id and three times: that the erasure was done"),
    "retained_records": Holding(None, Erased.KEPT, "of those alone who are gone; law has it kept, until its date"),
    "retained_lookups": Holding(None, Erased.KEPT, "leads to retained_records, and goes with it"),
    "idempotent_answers": Holding(None, Erased.DELETED, "answers to requests of the last day, sealed"),
    "staff_looks": Holding("staff_looks", Erased.EMPTIED, "who looked and when belongs to the security log"),
    "acts": Holding("acts", Erased.KEPT, "security log of what staff did; reasons do not open without the key"),
    "act_leaves": Holding(None, Erased.KEPT, "commitments to acts"),
    "staff_factors": Holding("second_factors", Erased.DELETED),
    "staff_recovery_codes": Holding(None, Erased.DELETED, "hashes; shown once, when they were made"),
    "staff_attempts": Holding(None, Erased.DELETED, "counts of wrong guesses"),
    "staff_ceremonies": Holding(None, Erased.DELETED, "challenges of passkeys, for minutes"),
    "proposals": Holding(None, Erased.KEPT, f"an office's record: ids, and a sealed reason; {_STAFF}"),
    "venues": Holding("venues", Erased.KEPT, "public registration of a place; " + _STAFF),
    "venue_staff": _nobody("window staff under numbers of the venue's own; they have no account here"),
    "shifts": _nobody("window staff by random ids"),
    "scanners": _nobody("devices of venues"),
    "venue_standings": _nobody("since when a place may scan, and for what"),
    "journal_entries": _nobody("what scanners told of later: numbers, times and hashes of what they signed"),
    "venue_scans": _nobody("scans without their holders"),
    "scanner_tallies": _nobody("counts"),
    "projections": _nobody("how far the worker has come"),
    "imports": _nobody("how far the first load of residents has come"),
    "import_lines": Holding(None, Erased.EXPIRES, "a batch of a first load, for the length of its transaction"),
    "workers": _nobody("which workers are at work"),
    "measurements": _nobody("figures for the desk"),
    "delivery_totals": _nobody("counts"),
    "schema_migrations": _nobody("which migrations were applied"),
    "cluster.intents": _nobody("where tables live"),
    "cluster.function_intents": _nobody("where functions run"),
    "purposes": _nobody("what codes may be looked at for"),
    "offices": _nobody("the names of offices"),
    "access_batches": _nobody("signed heads of the log"),
    "trust_lists": _nobody("keys of the deployment"),
    "withdrawn_keys": _nobody("keys of the deployment"),
    "campaigns": _nobody("what operators told segments, by the ids of staff at work; nobody's answer is in it"),
    "campaign_tallies": _nobody("counts"),
    "company_news": _nobody("what a company's representative is to be told, by ids, for minutes"),
}
