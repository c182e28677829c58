"""The file that SUIXING_PUSH names: keys of Apple's, service accounts of Firebase's, and templates of mini-programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

from app.errors import SettingsError
from app.platforms.mini_programs import Entry, WeChatEntry
from app.pushing.categories import CATEGORIES
from app.pushing.model import PushSettings
from app.setting_files import read_private, require_distinct
from push import alipay_gateway, apns, fcm, wechat
from push.apns import ApnsKey, ApnsSettings, Environment
from push.apns_tokens import ProviderKeyError, ProviderToken
from push.fcm import FcmSettings
from push.fcm_tokens import ServiceAccount, ServiceAccountError, read_private_key
from push.templates import Source, Template, TemplateError, Texts, check_template
from push.wechat import MiniProgramState, WeChatSettings

_PAGE = "docs/push.md"
_TeamId = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Z]{10}$")]
_Topic = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z.\-]{1,255}$")]
_Url = Annotated[str, msgspec.Meta(pattern=r"^https?://")]
_T = TypeVar("_T")


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whatever is misspelt is said, not passed over."""


class _ApnsKey(_Strict, frozen=True, kw_only=True):
    team_id: _TeamId
    key_id: _TeamId
    private_key: str
    """The path of Apple's .p8 file, from the folder of this one; or its content."""
    topics: Annotated[tuple[_Topic, ...], msgspec.Meta(min_length=1)]
    environments: Annotated[tuple[Environment, ...], msgspec.Meta(min_length=1)] = ("production", "sandbox")

    def __repr__(self) -> str:
        """Without the key, wherever this may be printed."""
        return f"_ApnsKey({self.team_id}, {self.key_id})"


class _Apns(_Strict, frozen=True, kw_only=True):
    keys: Annotated[tuple[_ApnsKey, ...], msgspec.Meta(min_length=1)]
    production_url: _Url = apns.PRODUCTION_URL
    sandbox_url: _Url = apns.SANDBOX_URL


class _Fcm(_Strict, frozen=True, kw_only=True):
    accounts: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    """Paths of the files that Google's console gives, from the folder of this one."""
    url: _Url = fcm.URL


class _WeChat(_Strict, frozen=True, kw_only=True):
    url: _Url = wechat.URL
    state: MiniProgramState = "formal"


class _Alipay(_Strict, frozen=True, kw_only=True):
    url: _Url = alipay_gateway.URL


class _Template(_Strict, frozen=True, kw_only=True):
    platform: Literal["wechat", "alipay"]
    app_id: str
    template_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    categories: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    page: str
    fields: dict[str, Source | Texts]
    lasts: bool = False


class _File(_Strict, frozen=True, kw_only=True):
    apns: _Apns | None = None
    fcm: _Fcm | None = None
    wechat: _WeChat = _WeChat()
    alipay: _Alipay = _Alipay()
    templates: tuple[_Template, ...] = ()


def read_push_file(path: Path, mini_programs: Sequence[Entry], *, is_production: bool) -> PushSettings:
    """Raises SettingsError naming the file, the place and what is wrong there, never a secret.

    `mini_programs` are those of SUIXING_MINI_PROGRAMS: a template is one of theirs.
    """
    read = _decode(path, _File, read_private(path, is_production=is_production), f"no such file as {_PAGE} shows")
    if is_production:
        _require_tls(path, read)
    require_distinct(path, [f"{t.app_id}, {t.template_id}" for t in read.templates])
    return PushSettings(
        apns=None if read.apns is None else _read_apns(path, read.apns, is_production=is_production),
        fcm=None if read.fcm is None else _read_fcm(path, read.fcm, is_production=is_production),
        wechat=WeChatSettings(url=read.wechat.url),
        mini_program_state=read.wechat.state,
        alipay_url=read.alipay.url,
        templates=tuple(_read_template(path, number, t, mini_programs) for number, t in enumerate(read.templates, 1)),
    )


def _decode(path: Path, kind: type[_T], content: bytes, instead: str) -> _T:
    """A value that msgspec refuses stands in none of its messages; what is no JSON may be anything."""
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SettingsError(f"{path} is {instead}: it is no JSON.") from None


def _require_tls(path: Path, read: _File) -> None:
    urls = [read.wechat.url, read.alipay.url]
    urls += [read.apns.production_url, read.apns.sandbox_url] if read.apns else []
    urls += [read.fcm.url] if read.fcm else []
    if not all(url.startswith("https://") for url in urls):
        raise SettingsError(f"{path}: each url must begin with https:// in production.")


def _read_apns(path: Path, read: _Apns, *, is_production: bool) -> ApnsSettings:
    keys = [_read_key(path, number, key, is_production=is_production) for number, key in enumerate(read.keys, 1)]
    require_distinct(path, [f"{topic} ({env})" for key in keys for topic in key.topics for env in key.environments])
    return ApnsSettings(keys=tuple(keys), production_url=read.production_url, sandbox_url=read.sandbox_url)


def _read_key(path: Path, number: int, key: _ApnsKey, *, is_production: bool) -> ApnsKey:
    pem = key.private_key
    if "-----BEGIN" not in pem:
        pem = read_private(path.parent / pem, is_production=is_production).decode("ascii", "replace")
    try:
        ProviderToken(key.team_id, key.key_id, pem, now=_now)
    except ProviderKeyError as error:
        raise SettingsError(f"{path}, key {number} of apns ({key.key_id}): {error}.") from None
    return ApnsKey(
        team_id=key.team_id, key_id=key.key_id, private_key=pem, topics=key.topics, environments=key.environments
    )


def _now() -> datetime:
    """Of a key that is tried and not used."""
    return datetime.fromtimestamp(0, UTC)


def _read_fcm(path: Path, read: _Fcm, *, is_production: bool) -> FcmSettings:
    accounts = [_read_account(path.parent / name, is_production=is_production) for name in read.accounts]
    require_distinct(path, [account.project_id for account in accounts])
    return FcmSettings(accounts=tuple(accounts), url=read.url)


def _read_account(path: Path, *, is_production: bool) -> ServiceAccount:
    content = read_private(path, is_production=is_production)
    account = _decode(path, ServiceAccount, content, "no service account")
    try:
        read_private_key(account.private_key)
    except ServiceAccountError as error:
        raise SettingsError(f"{path}: {error}.") from None
    if is_production and not account.token_uri.startswith("https://"):
        raise SettingsError(f"{path}: token_uri must begin with https:// in production.")
    return account


def _read_template(path: Path, number: int, read: _Template, mini_programs: Sequence[Entry]) -> Template:
    where = f"{path}, template {number} ({read.app_id})"
    if unknown := sorted(set(read.categories) - set(CATEGORIES)):
        raise SettingsError(f"{where}: {unknown[0]} is no category; there are {', '.join(CATEGORIES)}.")
    kinds: dict[str, str] = {
        entry.app_id: "wechat" if isinstance(entry, WeChatEntry) else "alipay" for entry in mini_programs
    }
    if kinds.get(read.app_id) != read.platform:
        raise SettingsError(f"{where}: SUIXING_MINI_PROGRAMS has no {read.platform} mini-program of that app_id.")
    template = Template(
        channel=read.platform,
        app_id=read.app_id,
        template_id=read.template_id,
        categories=read.categories,
        fields=read.fields,
        page=read.page,
        lasts=read.lasts,
    )
    try:
        check_template(template)
    except TemplateError as error:
        raise SettingsError(f"{where}: {error}.") from None
    return template
