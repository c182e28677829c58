"""What an export reads: one statement a function, and in pages what there may be much of."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.database import Executor, Record

LOGINS = """
SELECT kind, app_id, sealed_account, linked_at, last_used_at FROM logins WHERE resident_id = $1 ORDER BY linked_at
"""
INSTALLATIONS = """
SELECT installation_id, created_at, last_seen_at, trusted_at, approved_by FROM installations
WHERE resident_id = $1 ORDER BY created_at
"""
SESSIONS = """
SELECT session_id, installation_id, created_at, refreshed_at, expires_at, ended_at, ended_for, staff_until,
       second_factor_at
FROM sessions WHERE resident_id = $1 ORDER BY created_at DESC
"""
CLAIMS_ON = """
SELECT claim_id, evidence, opened_at, due_at, expires_at, state, decided_at FROM identity_claims
WHERE resident_id = $1 ORDER BY opened_at DESC
"""
CLAIMS_BY = "SELECT claim_id FROM claim_lookups WHERE claimant_id = $1 ORDER BY claim_id DESC"
CHECKS = "SELECT kind, created_at, used_at FROM identity_checks WHERE resident_id = $1 ORDER BY created_at DESC"
LOOKS = """
SELECT sealed_case, looked_at FROM staff_looks WHERE resident_id = $1 ORDER BY looked_at DESC LIMIT 5000
"""
BINDINGS = """
SELECT binding_id, kind, part, bound_at, ends_at, ended_at FROM bindings WHERE resident_id = $1 ORDER BY binding_id
"""
PAPERS = """
SELECT paper_id, issued_as, issued_at, expires_at, revoked_at, revoked_for FROM paper_codes
WHERE subject_no = ANY($1::bigint[]) ORDER BY paper_id
"""
CERTIFICATES = """
SELECT session_id, cardinality(places) AS certificates, issued_at, expires_at, revoked_at FROM certificate_batches
WHERE subject_no = ANY($1::bigint[]) ORDER BY batch_id
"""
ROLES = "SELECT role, granted_at FROM roles WHERE resident_id = $1 ORDER BY granted_at"
FACTORS = """
SELECT kind, name, created_at, confirmed_at, last_used_at FROM staff_factors WHERE resident_id = $1 ORDER BY created_at
"""
VENUES = """
SELECT venue_id, name, purpose, adcode, address, created_at, approved_at, closed_at FROM venues
WHERE manager_id = $1 ORDER BY created_at
"""
ACTS_BY = """
SELECT act_id, act, role, object_id, happened_at FROM acts WHERE actor_id = $1 AND act_id < $2
ORDER BY act_id DESC LIMIT $3
"""
ACTS_ABOUT = """
SELECT act_id, act, role, happened_at, sealed_reason, sealed_for FROM acts
WHERE object_id = $1 AND actor_id <> $1 AND act_id < $2 ORDER BY act_id DESC LIMIT $3
"""
ACCESSES = """
SELECT a.access_id, a.recorded_at, a.kind, a.issued_at, a.venue_id, v.name AS venue, v.adcode, v.address, a.purpose,
       p.name_zh AS purpose_zh, p.name_en AS purpose_en, a.fields, a.scanner_id, a.staff_id, a.form, a.scanned_at,
       a.licence_type, n.marked_at AS annulled_at, n.sealed_reason AS sealed_annulment,
       d.marked_at AS disputed_at, d.sealed_reason AS sealed_dispute,
       w.outcome, w.answered_at, w.sealed_words, t.kept_until
FROM accesses AS a LEFT JOIN venues AS v ON v.venue_id = a.venue_id LEFT JOIN purposes AS p ON p.purpose = a.purpose
LEFT JOIN access_marks AS n ON n.subject_no = a.subject_no AND n.access_id = a.access_id AND n.mark = 'annulled'
LEFT JOIN access_marks AS d ON d.subject_no = a.subject_no AND d.access_id = a.access_id AND d.mark = 'disputed'
LEFT JOIN dispute_answers AS w ON w.subject_no = a.subject_no AND w.access_id = a.access_id
LEFT JOIN look_terms AS t ON t.subject_no = a.subject_no AND t.access_id = a.access_id
WHERE a.subject_no = $1 AND a.access_id < $2 ORDER BY a.access_id DESC LIMIT $3
"""
CODE_FINDINGS = """
SELECT f.entry_id, f.kind, f.found_at, f.scanned_at, f.form, v.name AS venue, o.name AS first_venue, f.first_access_id,
       f.first_at
FROM scan_findings AS f LEFT JOIN venues AS v ON v.venue_id = f.venue_id
LEFT JOIN venues AS o ON o.venue_id = f.first_venue_id
WHERE f.subject_no = $1 AND f.entry_id < $2 ORDER BY f.entry_id DESC LIMIT $3
"""


async def list_logins(db: Executor, resident_id: UUID) -> Sequence[Record]:
    return await db.fetch(LOGINS, resident_id)


async def list_installations(db: Executor, resident_id: UUID) -> Sequence[Record]:
    return await db.fetch(INSTALLATIONS, resident_id)


async def list_sessions(db: Executor, resident_id: UUID) -> Sequence[Record]:
    return await db.fetch(SESSIONS, resident_id)


async def list_claims_on(db: Executor, resident_id: UUID) -> Sequence[Record]:
    """Claims that others made on this resident's identity."""
    return await db.fetch(CLAIMS_ON, resident_id)


async def list_claims_by(db: Executor, resident_id: UUID) -> Sequence[Record]:
    """Claims that this resident made; on whom, they are not told."""
    return await db.fetch(CLAIMS_BY, resident_id)


async def list_checks(db: Executor, resident_id: UUID) -> Sequence[Record]:
    return await db.fetch(CHECKS, resident_id)


async def list_looks(db: Executor, resident_id: UUID) -> Sequence[Record]:
    """When the desk looked this resident up."""
    return await db.fetch(LOOKS, resident_id)


async def list_bindings(db: Executor, resident_id: UUID) -> Sequence[Record]:
    return await db.fetch(BINDINGS, resident_id)


RELATIONS = """
SELECT binding_id, kinship, agreed_by, agreed_at, renewal_agreed_at FROM care_relations
WHERE resident_id = $1 ORDER BY binding_id
"""


async def list_relations(db: Executor, resident_id: UUID) -> Sequence[Record]:
    """What a resident agreed to with relatives; the bindings of the same ids say since when and until when."""
    return await db.fetch(RELATIONS, resident_id)


async def list_papers(db: Executor, subject_nos: Sequence[int]) -> Sequence[Record]:
    return await db.fetch(PAPERS, list(subject_nos))


async def list_certificates(db: Executor, subject_nos: Sequence[int]) -> Sequence[Record]:
    return await db.fetch(CERTIFICATES, list(subject_nos))


async def list_roles(db: Executor, resident_id: UUID) -> Sequence[Record]:
    return await db.fetch(ROLES, resident_id)


async def list_factors(db: Executor, resident_id: UUID) -> Sequence[Record]:
    return await db.fetch(FACTORS, resident_id)


async def list_venues(db: Executor, resident_id: UUID) -> Sequence[Record]:
    """Those that this resident answers for."""
    return await db.fetch(VENUES, resident_id)


async def list_acts_by(db: Executor, resident_id: UUID, *, before: UUID, limit: int) -> Sequence[Record]:
    return await db.fetch(ACTS_BY, resident_id, before, limit)


async def list_acts_about(db: Executor, resident_id: UUID, *, before: UUID, limit: int) -> Sequence[Record]:
    """What others did to this resident in their office."""
    return await db.fetch(ACTS_ABOUT, resident_id, before, limit)


async def list_accesses(db: Executor, subject_no: int, *, before: UUID, limit: int) -> Sequence[Record]:
    """Every look at a subject, newest first, with its venue and what was said of it."""
    return await db.fetch(ACCESSES, subject_no, before, limit)


async def list_code_findings(db: Executor, subject_no: int, *, before: UUID, limit: int) -> Sequence[Record]:
    """What journals of scanners brought to light of a subject's codes, newest first."""
    return await db.fetch(CODE_FINDINGS, subject_no, before, limit)
