"""Printing a copy when it is downloaded: what it says, what vouches for it, and what is kept of it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from datetime import datetime

import msgspec

from app.database import Connection, transaction
from app.licences.holding import list_opened, open_key, require_good
from app.licences.masking import mask_field
from app.licences.model import Bilingual, FieldKind, HolderKind, Licence, Mask
from app.people.profiles import get_masked_name
from app.wallet import copy_store as store
from app.wallet.copies import find_stood, hash_token, list_good_from, open_order, read_copy_id
from app.wallet.copy_model import CopyDesk, CopyOrder, CopyState, Printed, PrintedLine, StoredCopy
from app.wallet.copy_page import CopyField, CopyText
from app.wallet.copy_rules import stands_at
from app.wallet.errors import CopySpentError
from codes import CopyClaims, KeyUse, sign_copy

PRINT = "copy print"
"""What sealed prints are bound to."""
_VALIDITY = Bilingual("有效期限", "Validity")
PAGE = "/copy"
"""Where a copy is checked."""
_SALT_BYTES = 16
_SHOWN_DIGITS = 12


async def download_copy(desk: CopyDesk, token: str, now: datetime) -> CopyText:
    """What is to be printed, to whoever has the token, once; a licence that is good no more is not printed, and its
    token not spent.

    Raises CopySpentError, LicenceNotGoodError.
    """
    copy_id, token_hash = read_copy_id(token), hash_token(token)
    holder_id = await store.find_download(desk.pool, copy_id, token_hash, now) if copy_id else None
    copy = await store.get_copy(desk.pool, holder_id, copy_id) if holder_id and copy_id else None
    key = await open_key(desk.pool, desk.vault, copy.holder_id, HolderKind(copy.holder_kind)) if copy else None
    if copy is None or key is None:
        raise CopySpentError
    # All that is read comes before the transaction, which would hold one connection while it waits for another.
    stood = await find_stood(desk, copy, now)
    if stood is None:
        raise CopySpentError
    opened = await list_opened(
        desk.pool, desk.vault, copy.holder_id, HolderKind(copy.holder_kind), [require_good(stood)]
    )
    if not opened:
        raise CopySpentError
    said = await _write(desk, copy, opened[0], open_order(key, copy))
    printed, digest = _take_down(opened[0], said)
    sealed = key.seal(msgspec.json.encode(printed).decode(), PRINT)
    code = _sign(desk, copy, said, digest, now)  # whatever may fail comes before the token is spent
    async with transaction(desk.pool) as db:
        await _claim(db, copy, token_hash, now)
        await store.mark_printed(db, copy.holder_id, copy.copy_id, sealed_print=sealed, digest=digest, now=now)
    return msgspec.structs.replace(said, code=code)


async def _claim(db: Connection, copy: StoredCopy, token_hash: bytes, now: datetime) -> None:
    """Spends the token; raises CopySpentError where somebody was first, or the copy was ended meanwhile."""
    if not await store.claim_download(db, copy.copy_id, token_hash, now):
        raise CopySpentError
    current = await store.get_copy(db, copy.holder_id, copy.copy_id)
    good_from = (await list_good_from(db, {copy.subject_no})).get(copy.subject_no)
    if current is None or stands_at(current, now, good_from=good_from, licence_is_good=True) is not CopyState.GOOD:
        raise CopySpentError


async def _write(desk: CopyDesk, copy: StoredCopy, licence: Licence, order: CopyOrder) -> CopyText:
    """Everything that stands on the paper but its code."""
    fields = licence.content.fields
    shown = [field for field in licence.type.fields if fields.get(field.id)]
    photo = next((fields[field.id] for field in shown if field.kind is FieldKind.IMAGE), None)
    maker = await get_masked_name(desk.pool, desk.vault, copy.issued_by)
    return CopyText(
        code="",
        address=f"{desk.url.rstrip('/')}{PAGE}",
        number=copy.copy_id.hex[-_SHOWN_DIGITS:],
        type_name=licence.type.name,
        colour=licence.type.look.colour,
        issuer=licence.content.issuer_name,
        identifier=licence.content.identifier,
        fields=[
            *(CopyField(field.label, fields[field.id]) for field in shown if field.kind is not FieldKind.IMAGE),
            *(CopyField(_VALIDITY, validity) for validity in _say_validity(licence)),
        ],
        photo=_read_picture(photo) if photo else None,
        requester=order.requester,
        purpose=order.purpose,
        maker=maker or "—",
        made_at=copy.issued_at,
        expires_at=copy.expires_at,
    )


def _say_validity(licence: Licence) -> list[str]:
    """From when until when it is good, in a line; none of a kind of which no document says so, as of a marriage."""
    start, end = licence.valid_from, licence.valid_until
    if end is None and (start is None or licence.type.validity == "unlimited"):
        return []
    until = end.isoformat() if end else "长期 no end date"
    return [f"{start} 至 {until}" if start else f"至 {until}"]


def _read_picture(text: str) -> bytes | None:
    """The picture's bytes; None of what is none: a registry's fault is no reason to print no copy."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _take_down(licence: Licence, said: CopyText) -> tuple[Printed, bytes]:
    """What a checker is told of it, masked; and the salted digest of all that is printed."""
    fields = licence.content.fields
    name_field = licence.type.field(licence.type.name_field)
    lines = [
        PrintedLine(field.label, mask_field(field, fields[field.id]))
        for field in licence.type.fields
        if fields.get(field.id) and field.kind is not FieldKind.IMAGE and field.mask is not Mask.HIDDEN
    ]
    lines += [PrintedLine(_VALIDITY, validity) for validity in _say_validity(licence)]
    printed = Printed(
        salt=os.urandom(_SALT_BYTES),
        type_name=licence.type.name,
        masked_holder=mask_field(name_field, fields.get(name_field.id, "")) if name_field else "",
        lines=lines,
    )
    return printed, hashlib.sha256(printed.salt + msgspec.json.encode(said)).digest()


def _sign(desk: CopyDesk, copy: StoredCopy, said: CopyText, digest: bytes, now: datetime) -> str:
    claims = CopyClaims(
        copy_id=copy.copy_id,
        licence_type=copy.type_id,
        digest=digest,
        requester=said.requester,
        purpose=said.purpose,
        issued_at=copy.issued_at,
        expires_at=copy.expires_at,
    )
    return sign_copy(desk.ring.current(KeyUse.LICENCE, now), desk.ring.province, claims)
