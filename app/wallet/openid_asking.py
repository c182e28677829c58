"""A venue's question to a wallet of another deployment, and its answer: OpenID4VP 1.0, verifier's side.

An open question is a request object (section 5) besides: DCQL for one credential a query, `direct_post` for the answer.
Whatever comes is held to what this deployment's own phones are held to.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from app.database import Connection, Executor, transaction
from app.errors import NotFoundError
from app.licences.holding import list_opened
from app.licences.model import HolderKind, LicenceType, Standing
from app.licences.standings import list_standings
from app.licences.types import TypeBook, get_types
from app.wallet import presentation_store as store
from app.wallet.askers import require_asker
from app.wallet.asking_room import AskingRoom
from app.wallet.credentials import vct_of
from app.wallet.errors import PresentationAnsweredError, PresentationEndedError, PresentationRevokedError
from app.wallet.giving import give
from app.wallet.looking import Showing
from app.wallet.model import LookForm
from app.wallet.presentation_model import AskedState, Given, Presentation, Query
from app.wallet.results import keep_result
from app.wallet.verifying import Shown, require_current, verify_shown
from codes import KeyUse, Kind, TrustList
from codes.errors import PresentationRefusedError
from codes.request_objects import sign_request_object

log = structlog.get_logger()

FORMAT = "dc+sd-jwt"
AUDIENCE = "https://self-issued.me/v2"
"""Whom a request object is for where wallets are not known beforehand (section 5.8)."""
LONGEST_ANSWER = 2**20
DENIED = "access_denied"
"""The one error that is a holder's no (section 8.5); all others are wallets that could not answer."""
_ALGORITHMS = {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}
_VpToken = msgspec.json.Decoder(dict[str, list[str]])


class WalletAnswer(msgspec.Struct, frozen=True):
    """What a wallet posted: presentations by their queries, or that its holder said no."""

    state: str
    vp_token: str | None = None
    error: str | None = None

    def __repr__(self) -> str:
        """Without what is presented, wherever this may be printed."""
        return "WalletAnswer()"


async def write_request(room: AskingRoom, presentation_id: UUID, now: datetime) -> str:
    """The question as a signed request object; raises NotFoundError for one that is not open to other wallets, and
    PresentationEndedError for one that nobody can answer any more.
    """
    asked = await _require_open(room.pool, presentation_id, now)
    epoch = room.ring.current(KeyUse.FEDERATION, now)
    if room.audience(now) != asked.audience:
        raise PresentationEndedError("Another key signs by now: ask anew.")
    asker = await require_asker(room.pool, asked)
    claims = {
        "response_type": "vp_token",
        "response_mode": "direct_post",
        "client_id": asked.audience,
        "response_uri": f"{room.url.rstrip('/')}/v1/openid4vp/responses/{presentation_id}",
        "nonce": asked.nonce,
        "state": asked.wallet_state,
        "aud": AUDIENCE,
        "iat": int(now.timestamp()),
        "exp": int(asked.expires_at.timestamp()),
        "client_metadata": {"client_name": asker.venue.name, "vp_formats_supported": {FORMAT: _ALGORITHMS}},
        "dcql_query": write_dcql(room.url, asked.queries, await get_types(room.pool)),
    }
    return sign_request_object(epoch, room.url, claims)


def write_dcql(url: str, queries: list[Query], book: TypeBook) -> dict[str, Any]:
    """What is asked, in the query language of section 6; a field that not every such licence has may be left out."""
    return {"credentials": [_write_query(url, query, book.get(query.licence_type)) for query in queries]}


def _write_query(url: str, query: Query, kind: LicenceType | None) -> dict[str, Any]:
    needed = [field.id for field in kind.fields if field.required and field.id in query.fields] if kind else []
    sets = {"claim_sets": [query.fields, needed]} if needed and len(needed) < len(query.fields) else {}
    return {
        "id": query.id,
        "format": FORMAT,
        "meta": {"vct_values": [vct_of(url, query.licence_type)]},
        "claims": [{"id": field, "path": [field]} for field in query.fields],
        **sets,
    }


async def receive_answer(
    room: AskingRoom, trust: TrustList, presentation_id: UUID, answer: WalletAnswer, now: datetime
) -> None:
    """Takes a wallet's answer, once; raises what verify_shown does, and PresentationAnsweredError.

    A wallet that could not answer leaves the question open, as one that never did: nobody said no, and another may.
    """
    asked = await _require_open(room.pool, presentation_id, now)
    if not hmac.compare_digest((asked.wallet_state or "").encode(), answer.state.encode()):
        raise PresentationRefusedError("nonce-wrong", "`state` is not this question's.")
    if answer.error not in {None, DENIED}:
        log.info("wallet.answer-failed", presentation_id=str(presentation_id))
        return
    async with transaction(room.pool) as db:
        granted = answer.error is None
        state = AskedState.GRANTED if granted else AskedState.REFUSED
        if not await store.claim_answer(db, presentation_id, state, resident_id=None, now=now):
            raise PresentationAnsweredError
        if granted:
            texts = _read_token(asked, answer.vp_token)
            given = [await _take(db, room, trust, asked, query, texts[query.id], now) for query in asked.queries]
            await keep_result(db, room.vault, presentation_id, given, now)


def _read_token(asked: Presentation, text: str | None) -> Mapping[str, str]:
    """One presentation for each query (section 8.1); all of them are wanted."""
    try:
        found = _VpToken.decode(text or "")
    except (msgspec.MsgspecError, RecursionError):
        found = {}
    if found.keys() != {query.id for query in asked.queries} or any(len(one) != 1 for one in found.values()):
        raise PresentationRefusedError(
            "presentation-malformed", "vp_token is a JSON object: for each query's id, an array of one presentation."
        )
    return {query_id: one[0] for query_id, one in found.items()}


async def _take(
    db: Connection, room: AskingRoom, trust: TrustList, asked: Presentation, query: Query, text: str, now: datetime
) -> Given:
    shown = await verify_shown(db, room, trust, asked, query, text, now)
    await _require_good(db, room, shown, now)
    credential = shown.credential
    showing = Showing(
        subject_no=credential.subject_no,
        code_kind=Kind(credential.kind),
        form=LookForm.CONSENT,
        licence_type=credential.licence_type,
        licence_id=credential.licence_id,
        claim=asked.presentation_id.bytes + credential.licence_id.bytes,
        shown_at=credential.issued_at,
        expires_at=asked.expires_at,
    )
    return await give(db, room, asked, showing, shown, now)


async def _require_good(db: Executor, room: AskingRoom, shown: Shown, now: datetime) -> None:
    """The licence itself, which may have ended a moment ago, or say something else: lists say so later, or never."""
    credential = shown.credential
    held = await list_standings(db, await get_types(db), credential.holder_id, now)
    kind = HolderKind.RESIDENT if Kind(credential.kind) is Kind.PERSONAL else HolderKind.COMPANY
    good = [one for one in held if one.licence_id == credential.licence_id and one.standing is Standing.VALID]
    opened = await list_opened(db, room.vault, credential.holder_id, kind, good)
    if not opened:
        raise PresentationRevokedError
    require_current(shown, opened[0].content)


async def _require_open(db: Executor, presentation_id: UUID, now: datetime) -> Presentation:
    asked = await store.get_presentation(db, presentation_id)
    if asked is None or asked.wallet_state is None:
        raise NotFoundError
    match asked.state_at(now):
        case AskedState.PENDING if asked.resident_id is None:
            return asked
        case AskedState.EXPIRED | AskedState.WITHDRAWN:
            raise PresentationEndedError
        case _:
            raise PresentationAnsweredError
