"""Receiving what a platform pushes: verified, done once, and what it says of an authorisation kept.

What is done now is to keep events; the consents that they end are kept elsewhere. A kind that nobody here knows is
accepted and counted: platforms add kinds, and push again what is refused.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec
import structlog

from app.database import Connection, Executor, Pool, transaction
from app.errors import InvalidError
from app.identifiers import new_id
from app.platforms import alipay_callbacks, store, wechat_callbacks
from app.platforms.alipay import AlipayApp
from app.platforms.bodies import BodyError, read_fields
from app.platforms.errors import CallbackSignatureInvalidError, CallbackStaleError
from app.platforms.model import Platform
from app.platforms.store import EventRow
from app.platforms.wechat import WeChatApp
from app.platforms.wechat_callbacks import SignedQuery, WeChatCallbackKeys
from app.sealing import Vault

log = structlog.get_logger()

CLOCK_SPAN = timedelta(minutes=5)
"""By how much a platform's clock may be ahead of ours."""
WECHAT_SPAN = timedelta(minutes=10)
"""How old a push of WeChat's may be: it is tried three times within seconds."""
ALIPAY_SPAN = timedelta(hours=26)
"""And one of Alipay's, which is tried again for 25 hours."""
_CLAIMS_KEPT = ALIPAY_SPAN + CLOCK_SPAN + timedelta(hours=1)
_EVENTS_KEPT = timedelta(days=90)
_FIELD = "platform account"

_KIND = re.compile(r"[0-9A-Za-z_.]{1,64}")
_WECHAT_KINDS = frozenset(
    {
        "subscribe_msg_popup_event",
        "subscribe_msg_change_event",
        "user_authorization_revoke",
        "user_authorization_cancellation",
    }
)
_ALIPAY_KINDS = re.compile(r"alipay\.open\.(?:auth|app|mini)\.[a-z.]{1,64}")


class Outcome(StrEnum):
    """What became of a push."""

    KEPT = "kept"
    REPEATED = "repeated"
    UNKNOWN = "unknown"


class _Push(msgspec.Struct, frozen=True):
    """What a platform says, once it is known to be the platform's."""

    platform: Platform
    app_id: str
    kind: str
    is_known: bool
    account: str
    happened_at: datetime
    content: bytes
    claim: str


def check_wechat_echo(app: WeChatApp, query: SignedQuery, now: datetime) -> None:
    """WeChat asks for an echo once, when the callback's address is entered."""
    wechat_callbacks.verify_query(_require_keys(app), query)
    _read_wechat_time(query.timestamp, now)


async def receive_wechat(
    pool: Pool, vault: Vault, app: WeChatApp, query: SignedQuery, body: bytes, now: datetime
) -> Outcome:
    """A push to a WeChat mini-program's callback."""
    content = wechat_callbacks.open_push(_require_keys(app), app.app_id, query, body)
    sent_at = _read_wechat_time(query.timestamp, now)
    try:
        fields = read_fields(content)
    except BodyError:
        raise InvalidError("", "The body is neither JSON nor XML.") from None
    kind = fields.get("Event", "") or fields.get("MsgType", "")
    push = _Push(
        platform="wechat",
        app_id=app.app_id,
        kind=_clean(kind),
        is_known=fields.get("MsgType") == "event" and kind in _WECHAT_KINDS,
        account=fields.get("OpenID") or fields.get("FromUserName", ""),
        happened_at=sent_at,
        content=content,
        # Without the body: the signature of a plain push does not cover it, and must not bring in a second one.
        claim=f"wechat\0{app.app_id}\0{query.timestamp}\0{query.nonce}",
    )
    return await _keep(pool, vault, push, now)


async def receive_alipay(pool: Pool, vault: Vault, app: AlipayApp, body: bytes, now: datetime) -> Outcome:
    """A push to an Alipay mini-program's callback."""
    try:
        form, charset = alipay_callbacks.read_form(body)
        alipay_callbacks.verify_form(app.keys, app.app_id, form, charset)
        sent_at = _require_fresh(alipay_callbacks.read_time(form), ALIPAY_SPAN, now)
    except BodyError:
        raise InvalidError("", "The body is no form as Alipay sends it.") from None
    kind = form.get("msg_method", "")
    push = _Push(
        platform="alipay",
        app_id=app.app_id,
        kind=_clean(kind),
        is_known=_ALIPAY_KINDS.fullmatch(kind) is not None,
        account=_read_alipay_account(form.get("biz_content", "")),
        happened_at=sent_at,
        content=form.get("biz_content", "").encode(),
        claim=f"alipay\0{app.app_id}\0{form.get('notify_id') or form['sign']}",
    )
    return await _keep(pool, vault, push, now)


async def _keep(pool: Pool, vault: Vault, push: _Push, now: datetime) -> Outcome:
    """The claim and what it guards are one transaction: a push that failed may come again."""
    async with transaction(pool) as db:
        if not await claim_push(db, push.claim, now):
            return Outcome.REPEATED
        if push.is_known:
            event_id = new_id()
            await store.insert_event(
                db,
                EventRow(
                    account_index=vault.index(_FIELD, _name(push.platform, push.app_id, push.account)),
                    event_id=event_id,
                    platform=push.platform,
                    app_id=push.app_id,
                    kind=push.kind,
                    happened_at=push.happened_at,
                    received_at=now,
                    sealed=vault.seal(push.content, _context(event_id)),
                ),
            )
    log.info("platform.callback", platform=push.platform, app_id=push.app_id, kind=push.kind, known=push.is_known)
    return Outcome.KEPT if push.is_known else Outcome.UNKNOWN


async def claim_push(db: Connection, claim: str, now: datetime) -> bool:
    """Once for each claim, as long as a push may come again; also of others than platforms that push to this server."""
    return await store.claim_callback(db, hashlib.sha256(claim.encode("utf-8", "replace")).digest(), now)


class PlatformEvent(msgspec.Struct, frozen=True):
    """What a platform said of one account's authorisation, as it came."""

    kind: str
    happened_at: datetime
    received_at: datetime
    content: bytes


async def list_events(
    db: Executor, vault: Vault, *, platform: Platform, app_id: str, open_id: str
) -> list[PlatformEvent]:
    """What was pushed of one account, oldest first."""
    rows = await store.list_events(db, vault.every_index(_FIELD, _name(platform, app_id, open_id)))
    return [
        PlatformEvent(
            row["kind"], row["happened_at"], row["received_at"], vault.open(row["sealed"], _context(row["event_id"]))
        )
        for row in rows
    ]


async def forget_account(db: Executor, vault: Vault, *, platform: Platform, app_id: str, open_id: str) -> None:
    """Deletes what was pushed of an account, when its holder leaves."""
    await store.forget_account(db, vault.every_index(_FIELD, _name(platform, app_id, open_id)))


async def forget_callbacks(pool: Pool, now: datetime) -> None:
    """Deletes claims that no push still under way can meet, and events that are three months old."""
    await store.purge_callbacks(pool, now - _CLAIMS_KEPT)
    await store.purge_events(pool, now - _EVENTS_KEPT)


def _require_keys(app: WeChatApp) -> WeChatCallbackKeys:
    if app.callback_keys is None:
        raise CallbackSignatureInvalidError("This app expects no callbacks: it has no callback_token.")
    return app.callback_keys


def _read_wechat_time(timestamp: str, now: datetime) -> datetime:
    if not re.fullmatch(r"[0-9]{1,11}", timestamp):
        raise CallbackStaleError("The timestamp is none.")
    return _require_fresh(datetime.fromtimestamp(int(timestamp), UTC), WECHAT_SPAN, now)


def _require_fresh(sent_at: datetime, span: timedelta, now: datetime) -> datetime:
    if not now - span <= sent_at <= now + CLOCK_SPAN:
        raise CallbackStaleError("It was signed too long ago, or by a clock that is ahead.")
    return sent_at


def _read_alipay_account(biz_content: str) -> str:
    try:
        fields = read_fields(biz_content.encode())
    except BodyError:
        return ""
    return fields.get("open_id") or fields.get("user_id", "")


def _clean(kind: str) -> str:
    return kind if _KIND.fullmatch(kind) else "other"


def _name(platform: Platform, app_id: str, account: str) -> str:
    return f"{platform}\0{app_id}\0{account}"


def _context(event_id: UUID) -> str:
    return f"platform event:{event_id}"
