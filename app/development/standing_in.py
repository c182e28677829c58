"""How a development server is wired to its own stand-in of the SMS gateway."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.development.sms_gateway import SmsGatewayStandIn
from app.development.texts import TextFile
from app.settings import Settings

SMS_PATH = "/v1/development/sms"
ACCESS_KEY_ID = "development"
ACCESS_KEY_SECRET = "development-only"  # noqa: S105  of the stand-in, which production refuses to start with


def open_text_file(settings: Settings) -> TextFile:
    """Where the stand-in keeps what it was given to send."""
    return TextFile(settings.data / "texts.jsonl")


def stand_in_gateway(settings: Settings, now: Callable[[], datetime]) -> SmsGatewayStandIn:
    """The stand-in, strict about the credentials that the worker uses in development."""
    return SmsGatewayStandIn(
        open_text_file(settings),
        access_key_id=ACCESS_KEY_ID,
        access_key_secret=ACCESS_KEY_SECRET,
        sign_name=settings.sms_sign_name,
        template_code=settings.sms_template_code,
        warning_template_code=settings.sms_warning_template_code,
        now=now,
    )
