"""Bindings: whom somebody shows codes for, or is shown by; a company by its delegate, a relative by a carer.

Each has a subject of its own, so that a scan finds everybody whom it concerns, and ending the binding ends what was
shown of it already.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor
from app.people import bindings_store as store
from app.people.errors import BindingEndedError, BindingRestsError
from app.people.model import Binding, BindingKind, BindingPart
from app.people.registering import new_subject_no


async def bind(
    db: Connection,
    *,
    kind: BindingKind,
    binding_id: UUID,
    shows: UUID,
    is_shown: UUID | None = None,
    principal_id: UUID,
    starts_at: datetime | None = None,
    ends_at: datetime | None,
    now: datetime,
) -> int:
    """Lets `shows` show codes, from `starts_at` on where it is still to come; answers the new subject's number. The
    caller holds everybody whom it concerns.

    Of a company, `principal_id` is the company, and a scan may answer who shows. Of care, `is_shown` is the relative,
    whose name a scan may answer, and `principal_id` is who shows.
    """
    subject_no = new_subject_no()
    bound_at = max(now, starts_at or now)
    await store.insert_subject(
        db,
        subject_no,
        kind=kind,
        resident_id=is_shown or shows,
        valid_from=bound_at.replace(microsecond=0),
        binding_id=binding_id,
        principal_id=principal_id,
        ends_at=ends_at,
        withheld=await store.get_withheld(db, is_shown or shows),
        now=now,
    )
    parts = [(shows, BindingPart.SHOWS, is_shown or principal_id)]
    if is_shown is not None:
        parts.append((is_shown, BindingPart.IS_SHOWN, shows))
    for resident_id, part, other in parts:
        await store.insert_binding(
            db, resident_id, Binding(binding_id, kind, part, subject_no, other, bound_at, ends_at)
        )
    return subject_no


async def end_binding(db: Connection, binding_id: UUID, resident_ids: Sequence[UUID], now: datetime) -> bool:
    """Ends it for everybody whom it concerns, and every code shown of it; False where it had ended before."""
    ended = [await store.end_binding(db, resident_id, binding_id, now) for resident_id in sorted(resident_ids)]
    subject_no = next((number for number in ended if number is not None), None)
    if subject_no is not None:  # one for all of them
        await store.end_subject(db, subject_no, now)
    return subject_no is not None


async def renew_binding(
    db: Connection, binding_id: UUID, resident_ids: Sequence[UUID], ends_at: datetime | None, now: datetime
) -> None:
    """Gives a binding that lives another end; raises BindingEndedError where it has ended."""
    binding = await get_binding(db, resident_ids[0], binding_id)
    if binding is None or not binding.is_alive(now):
        raise BindingEndedError
    await store.move_end(db, sorted(resident_ids), binding, ends_at)


async def get_binding(db: Executor, resident_id: UUID, binding_id: UUID) -> Binding | None:
    """A resident's own row of a binding, be it ended."""
    return await store.get_binding(db, resident_id, binding_id)


async def list_bindings(db: Executor, resident_id: UUID) -> list[Binding]:
    """All that bind a resident or did, the oldest first."""
    return await store.list_bindings(db, resident_id)


async def require_shown(db: Executor, resident_id: UUID, kind: BindingKind, binding_id: UUID, now: datetime) -> Binding:
    """The binding by which a resident shows codes; one row by its key. Raises BindingEndedError where there is none,
    and BindingRestsError while somebody whom it concerns is away.
    """
    binding = await store.get_binding(db, resident_id, binding_id)
    if (
        binding is None
        or binding.kind is not kind
        or binding.part is not BindingPart.SHOWS
        or not binding.is_alive(now)
    ):
        raise BindingEndedError
    if binding.rests_at is not None:
        raise BindingRestsError
    return binding


async def list_subject_nos(db: Executor, resident_id: UUID) -> list[int]:
    """Every subject whose codes show a resident or that they show: their own, bound ones, those of merged accounts."""
    return await store.list_subject_nos(db, resident_id)


async def list_named_subject_nos(db: Executor, resident_id: UUID) -> list[int]:
    """The bound subjects whose scans may answer a resident's name: what they withhold is withheld there too."""
    return await store.list_named_subject_nos(db, resident_id)


async def end_all(db: Connection, resident_id: UUID, now: datetime) -> list[Binding]:
    """Ends everything that binds a resident; answers what had not ended yet."""
    alive = [binding for binding in await store.list_bindings(db, resident_id) if binding.ended_at is None]
    for binding in alive:
        concerned = [resident_id, binding.principal_id] if binding.kind is BindingKind.CARE else [resident_id]
        await end_binding(db, binding.binding_id, concerned, now)
    return alive


async def forget_bindings(db: Connection, resident_id: UUID) -> None:
    """Deletes a resident's own rows, once all of them have ended and what they led to is erased."""
    await store.delete_bindings(db, resident_id)
