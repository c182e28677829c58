"""Opening what a deployment pushes through: the settings' file, and in the worker a client for each provider."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

import msgspec

from app.platforms.asking import Limits
from app.platforms.errors import AppUnknownError, ProviderRefusedError, ProviderUnavailableError
from app.platforms.mini_programs import AlipayEntry, Entry, open_platforms, read_mini_programs
from app.platforms.registry import Platforms
from app.pushing.model import PushSettings
from app.pushing.push_file import read_push_file
from app.settings import Settings
from push.alipay import AlipayClient, AlipaySettings
from push.alipay_signing import AlipayKeys
from push.apns import ApnsClient
from push.fcm import FcmClient
from push.notices import Fault, Unavailable
from push.wechat import AccessTokenError, AccessTokenSource, WeChatClient


class PushClients(msgspec.Struct, frozen=True):
    """A client for each provider that this deployment has something at."""

    apns: ApnsClient | None
    fcm: FcmClient | None
    wechat: WeChatClient | None
    alipay: AlipayClient | None


def read_push(settings: Settings) -> tuple[PushSettings, list[Entry]] | None:
    """What the settings' files say, and the mini-programs that templates are of; None where there is no such file.

    Raises SettingsError.
    """
    if settings.push is None:
        return None
    entries: list[Entry] = []
    if settings.mini_programs is not None:
        entries = read_mini_programs(settings.mini_programs, is_production=settings.is_production)
    return read_push_file(settings.push, entries, is_production=settings.is_production), entries


@asynccontextmanager
async def open_clients(
    push: PushSettings, entries: Sequence[Entry], limits: Limits, now: Callable[[], datetime]
) -> AsyncGenerator[PushClients]:
    """Clients of what is set up; of mini-programs, those that have a template."""
    used = {template.app_id for template in push.templates}
    own = [entry for entry in entries if entry.app_id in used]
    keys = {e.app_id: AlipayKeys(e.private_key, e.alipay_public_key) for e in own if isinstance(e, AlipayEntry)}
    tokened = [entry for entry in own if not isinstance(entry, AlipayEntry)]
    async with AsyncExitStack() as stack:
        platforms = open_platforms(tokened, limits, now)
        stack.push_async_callback(platforms.close)
        enter = stack.enter_async_context
        yield PushClients(
            apns=await enter(ApnsClient(push.apns, now=now)) if push.apns else None,
            fcm=await enter(FcmClient(push.fcm, now=now)) if push.fcm else None,
            wechat=await enter(WeChatClient(push.wechat, give_tokens(platforms))) if tokened else None,
            alipay=await enter(AlipayClient(AlipaySettings(keys=keys, url=push.alipay_url), now=now)) if keys else None,
        )


def give_tokens(platforms: Platforms) -> AccessTokenSource:
    """WeChat's access tokens from where they are kept, so that one process has one of an app."""

    async def give(app_id: str, refused: str = "", /) -> str:
        try:
            return await platforms.wechat(app_id).access_token(refused)
        except AppUnknownError:
            raise AccessTokenError(Fault("app-unknown")) from None
        except ProviderRefusedError:
            raise AccessTokenError(Fault("access-token-refused")) from None
        except ProviderUnavailableError as error:
            raise AccessTokenError(Unavailable("access-token-not-given", error.retry_after)) from None

    return give
