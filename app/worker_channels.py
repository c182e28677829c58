"""What the worker sends by: the inbox, texts, and whatever of Apple, Firebase, WeChat and Alipay is set up."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from app.campaigns.reading import TOPIC as CAMPAIGN
from app.campaigns.speaking import CampaignSpeaker
from app.database import Pool
from app.delivering import trace_channels
from app.development.standing_in import ACCESS_KEY_ID, ACCESS_KEY_SECRET, SMS_PATH
from app.ephemeral import Valkey, publish_hints
from app.inbox import HINTS
from app.inbox.pushing import PushWordings
from app.people.challenging import open_text
from app.platforms.asking import Limits
from app.platforms.mini_programs import Entry
from app.pushing.addressing import open_address
from app.pushing.model import PushSettings
from app.pushing.opening import PushClients, open_clients, read_push
from app.sealing import Vault
from app.settings import Settings
from push.addresses import Address, PushChannel
from push.alibaba import AlibabaSmsGateway
from push.carrying import ProviderChannel
from push.channels import AnyChannel
from push.couriers import AlipayCourier, ApnsCourier, Courier, FcmCourier, WeChatCourier
from push.dispatching import Dispatcher
from push.fanning import FanOut
from push.inbox import InboxChannel
from push.sms import SmsChannel
from push.templates import TemplateBook
from push.troubles import Troubles


@asynccontextmanager
async def open_dispatcher(
    settings: Settings, pool: Pool, valkey: Valkey, vault: Vault, now: Callable[[], datetime]
) -> AsyncGenerator[Dispatcher]:
    """The outbox's engine with all its channels; a message that goes to phones is looked for there at once."""
    push, entries = read_set_up(settings)
    limits = Limits(float(settings.provider_deadline), settings.provider_connections)
    async with _open_gateway(settings, now) as gateway, open_clients(push, entries, limits, now) as clients:
        wordings = PushWordings(
            {CAMPAIGN: CampaignSpeaker(pool, now)}, arrival_life=timedelta(minutes=settings.roaming_notice_minutes)
        )
        couriers = _list_couriers(clients, push)
        served: list[PushChannel] = [courier.channel for courier in couriers]
        fan_out = FanOut(pool, wordings.topics, served)

        async def hint(recipients: Sequence[UUID]) -> None:
            await publish_hints(valkey, HINTS, map(str, recipients))

        def open_sealed(address: Address) -> str:
            return open_address(vault, address.sealed)

        book, troubles = TemplateBook(push.templates), Troubles()
        channels: list[AnyChannel] = [
            InboxChannel(pool, now=now, on_delivered=hint, fan_out=fan_out),
            SmsChannel(gateway, lambda sealed: open_text(vault, sealed)),
            *(
                ProviderChannel(
                    courier,
                    pool,
                    wordings=wordings,
                    book=book,
                    served=served,
                    open_sealed=open_sealed,
                    now=now,
                    troubles=troubles,
                )
                for courier in couriers
            ),
        ]
        dispatcher = Dispatcher(pool, trace_channels(channels), now=now, troubles=troubles)
        fan_out.on_enqueued = dispatcher.wake
        yield dispatcher


def read_set_up(settings: Settings) -> tuple[PushSettings, list[Entry]]:
    """What the settings' files say; in development without them, this server's own stand-ins."""
    told = read_push(settings)
    if told is not None:
        return told
    if settings.is_production:
        return PushSettings(), []
    from app.development.mini_programs import invent_mini_programs  # noqa: PLC0415  production never loads a stand-in
    from app.development.pushing import invent_push  # noqa: PLC0415  likewise

    return invent_push(settings), invent_mini_programs(settings)


def _list_couriers(clients: PushClients, push: PushSettings) -> list[Courier]:
    """One for each provider that something is set up at, in the order in which they are tried."""
    couriers: list[Courier] = []
    if clients.apns is not None:
        couriers.append(ApnsCourier(clients.apns))
    if clients.fcm is not None:
        couriers.append(FcmCourier(clients.fcm))
    if clients.wechat is not None:
        couriers.append(WeChatCourier(clients.wechat, state=push.mini_program_state))
    if clients.alipay is not None:
        couriers.append(AlipayCourier(clients.alipay))
    return couriers


def _open_gateway(settings: Settings, now: Callable[[], datetime]) -> AlibabaSmsGateway:
    """The real client; in development it speaks to this server's own stand-in."""
    return AlibabaSmsGateway(
        settings.sms_url or f"{settings.url}{SMS_PATH}",
        access_key_id=settings.sms_access_key_id or ACCESS_KEY_ID,
        access_key_secret=settings.sms_access_key_secret or ACCESS_KEY_SECRET,
        sign_name=settings.sms_sign_name,
        template_code=settings.sms_template_code,
        warning_template_code=settings.sms_warning_template_code,
        now=now,
    )
