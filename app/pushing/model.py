"""What a deployment pushes through: its apps at Apple and Firebase, and the templates of its mini-programs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from push import alipay_gateway
from push.addresses import PushChannel
from push.apns import ApnsSettings
from push.fcm import FcmSettings
from push.templates import Template, TemplateBook
from push.wechat import MiniProgramState, WeChatSettings


class PushSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the file of SUIXING_PUSH says, keys read and templates checked."""

    apns: ApnsSettings | None = None
    fcm: FcmSettings | None = None
    wechat: WeChatSettings = WeChatSettings()
    mini_program_state: MiniProgramState = "formal"
    """Which version of a WeChat mini-program a message opens."""
    alipay_url: str = alipay_gateway.URL
    templates: tuple[Template, ...] = ()


class PushApps:
    """Which apps somebody can be reached by, and what their mini-programs can ask consent for."""

    def __init__(self, settings: PushSettings) -> None:
        self.book = TemplateBook(settings.templates)
        apns = settings.apns.keys if settings.apns else ()
        fcm = settings.fcm.accounts if settings.fcm else ()
        self._apps: Mapping[str, Collection[str]] = {
            "apns": frozenset(topic for key in apns for topic in key.topics),
            "fcm": frozenset(account.project_id for account in fcm),
            "wechat": frozenset(t.app_id for t in settings.templates if t.channel == "wechat"),
            "alipay": frozenset(t.app_id for t in settings.templates if t.channel == "alipay"),
        }
        self._templates = {(t.channel, t.app_id, t.template_id): t for t in settings.templates}

    def apps(self, channel: PushChannel) -> Collection[str]:
        """Bundle ids at Apple, projects at Firebase, mini-programs with a template."""
        return self._apps[channel]

    def find_template(self, channel: PushChannel, app_id: str, template_id: str) -> Template | None:
        """A mini-program's template by its id."""
        return self._templates.get((channel, app_id, template_id)) if channel in {"wechat", "alipay"} else None

    def lasts(self, channel: PushChannel, app_id: str, template_id: str) -> bool | None:
        """Whether one consent to this template is for many messages; None where there is no such template."""
        template = self.find_template(channel, app_id, template_id)
        return None if template is None else template.lasts
