"""What a resident wants to hear of, where and when."""

from __future__ import annotations

import msgspec
from litestar import Controller, Response, get, put
from litestar.params import JSONBody

from api.callers import AnyRequest, Audience, ResidentRequest
from api.problems import prefers_english
from api.routes import NO_STORE, answers
from api.services import now, services_of
from app.devices import preferring
from app.devices.preferring import Channels, Choices, Chosen, QuietChoice
from app.pushing.categories import CATEGORIES
from push.addresses import Locale

_LONGEST_BODY = 16 * 2**10


class CategoryOut(msgspec.Struct, frozen=True):
    """A category in the reader's language, and where it is heard of."""

    category: str
    title: str
    critical: bool
    """It cannot be switched off, and shows in quiet hours too."""
    channels: Channels


class ConsentGiven(msgspec.Struct, frozen=True):
    """Whether a consent stands by which notices leave for a platform; it is given and taken back by its own route."""

    kind: str
    granted: bool


class PreferencesOut(msgspec.Struct, frozen=True):
    """What setPreferences takes, with what is only read here."""

    locale: Locale
    time_zone: str
    quiet_hours: QuietChoice | None
    elder_view: bool
    categories: list[CategoryOut]
    consents: list[ConsentGiven]
    chosen: bool
    """Whether any of it was; otherwise these are the defaults, and a phone is told in its own language."""


class PreferenceController(Controller):
    """A resident's own preferences."""

    path = "/v1/me/preferences"
    request_max_body_size = _LONGEST_BODY

    @get(
        operation_id="getPreferences",
        summary="What I want to hear of, where and when",
        **answers(Audience.RESIDENT, "installation-not-approved", tag="messages", reads_input=False),
    )
    async def get_preferences(self, request: ResidentRequest) -> Response[PreferencesOut]:
        chosen = await preferring.get_choices(services_of(request).pool, request.user)
        return Response(_show(chosen, request), headers=NO_STORE)

    @put(
        operation_id="setPreferences",
        summary="Choose it, as a whole: what is left out of `categories` is heard of everywhere",
        **answers(
            Audience.RESIDENT, "installation-not-approved", "session-expired", "too-many-requests", tag="messages"
        ),
    )
    async def set_preferences(self, request: ResidentRequest, data: JSONBody[Choices]) -> Response[PreferencesOut]:
        chosen = await preferring.set_choices(services_of(request).devices, request.user, data, now())
        return Response(_show(chosen, request), headers=NO_STORE)


def _show(chosen: Chosen, request: AnyRequest) -> PreferencesOut:
    english = prefers_english(request.headers.get("accept-language", ""))
    choices = chosen.choices
    return PreferencesOut(
        locale=choices.locale,
        time_zone=choices.time_zone,
        quiet_hours=choices.quiet_hours,
        elder_view=choices.elder_view,
        categories=[
            CategoryOut(
                one.category,
                CATEGORIES[one.category].en if english else CATEGORIES[one.category].zh,
                one.category in chosen.critical,
                one.channels,
            )
            for one in choices.categories
        ],
        consents=[ConsentGiven(kind, granted) for kind, granted in chosen.consents.items()],
        chosen=not chosen.is_default,
    )
