"""Where somebody is: reported by their phone, answered with the province, and forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from litestar import Controller, post
from litestar.params import JSONBody

from api.callers import Audience, ResidentRequest, answering_at_once
from api.counters import LOCATIONS
from api.drawing import RfcTime, to_rfc3339
from api.lean import LeanAnswer
from api.routes import answers
from api.services import now, services_of
from app.roaming.datums import Datum
from app.roaming.model import Crossing, Reason
from app.roaming.reporting import BELIEVED, Report, Whereabouts, report_location

_LONGEST_BODY = 2 * 2**10
_COUNTED = {reason: LOCATIONS.labels(reason.value) for reason in Reason}
_UNUSED: dict[Reason, Any] = {reason: reason.value for reason in Reason if reason not in BELIEVED}
_WHEN = (
    "Takes the consent `location`, by grantConsent. Call it some minutes apart: a crossing is found by two positions "
    "three minutes apart or more. A position that is too old, too coarse or too far to be true is no error: the "
    "answer is what is known without it, and `reason` says why. `city` is null where this position tells none."
)


Unused: TypeAlias = Literal[
    "waiting",
    "at-border",
    "over-water",
    "malformed",
    "inaccurate",
    "stale",
    "from-future",
    "out-of-order",
    "too-fast",
    "impossible",
    "flying",
]
"""As `suixing_locations_total` counts them."""


class LocationIn(msgspec.Struct, frozen=True):
    """A position as the phone has it. `datum` is never guessed: the same figures lie half a kilometre apart."""

    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    datum: Annotated[
        Literal["wgs84", "gcj02", "bd09"],
        msgspec.Meta(description="of the figures: phones tell wgs84, WeChat and Alipay gcj02, Baidu bd09"),
    ]
    accuracy_m: Annotated[float, msgspec.Meta(description="the radius in metres, as the phone tells it")]
    fixed_at: Annotated[datetime, msgspec.Meta(tz=True, description="when the position was taken, not when it is sent")]
    background: Annotated[
        bool, msgspec.Meta(description="whether the app was closed then, which takes location-background")
    ] = False


class CrossingOut(msgspec.Struct, frozen=True, rename={"from_province": "from", "to_province": "to"}):
    """Somebody has come from one province into another."""

    from_province: str
    to_province: str
    at: RfcTime


class LocationOut(msgspec.Struct, frozen=True):
    """The province that is known, by two digits of GB/T 2260; the city, by six, where this position tells it."""

    province: str | None
    city: str | None
    roaming: bool
    """Whether that is another province than this deployment's."""
    crossing: CrossingOut | None
    reason: (
        Annotated[Unused, msgspec.Meta(description="why this position is not taken for where somebody is")]
        | msgspec.UnsetType
    ) = msgspec.UNSET


async def _answer(request: ResidentRequest, data: LocationIn) -> LeanAnswer:
    services, moment = services_of(request), now()
    services.location_limit.claim(request.user.session_id.hex, moment.timestamp())
    report = Report(data.longitude, data.latitude, Datum(data.datum), data.accuracy_m, data.fixed_at, data.background)
    found = await report_location(services.roaming, request.user, report, moment)
    _COUNTED[found.reason].inc()
    return LeanAnswer(_encode(_shape(found)), status=200)


class LocationController(Controller):
    """What a phone tells of where it is."""

    path = "/v1/me/locations"
    request_max_body_size = _LONGEST_BODY

    @post(
        operation_id="reportLocation",
        summary="Where I am now: answers with the province, and keeps nothing finer",
        description=_WHEN,
        status_code=200,
        before_request=answering_at_once(msgspec.json.Decoder(LocationIn), _answer),
        **answers(
            Audience.RESIDENT,
            "location-consent-missing",
            "background-location-consent-missing",
            "boundaries-not-loaded",
            "installation-not-approved",
            "too-many-requests",
            tag="roaming",
            answered=LocationOut,
        ),
    )
    async def report_location(self, request: ResidentRequest, data: JSONBody[LocationIn]) -> LeanAnswer:
        return await _answer(request, data)


_encode = msgspec.json.Encoder().encode


def _shape(found: Whereabouts) -> LocationOut:
    reason = _UNUSED.get(found.reason, msgspec.UNSET)
    return LocationOut(found.province, found.city, found.roaming, _crossing(found.crossing), reason)


def _crossing(crossing: Crossing | None) -> CrossingOut | None:
    if crossing is None:
        return None
    at = to_rfc3339(datetime.fromtimestamp(crossing.at, UTC))
    return CrossingOut(crossing.from_province, crossing.to_province, at)
