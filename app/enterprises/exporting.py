"""What is held of a resident as a representative or a delegate: for their export."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from app.database import Executor
from app.enterprises import delegation_store, store
from app.enterprises.desk import open_handler
from app.enterprises.model import Authority, StoredDelegation
from app.people.bindings import list_bindings
from app.people.model import Binding, BindingKind
from app.sealing import DataKey, UnsealingError

_MOST = 1000
_LAST = UUID(int=2**128 - 1)


async def list_for_export(db: Executor, key: DataKey, resident_id: UUID) -> list[Mapping[str, object]]:
    """Each company that somebody represents or acts for, and did; and whom they have invited."""
    rows: list[Mapping[str, object]] = []
    for bound in await list_bindings(db, resident_id):
        if bound.kind is BindingKind.ENTERPRISE:
            rows += await _read_company(db, key, resident_id, bound)
    return rows


async def _read_company(db: Executor, key: DataKey, resident_id: UUID, bound: Binding) -> list[Mapping[str, object]]:
    shown = await store.get_shown(db, bound.principal_id, bound.binding_id)
    if shown is None:
        return []
    name, code, scopes = shown
    own: Mapping[str, object] = {
        "company": name,
        "unified_social_credit_code": code,
        "authority": Authority.DELEGATE if scopes is not None else Authority.REPRESENTATIVE,
        "scopes": scopes or [],
        "from": bound.bound_at,
        "until": bound.ended_at or bound.ends_at,
    }
    if scopes is not None:
        return [own]
    granted = await delegation_store.list_delegations(db, bound.principal_id, before=_LAST, limit=_MOST)
    return [own, *(_describe(name, code, key, one) for one in granted if one.granted_by == resident_id)]


def _describe(name: str, code: str, key: DataKey, one: StoredDelegation) -> Mapping[str, object]:
    """Who accepted is theirs to export: their name opens by their own key alone."""
    try:
        handler = open_handler(key, one.sealed_handler) if one.sealed_handler else None
    except UnsealingError:
        handler = None
    return {
        "company": name,
        "unified_social_credit_code": code,
        "authority": "granted",
        "scopes": one.scopes,
        "from": one.starts_at,
        "until": one.ended_at or one.ends_at,
        "handler": handler.name if handler else None,
        "phone": handler.phone if handler else None,
    }
