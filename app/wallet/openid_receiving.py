"""A question of a verifier elsewhere to a resident here: OpenID4VP 1.0, wallet's side.

Only of verifiers that two operators let in, signed by a registered key, meant for this wallet, of this minute; asked in
the name of the verifier's venue and within what that venue's purpose may ask. Whatever this wallet does not answer is
refused before the resident is shown anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec

from app.database import transaction
from app.errors import NotFoundError
from app.licences.types import get_types
from app.people.model import ResidentCaller
from app.people.rules import require_verified
from app.venues import store as venue_store
from app.venues.errors import VenueNotApprovedError
from app.venues.model import Venue
from app.wallet import presentation_store as store
from app.wallet import verifier_store
from app.wallet.asking_room import AskingRoom
from app.wallet.credentials import vct_of
from app.wallet.errors import (
    NotDeliveredError,
    PresentationAnsweredError,
    RequestInvalidError,
    RequestUnsupportedError,
    ResponseAddressRefusedError,
    VerifierUnknownError,
)
from app.wallet.openid_asking import AUDIENCE, FORMAT
from app.wallet.outer_addresses import LONGEST_ADDRESS, read_address
from app.wallet.presentation_model import Presentation
from app.wallet.requesting import Wanted, choose_queries, name_request
from app.wallet.verifier_store import Verifier
from codes.errors import RequestObjectError
from codes.request_objects import HASH_PREFIX, LONGEST_REQUEST, RequestObject, read_request_object

_OLDEST = timedelta(minutes=10)
_SKEW = timedelta(seconds=60)

_Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$(?!\n)")]


class _Claim(msgspec.Struct, frozen=True):
    path: Annotated[list[Annotated[str, msgspec.Meta(max_length=64)] | int | None], msgspec.Meta(max_length=16)]
    id: str | None = None
    values: list[Any] | None = None


class _Meta(msgspec.Struct, frozen=True):
    vct_values: list[str] = []


class _Credential(msgspec.Struct, frozen=True):
    """A credential query of DCQL (section 6.1); what is not answered here is read, so that it can be refused."""

    id: _Id
    format: str
    meta: _Meta = _Meta()
    claims: Annotated[list[_Claim], msgspec.Meta(max_length=60)] = []
    claim_sets: list[list[str]] = []
    multiple: bool = False
    trusted_authorities: list[Any] = []


class _Dcql(msgspec.Struct, frozen=True):
    credentials: Annotated[list[_Credential], msgspec.Meta(min_length=1, max_length=8)]
    credential_sets: list[Any] = []


class _Claims(msgspec.Struct, frozen=True):
    """A request object's claims; `iss` is passed over, as section 5 has it."""

    client_id: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    response_type: str
    response_mode: str
    response_uri: Annotated[str, msgspec.Meta(max_length=LONGEST_ADDRESS)]
    nonce: Annotated[str, msgspec.Meta(min_length=8, max_length=500)]
    aud: str | list[str]
    dcql_query: _Dcql
    iat: int | None = None
    exp: int | None = None
    state: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    transaction_data: list[Any] = []


async def receive_request(
    room: AskingRoom,
    caller: ResidentCaller,
    *,
    request: str | None,
    request_uri: str | None,
    client_id: str | None,
    now: datetime,
) -> Presentation:
    """Makes a verifier's question one to the caller; the same question again is the same one, and no one else's.

    Raises VerifierUnknownError, RequestInvalidError, RequestUnsupportedError, ResponseAddressRefusedError,
    FieldsNotAllowedError, VenueNotApprovedError, and PresentationAnsweredError for a question put to somebody else.
    """
    require_verified(caller)
    signed = await _read(room, request, request_uri)
    verifier, claims = await _require_verifier(room, signed, client_id, now)
    address = read_address(claims.response_uri, allows_loopback=room.postman.allows_loopback)
    if address.origin not in verifier.origins:
        raise ResponseAddressRefusedError("The answer would go where this verifier is not.")
    venue = await _require_venue(room, verifier)
    asked = await _describe(room, caller, verifier, venue, claims, now)
    async with transaction(room.pool) as db:
        if await store.insert_presentation(db, asked):
            room.limit.claim(f"{venue.venue_id.hex}:{caller.resident_id.hex}", now.timestamp())
            await store.add_to_inbox(db, caller.resident_id, asked.presentation_id, now)
            return asked
    first = await store.get_presentation(room.pool, asked.presentation_id)
    if first is None or first.resident_id != caller.resident_id:
        raise PresentationAnsweredError("This question was put to somebody else.")
    return first


async def _read(room: AskingRoom, request: str | None, request_uri: str | None) -> RequestObject:
    """The question's text, or what lies where it says, if a registered verifier is there."""
    if request is None:
        address = read_address(request_uri or "", allows_loopback=room.postman.allows_loopback)
        if not await verifier_store.has_origin(room.pool, address.origin):
            raise VerifierUnknownError
        try:
            request = await room.postman.read(address, LONGEST_REQUEST)
        except NotDeliveredError:
            raise RequestInvalidError("The question cannot be fetched.") from None
    try:
        return read_request_object(request)
    except RequestObjectError as error:
        raise RequestInvalidError(error.detail) from None


async def _require_verifier(
    room: AskingRoom, signed: RequestObject, client_id: str | None, now: datetime
) -> tuple[Verifier, _Claims]:
    """Who asks, proven by the signature, and what they say; nothing is read before that beyond who they claim to be."""
    named = signed.claims.get("client_id")
    verifier = await verifier_store.find_verifier(room.pool, named) if isinstance(named, str) else None
    if verifier is None or not verifier.may_ask:
        raise VerifierUnknownError
    if not _is_signed(signed, verifier):
        raise RequestInvalidError("No registered key of this verifier signed it.")
    if verifier.client_id.startswith(HASH_PREFIX) and not signed.has_current_certificate(now):
        raise RequestInvalidError("The verifier's certificate has ended, or is not good yet.")
    if client_id is not None and client_id != named:
        raise RequestInvalidError("client_id: the question says another.")
    _require_answerable(signed.claims)
    try:
        claims = msgspec.convert(dict(signed.claims), _Claims)
    except msgspec.ValidationError as error:
        raise RequestInvalidError(f"The question is not as OpenID4VP 1.0 has it: {error}") from None
    _require_current(room, claims, now)
    return verifier, claims


def _is_signed(signed: RequestObject, verifier: Verifier) -> bool:
    if verifier.client_id.startswith(HASH_PREFIX):
        return signed.is_signed_by_certificate(verifier.client_id)
    return any(signed.is_signed_by(key) for key in verifier.keys)


def _require_answerable(claims: Mapping[str, Any]) -> None:
    """What is well said, and yet not answered by this wallet."""
    modes = {"response_type": "vp_token", "response_mode": "direct_post"}
    for name, only in modes.items():
        if name in claims and claims[name] != only:
            raise RequestUnsupportedError(f"{name}: {only} alone.")
    for name in ("transaction_data", "scope", "presentation_definition"):
        if claims.get(name):
            raise RequestUnsupportedError(f"{name} is not answered here.")


def _require_current(room: AskingRoom, claims: _Claims, now: datetime) -> None:
    """Meant for this wallet, and neither old nor of the future."""
    meant = {claims.aud} if isinstance(claims.aud, str) else set(claims.aud)
    if not meant & {AUDIENCE, room.url.rstrip("/")}:
        raise RequestInvalidError("aud: this question is for another wallet.")
    if claims.exp is None and claims.iat is None:
        raise RequestInvalidError("Neither iat nor exp says how old the question is.")
    if claims.exp is not None and claims.exp <= now.timestamp():
        raise RequestInvalidError("exp: the question has run out.")
    if claims.iat is not None and not (now - _OLDEST).timestamp() <= claims.iat <= (now + _SKEW).timestamp():
        raise RequestInvalidError("iat: the question is not of this minute.")


async def _require_venue(room: AskingRoom, verifier: Verifier) -> Venue:
    venue = await venue_store.get_venue(room.pool, verifier.venue_id)
    if venue is None or venue.closed_at is not None:
        raise NotFoundError
    if venue.approved_at is None:
        raise VenueNotApprovedError
    return venue


async def _describe(
    room: AskingRoom, caller: ResidentCaller, verifier: Verifier, venue: Venue, claims: _Claims, now: datetime
) -> Presentation:
    book = await get_types(room.pool)
    kinds = {vct_of(room.url, kind): kind for kind in book}
    if claims.dcql_query.credential_sets:
        raise RequestUnsupportedError("credential_sets are not answered here: each query is answered or refused.")
    wanted = [_read_query(query, kinds) for query in claims.dcql_query.credentials]
    latest = now + room.lifetime
    runs_out = (
        latest if claims.exp is None or claims.exp >= latest.timestamp() else datetime.fromtimestamp(claims.exp, UTC)
    )
    name = hashlib.sha256(f"{verifier.verifier_id}\0{claims.nonce}".encode()).digest()
    return Presentation(
        presentation_id=name_request(name),
        venue_id=venue.venue_id,
        scanner_id=None,
        verifier_id=verifier.verifier_id,
        purpose=venue.purpose,
        queries=await choose_queries(room.pool, venue.purpose, wanted),
        nonce=claims.nonce,
        audience=claims.client_id,
        created_at=now,
        expires_at=runs_out,
        resident_id=caller.resident_id,
        response_uri=claims.response_uri,
        response_state=claims.state,
    )


def _read_query(query: _Credential, kinds: Mapping[str, str]) -> Wanted:
    """One credential query as a query of ours; of several sets of claims the first, which a verifier likes best."""
    if query.format != FORMAT or query.multiple or query.trusted_authorities:
        raise RequestUnsupportedError(f"{query.id}: {FORMAT} alone, one credential, no trusted_authorities.")
    kind = next((kinds[vct] for vct in query.meta.vct_values if vct in kinds), None)
    if kind is None:
        raise RequestUnsupportedError(f"{query.id}: no kind of licence here has one of these vct_values.")
    chosen = [claim for claim in query.claims if not query.claim_sets or claim.id in query.claim_sets[0]]
    fields = [claim.path[0] for claim in chosen if len(claim.path) == 1 and isinstance(claim.path[0], str)]
    if not fields or len(fields) < len(chosen) or any(claim.values for claim in chosen):
        raise RequestUnsupportedError(f"{query.id}: claims are named by paths of one name, without values.")
    return Wanted(query.id, kind, fields)
