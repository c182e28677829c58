"""How a development server is wired to its own stand-ins of Apple, Firebase, WeChat and Alipay."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from app.development.made_once import make_once
from app.development.mini_programs import ALIPAY_APP_ID, ALIPAY_PATH, WECHAT_APP_ID, WECHAT_PATH, read_stand_in_keys
from app.development.mishaps import Answer
from app.development.push_apns import ApnsStandIn
from app.development.push_fcm import TOKEN_PATH, FcmStandIn
from app.development.push_mini_programs import TemplateDesk
from app.development.pushes import PushBook
from app.pushing.categories import CATEGORIES
from app.pushing.model import PushSettings
from app.settings import Settings
from codes.keys import create_p256_pair
from push.apns import ApnsKey, ApnsSettings
from push.fcm import FcmSettings
from push.fcm_tokens import ServiceAccount
from push.templates import Template, Texts
from push.wechat import WeChatSettings

APNS_PATH = "/v1/development/apns"
FCM_PATH = "/v1/development/fcm"
TOPIC = "cn.example.suixing"
PROJECT = "suixing-development"
TEAM_ID, KEY_ID = "DEVTEAM031", "DEVKEY0031"
_ACCOUNT = "push@suixing-development.iam.gserviceaccount.com"
_FILE = "stand-in-apns-keys.json"

WECHAT_TEMPLATES = {
    template.template_id: template
    for template in (
        Template(
            channel="wechat",
            app_id=WECHAT_APP_ID,
            template_id="development-notice",
            categories=tuple(CATEGORIES),
            fields={"thing1": "title", "thing2": "body", "time3": "time", "phrase4": "phrase"},
            page="pages/message/index",
        ),
        Template(
            channel="wechat",
            app_id=WECHAT_APP_ID,
            template_id="development-crossing",
            categories=("roaming",),
            fields={"thing1": "province", "time2": "time", "thing3": "body"},
            page="pages/roaming/index",
            lasts=True,
        ),
    )
}
"""One that each message spends a consent of, and one that lasts."""
ALIPAY_TEMPLATES = {
    template.template_id: template
    for template in (
        Template(
            channel="alipay",
            app_id=ALIPAY_APP_ID,
            template_id="development-notice",
            categories=tuple(CATEGORIES),
            fields={"keyword1": "title", "keyword2": "time", "keyword3": Texts(zh="随行", en="Suixing")},
            page="pages/message/index",
        ),
    )
}


class PushKeys(msgspec.Struct, frozen=True):
    """The invented Apple team's signing key, made once for a data folder."""

    private_key: str
    public_key: str

    def __repr__(self) -> str:
        """Without the key, wherever this may be printed."""
        return "PushKeys()"


def read_push_keys(data: Path) -> PushKeys:
    """The keys in the data folder; the first process that asks makes them."""
    return make_once(data / _FILE, PushKeys, lambda: PushKeys(*create_p256_pair()))


def invent_token(name: str) -> str:
    """A device token as Apple gives them, the same for the same name; of an app that was built for production."""
    return f"00{hashlib.sha256(f'suixing:phone:{name}'.encode()).hexdigest()[2:]}"


def invent_push(settings: Settings, url: str | None = None) -> PushSettings:
    """What the file of SUIXING_PUSH would say of invented apps; `url` is where the stand-ins are."""
    base = url or settings.url
    key = ApnsKey(
        team_id=TEAM_ID, key_id=KEY_ID, private_key=read_push_keys(settings.data).private_key, topics=(TOPIC,)
    )
    return PushSettings(
        apns=ApnsSettings(
            keys=(key,),
            production_url=f"{base}{APNS_PATH}/production",
            sandbox_url=f"{base}{APNS_PATH}/sandbox",
            http2=False,
        ),
        fcm=FcmSettings(accounts=(_invent_account(settings.data, base),), url=f"{base}{FCM_PATH}", http2=False),
        wechat=WeChatSettings(url=f"{base}{WECHAT_PATH}"),
        mini_program_state="developer",
        alipay_url=f"{base}{ALIPAY_PATH}",
        templates=(*WECHAT_TEMPLATES.values(), *ALIPAY_TEMPLATES.values()),
    )


def _invent_account(data: Path, base: str) -> ServiceAccount:
    """Its key is that of the invented Alipay app: two RSA keys are enough to wait for at a first start."""
    return ServiceAccount(
        project_id=PROJECT,
        client_email=_ACCOUNT,
        private_key=read_stand_in_keys(data).app_private_key,
        private_key_id="development",
        token_uri=f"{base}{FCM_PATH}{TOKEN_PATH}",
    )


def open_template_desks(data: Path) -> tuple[TemplateDesk, TemplateDesk]:
    """WeChat's and Alipay's, for the stand-ins of both."""
    book = PushBook(data)
    return (
        TemplateDesk(book, "wechat", WECHAT_APP_ID, WECHAT_TEMPLATES),
        TemplateDesk(book, "alipay", ALIPAY_APP_ID, ALIPAY_TEMPLATES),
    )


class PushStandIns:
    """Apple's and Firebase's together, told apart by the beginning of a path."""

    def __init__(self, data: Path, now: Callable[[], datetime]) -> None:
        self.book = PushBook(data)
        self._apns = ApnsStandIn(
            self.book,
            team_id=TEAM_ID,
            key_id=KEY_ID,
            public_key=read_push_keys(data).public_key,
            topic=TOPIC,
            now=now,
        )
        self._fcm = FcmStandIn(
            self.book,
            account=_invent_account(data, ""),
            public_key=read_stand_in_keys(data).app_public_key,
            now=now,
        )

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answers a request to one of the two."""
        if path.startswith(f"{APNS_PATH}/"):
            return self._apns.handle(method, path.removeprefix(APNS_PATH), query, headers, body)
        if path.startswith(f"{FCM_PATH}/"):
            return self._fcm.handle(method, path.removeprefix(FCM_PATH), query, headers, body)
        return Answer(404, {"content-type": "text/plain"}, b"")
