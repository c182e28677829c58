"""What windows take to look at licences: the venue that stands for them, and whose wallets somebody present may use."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection, Pool, transaction
from app.licences.holding import Holder, LicenceDesk
from app.licences.model import LicenceType
from app.licences.registries import Registries
from app.licences.rules import may_see
from app.licences.sources import SourceStanding, SourceState, list_source_states, request_sync
from app.people.model import ResidentCaller
from app.people.presences import require_presence
from app.people.quotas import HOUR, require_quota
from app.people.window_model import Presence
from app.provinces import PROVINCES
from app.sealing import Vault
from app.wallet import material_store as store
from app.wallet.looking import Looker
from app.wallet.wallets import list_wallets
from codes import KeyRing

PURPOSE = "service-window"
_VENUE_ID = UUID("00000000-0000-8000-8000-000000000001")
_WHOLE_PROVINCE = "0000"
_NOT_WAITED_FOR = {SourceStanding.CURRENT, SourceStanding.LEFT}


class WindowDesk(msgspec.Struct, frozen=True):
    """One process's share of it."""

    pool: Pool
    vault: Vault
    ring: KeyRing
    registries: Registries
    province: str
    url: str
    looks_per_hour: int

    @property
    def licences(self) -> LicenceDesk:
        return LicenceDesk(self.pool, self.vault)


async def open_windows(desk: WindowDesk, caller: ResidentCaller, now: datetime) -> Looker:
    """As whom a member of staff looks: the venue that stands for every window of this deployment, made at first use.

    Each look has a venue, which residents' lists, exports and disputes name and where its purpose bounds the fields.
    Staff belongs to no venue here, and which window they sit at is nowhere written down, so all windows are one; who
    looked stands beside it. Nobody manages it, so no scanner can be added to it.
    """
    await store.open_window_venue(
        desk.pool,
        _VENUE_ID,
        name=f"{PROVINCES[desk.province].zh}政务服务窗口",
        purpose=PURPOSE,
        adcode=f"{desk.province}{_WHOLE_PROVINCE}",
        address=desk.url,
        now=now,
    )
    return Looker(_VENUE_ID, PURPOSE, staff_id=caller.resident_id)


async def meet(desk: WindowDesk, caller: ResidentCaller, presence_id: UUID, now: datetime) -> Presence:
    """Who stands there; raises what require_presence does, and TooManyRequestsError for staff who look without end."""
    async with transaction(desk.pool) as db:
        presence = await require_presence(db, caller, presence_id, now)
    await require_quota(desk.pool, desk.vault, f"window-looks:{caller.resident_id}", desk.looks_per_hour, HOUR, now)
    return presence


async def list_present_wallets(desk: WindowDesk, presence: Presence, now: datetime) -> list[Holder]:
    """Those of whoever stands there."""
    return await list_wallets(desk.pool, Holder.own(presence.resident_id, presence.subject_no), now)


async def freshen(desk: WindowDesk, wallets: Sequence[Holder], now: datetime) -> None:
    """Has registries asked: whoever has no phone never opens their wallet. It waits for none."""
    for holder in wallets:
        await request_sync(desk.licences, holder, now)


async def list_unheard(
    desk: WindowDesk, wallets: Sequence[Holder], kinds: Collection[LicenceType], now: datetime
) -> Mapping[str, Sequence[SourceState]]:
    """By kind, the registries that have it and of which these wallets have nothing of late."""
    unheard: dict[str, list[SourceState]] = {kind.id: [] for kind in kinds}
    for holder in wallets:
        visible = [kind for kind in kinds if kind.holder is holder.kind and may_see(kind, holder.scopes, holder.kind)]
        states = await list_source_states(desk.pool, desk.registries, holder, now) if visible else []
        for state in (one for one in states if one.state not in _NOT_WAITED_FOR):
            has = desk.registries.require(state.source).entry.types
            for kind in visible:
                if kind.id in has:
                    unheard[kind.id].append(state)
    return unheard


async def require_still(db: Connection, caller: ResidentCaller, presence: Presence, now: datetime) -> None:
    """Holds the presence until the transaction ends: nobody leaves while what is theirs is told."""
    await require_presence(db, caller, presence.presence_id, now)
