"""The parts of an export: what each is called, and how its rows are read, page by page, in the clear."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias, cast
from uuid import UUID

import msgspec

from app.database import Executor, Pool, Record
from app.enterprises.exporting import list_for_export
from app.inbox.reading import put_into_words
from app.licences.exporting import list_for_export as list_licences
from app.licences.exporting import list_sources_for_export
from app.people.care_exporting import list_invitations_for_export
from app.platforms.receiving import list_events
from app.rights import export_store, store
from app.rights.credential_sections import certificates, licence_credentials, licence_requests, papers
from app.rights.kinds import KINDS
from app.rights.message_sections import message_allowances, message_preferences, reached_at
from app.rights.model import Holder, Merged
from app.rights.opening import open_names, open_platform_accounts
from app.rights.retaining import name_device
from app.rights.rows import open_sealed, shape_access
from app.rights.rules import standing_of
from app.roaming.exporting import list_for_export as list_crossings
from app.sealing import DataKey, Vault
from app.wallet.copies import list_for_export as list_copies
from push import inbox

PAGE = 500
_HIGHEST_ID = UUID(int=2**128 - 1)
Row: TypeAlias = Mapping[str, object]
Pages: TypeAlias = AsyncIterator[list[Row]]


class Subject(msgspec.Struct, frozen=True):
    """Whose data is exported, and the keys that open it."""

    pool: Pool
    vault: Vault
    holder: Holder
    key: DataKey
    merged: Sequence[Merged]
    merged_keys: Mapping[int, DataKey]
    """By subject_no: what was said of accesses before an account became a part of this one is under its own key."""
    before: UUID
    """Made when the export began: what came later is in none of its parts."""


class Section(msgspec.Struct, frozen=True):
    """One part: a list in data.json, a table in index.html."""

    name: str
    title_zh: str
    title_en: str
    read: Callable[[Subject], Pages]


async def open_subject(pool: Pool, vault: Vault, holder: Holder, before: UUID) -> Subject:
    """Opens every key that the export needs."""
    merged = await store.list_merged(pool, holder.resident_id)
    keys: dict[int, DataKey] = {}
    for account in merged:
        other = await store.get_holder(pool, account.resident_id)
        if other is not None:
            keys[account.subject_no] = vault.open_data_key(other.wrapped_key, other.resident_id)
    key = vault.open_data_key(holder.wrapped_key, holder.resident_id)
    return Subject(pool, vault, holder, key, merged, keys, before)


async def _profile(subject: Subject) -> Pages:
    held, key = subject.holder, subject.key
    yield [
        {
            "resident_id": held.resident_id,
            "name": open_sealed(key, held.sealed_name, "name"),
            "masked_name": open_sealed(key, held.sealed_masked_name, "masked_name"),
            "id_number": open_sealed(key, held.sealed_id_number, "id_number"),
            "phone": open_sealed(key, held.sealed_phone, "phone"),
            "registered_at": held.created_at,
            "verified_at": held.verified_at,
            "verified_by": held.verified_by,
            "locked_at": held.locked_at,
        }
    ]


def _once(
    read: Callable[[Executor, UUID], Awaitable[Sequence[Record]]], show: Callable[[Subject, Record], Row]
) -> Callable[[Subject], Pages]:
    """Of a resident's few: all in one page."""

    async def pages(subject: Subject) -> Pages:
        yield [show(subject, row) for row in await read(subject.pool, subject.holder.resident_id)]

    return pages


def _plain(*columns: str) -> Callable[[Subject, Record], Row]:
    def show(_subject: Subject, row: Record) -> Row:
        return {column: row[column] for column in columns}

    return show


def _login(subject: Subject, row: Record) -> Row:
    is_phone = row["kind"] == "phone"
    names = None if is_phone else open_names(subject.key, row["sealed_account"])
    return {
        "kind": row["kind"],
        "phone": open_sealed(subject.key, row["sealed_account"], "phone") if is_phone else None,
        "open_ids": names.open_ids if names else None,
        "union_id": names.union_id if names else None,
        "linked_at": row["linked_at"],
        "last_used_at": row["last_used_at"],
    }


async def _platform_events(subject: Subject) -> Pages:
    logins = await export_store.list_logins(subject.pool, subject.holder.resident_id)
    for one in open_platform_accounts(subject.key, logins):
        found = await list_events(
            subject.pool, subject.vault, platform=one.platform, app_id=one.app_id, open_id=one.open_id
        )
        yield [
            {
                "platform": one.platform,
                "app_id": one.app_id,
                "kind": event.kind,
                "at": event.happened_at,
                "data": event.content.decode("utf-8", "replace"),
            }
            for event in found
        ]


def _installation(_subject: Subject, row: Record) -> Row:
    approved_by = row["approved_by"]
    return {
        "device": name_device(row["installation_id"]),
        "first_seen_at": row["created_at"],
        "last_seen_at": row["last_seen_at"],
        "trusted_at": row["trusted_at"],
        "approved_by": name_device(approved_by) if approved_by else None,
    }


def _session(_subject: Subject, row: Record) -> Row:
    return {
        "session_id": row["session_id"],
        "device": name_device(row["installation_id"]),
        "opened_at": row["created_at"],
        "last_used_at": row["refreshed_at"],
        "expires_at": row["expires_at"],
        "ended_at": row["ended_at"],
        "ended_for": row["ended_for"],
        "second_factor_at": row["second_factor_at"],
    }


async def _messages(subject: Subject) -> Pages:
    cursor: str | None = None
    while True:
        page = await inbox.list_messages(subject.pool, subject.holder.resident_id, after=cursor, limit=PAGE)
        chinese = await put_into_words(subject.pool, page.items, english=False)
        english = {one.id: one for one in await put_into_words(subject.pool, page.items, english=True)}
        yield [
            {
                "message_id": one.id,
                "topic": one.topic,
                "at": one.created_at,
                "read_at": one.read_at,
                "title_zh": one.title,
                "body_zh": one.body,
                "title_en": english[one.id].title,
                "body_en": english[one.id].body,
                "data": one.data,
            }
            for one in chinese
        ]
        cursor = page.next_cursor
        if cursor is None:
            return


async def _accesses(subject: Subject) -> Pages:
    own = subject.holder.subject_no
    for subject_no in [own, *(account.subject_no for account in subject.merged)]:
        key = subject.key if subject_no == own else subject.merged_keys.get(subject_no)
        before = subject.before
        while rows := await export_store.list_accesses(subject.pool, subject_no, before=before, limit=PAGE):
            yield [shape_access(key, row) for row in rows]
            before = rows[-1]["access_id"]


async def _code_findings(subject: Subject) -> Pages:
    for subject_no in [subject.holder.subject_no, *(account.subject_no for account in subject.merged)]:
        before = _HIGHEST_ID
        while rows := await export_store.list_code_findings(subject.pool, subject_no, before=before, limit=PAGE):
            yield [dict(row) for row in rows]
            before = rows[-1]["entry_id"]


async def _consents(subject: Subject) -> Pages:
    given = await store.list_consents(subject.pool, subject.holder.resident_id)
    standings = [(kind, standing_of(kind, given, subject.holder)) for kind in KINDS.values()]
    yield [
        {
            "kind": kind.kind,
            "title_zh": kind.title_zh,
            "title_en": kind.title_en,
            "version": one.version,
            "granted_at": one.granted_at,
            "withdrawn_at": one.withdrawn_at,
        }
        for kind, standing in standings
        for one in standing.history
    ]


async def _guardian_consents(subject: Subject) -> Pages:
    found = await store.list_guardian_consents(subject.pool, subject.holder.resident_id)
    yield [
        {
            "relation": one.relation,
            "child": open_sealed(subject.key, one.sealed_child, "child"),
            "given_at": one.given_at,
            "withdrawn_at": one.withdrawn_at,
            "used_at": one.used_at,
            "confirmed_at": one.confirmed_at,
            "confirmed_by": one.confirmed_by,
        }
        for one in found
    ]


def _look(subject: Subject, row: Record) -> Row:
    return {"at": row["looked_at"], "case": open_sealed(subject.key, row["sealed_case"], "case")}


_ReadActs: TypeAlias = Callable[..., Awaitable[Sequence[Record]]]


def _acts(read: _ReadActs, show: Callable[[Subject, Record], Row]) -> Callable[[Subject], Pages]:
    async def pages(subject: Subject) -> Pages:
        before = subject.before
        while rows := await read(subject.pool, subject.holder.resident_id, before=before, limit=PAGE):
            yield [show(subject, row) for row in rows]
            before = rows[-1]["act_id"]

    return pages


def _act_about(subject: Subject, row: Record) -> Row:
    mine = row["sealed_for"] == subject.holder.resident_id
    return {
        "act": row["act"],
        "role": row["role"],
        "at": row["happened_at"],
        "reason": open_sealed(subject.key, row["sealed_reason"], "act reason") if mine else None,
    }


async def _care_invitations(subject: Subject) -> Pages:
    yield await list_invitations_for_export(subject.pool, subject.key, subject.holder.resident_id)


async def _deletion(subject: Subject) -> Pages:
    found = await store.get_deletion(subject.pool, subject.holder.resident_id)
    yield [{"requested_at": found.requested_at, "due_at": found.due_at}] if found else []


async def _companies(subject: Subject) -> Pages:
    yield await list_for_export(subject.pool, subject.key, subject.holder.resident_id)


async def _licence_copies(subject: Subject) -> Pages:
    yield await list_copies(subject.pool, subject.key, subject.holder.resident_id)


async def _licences(subject: Subject) -> Pages:
    yield await list_licences(subject.pool, subject.key, subject.holder.resident_id)
    yield await list_sources_for_export(subject.pool, subject.holder.resident_id)


async def _crossings(subject: Subject) -> Pages:
    yield await list_crossings(subject.pool, subject.holder.subject_no)


async def _merged(subject: Subject) -> Pages:
    yield [{"account": one.resident_id, "merged_at": one.merged_at} for one in subject.merged]


SECTIONS = (
    Section("profile", "个人资料", "Profile", _profile),
    Section("logins", "登录方式", "Logins", _once(export_store.list_logins, _login)),
    Section("platform_events", "小程序平台的通知", "What platforms told of my account", _platform_events),
    Section("consents", "授权同意", "Consents", _consents),
    Section("crossings", "我的跨省记录", "Provinces that I came into", _crossings),
    Section("licences", "我的证照", "My licences", _licences),
    Section("licence_copies", "我的证照加注件", "Copies of my licences", _licence_copies),
    Section("accesses", "谁看过我的信息", "Who looked at my data", _accesses),
    Section("code_findings", "我的码的异常使用", "Misuse of my codes", _code_findings),
    Section("messages", "消息", "Messages", _messages),
    Section("message_preferences", "消息设置", "Message settings", message_preferences),
    Section("reached_at", "消息推送到哪里", "Where I am reached", reached_at),
    Section("message_allowances", "小程序消息授权", "What mini-programs may send me", message_allowances),
    Section("sessions", "登录记录", "Log-ins", _once(export_store.list_sessions, _session)),
    Section("devices", "设备", "Devices", _once(export_store.list_installations, _installation)),
    Section(
        "identity_checks",
        "身份核验",
        "Checks of identity",
        _once(export_store.list_checks, _plain("kind", "created_at", "used_at")),
    ),
    Section(
        "identity_claims",
        "他人对我身份的申请",
        "Claims on my identity",
        _once(
            export_store.list_claims_on,
            _plain("claim_id", "evidence", "opened_at", "due_at", "expires_at", "state", "decided_at"),
        ),
    ),
    Section(
        "identity_claims_made",
        "我提出的身份申请",
        "Claims that I made",
        _once(export_store.list_claims_by, _plain("claim_id")),
    ),
    Section("merged_accounts", "并入的账户", "Accounts that became a part of this one", _merged),
    Section("guardian_consents", "监护人同意", "Consents as a guardian", _guardian_consents),
    Section("relatives", "亲友关系", "Relatives", _once(export_store.list_relations, lambda _, row: dict(row))),
    Section("care_invitations", "亲友邀请", "Relatives whom I invited", _care_invitations),
    Section("staff_looks", "工作人员查询", "When the desk looked me up", _once(export_store.list_looks, _look)),
    Section(
        "acts_about_me",
        "工作人员对我的操作",
        "What staff did about me",
        _acts(export_store.list_acts_about, _act_about),
    ),
    Section(
        "bindings",
        "代办与亲友关系",
        "Whom I show codes for, and who shows mine",
        _once(export_store.list_bindings, _plain("binding_id", "kind", "part", "bound_at", "ends_at", "ended_at")),
    ),
    Section("papers", "纸质码", "Codes on paper", papers),
    Section("certificates", "手机离线出示凭证", "Certificates for phones without a network", certificates),
    Section("licence_credentials", "证照凭证", "Credentials of my licences", licence_credentials),
    Section("licence_requests", "谁请求查看我的证照", "Who asked for my licences", licence_requests),
    Section("companies", "我代表或代办的企业", "Companies that I represent or act for", _companies),
    Section("roles", "角色", "Roles", _once(export_store.list_roles, _plain("role", "granted_at"))),
    Section(
        "second_factors",
        "第二验证因素",
        "Second factors",
        _once(export_store.list_factors, _plain("kind", "name", "created_at", "confirmed_at", "last_used_at")),
    ),
    Section(
        "venues",
        "我管理的场所",
        "Venues that I manage",
        _once(
            export_store.list_venues,
            _plain("venue_id", "name", "purpose", "adcode", "address", "created_at", "approved_at", "closed_at"),
        ),
    ),
    Section(
        "acts",
        "我的操作记录",
        "What I did",
        _acts(export_store.list_acts_by, _plain("act", "role", "object_id", "happened_at")),
    ),
    Section("deletion", "注销", "Deletion under way", _deletion),
)


def say(value: object) -> str:
    """A value as a person reads it: times to the second, lists by commas."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dict):
        items = cast("dict[object, object]", value).items()
        return ", ".join(f"{key}: {say(one)}" for key, one in items)
    if isinstance(value, list):
        return ", ".join(say(one) for one in cast("list[object]", value))
    return str(value)
