"""Licences in wallets, as if a registry had told them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from app.database import Pool, transaction
from app.licences.holding import require_key
from app.licences.keeping import Told, keep_licence
from app.licences.model import Content, HolderKind, Standing
from app.licences.types import get_types
from app.sealing import Vault

_ISSUER = "11310000000000000X"


async def hold_licence(
    pool: Pool,
    vault: Vault,
    holder_id: UUID,
    type_id: str = "driving-licence",
    *,
    kind: HolderKind = HolderKind.RESIDENT,
    standing: Standing = Standing.VALID,
    valid_until: date | None = date(2036, 6, 30),
    source: str = "traffic",
    changed_at: datetime = datetime(2026, 6, 1, tzinfo=UTC),
    **fields: str,
) -> UUID:
    """Puts a licence into a wallet; each field that is not given says its own name. The same kind again renews it."""
    now = datetime.now(UTC)
    licence_type = (await get_types(pool))[type_id]
    said = {field.id: fields.get(field.id, f"some {field.id}") for field in licence_type.fields}
    content = Content(
        identifier=f"1.2.156.3005.2.{_ISSUER}001.{_ISSUER}.{type_id}.001.X",
        number=said[licence_type.number_field],
        issuer_name="示范发证机关",
        issuer_code=_ISSUER,
        issued_on=now.date() - timedelta(days=365),
        fields=said,
    )
    told = Told(type_id, source, standing, date(2020, 7, 1), valid_until, content, changed_at)
    async with transaction(pool) as db:
        key = await require_key(db, vault, holder_id, kind, now)
        licence_id = await keep_licence(db, vault, key, holder_id, told, now)
    assert licence_id is not None
    return licence_id
