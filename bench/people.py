"""Somebody to issue tokens for."""

from __future__ import annotations

from uuid import UUID

from app.people.model import Assurance, ResidentCaller

CALLER = ResidentCaller(
    resident_id=UUID(int=1),
    session_id=UUID(int=2),
    installation_id=UUID(int=3),
    subject_no=4,
    assurance=Assurance.VERIFIED,
    identity_verified=True,
    roles=frozenset(),
)
