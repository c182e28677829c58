"""Settings of roaming: where borders are, every number of the crossing rule, and how long what is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.errors import SettingsError
from app.outside_settings import define_setting


@dataclass(frozen=True, kw_only=True)
class RoamingSettings:
    """A part of app.settings.Settings; metres, seconds and km/h, as docs/roaming.md explains them."""

    boundaries: Path | None = define_setting(
        None, "a GeoJSON file of provinces or cities, as docs/roaming.md has it; without it the one that is shipped"
    )
    locations_per_minute: int = define_setting(20, "positions a session may report a minute", least=1)
    locations_burst: int = define_setting(10, "positions a session may report at once", least=1)

    roaming_accuracy_most: int = define_setting(200, "metres: a position less exact than that is left out", least=1)
    roaming_age_most: int = define_setting(120, "seconds: an older position is left out", least=1)
    roaming_skew_most: int = define_setting(60, "seconds that a phone's clock may be ahead", least=1)
    roaming_inside_least: int = define_setting(
        500, "metres from any other province at which two positions are a crossing, 3000 at most", least=1, most=3000
    )
    roaming_span_least: int = define_setting(180, "seconds between those two", least=1)
    roaming_steady_fixes: int = define_setting(
        5, "positions without doubt that are a crossing wherever they are", least=2
    )
    roaming_steady_span: int = define_setting(1800, "seconds over which those are spread", least=1)
    roaming_candidate_kept: int = define_setting(
        86400, "seconds that a position in another province waits for the next", least=1
    )
    roaming_speed_held: int = define_setting(
        400, "km/h: a faster position is believed once another confirms it", least=1
    )
    roaming_speed_most: int = define_setting(1000, "km/h: a faster position is never believed", least=1)
    roaming_speed_landed: int = define_setting(150, "km/h below which a flight is over", least=1)
    roaming_trace_kept: int = define_setting(
        1800, "seconds that a place is remembered, to a kilometre, to tell speeds by", least=60, most=86400
    )
    roaming_quiet_span: int = define_setting(
        86400, "seconds in which a person is told of a province once", least=60, most=30 * 86400
    )

    roaming_notice_minutes: int = define_setting(
        60, "minutes after which a notice of a crossing is dropped rather than delivered late", least=1, most=1440
    )
    crossings_days: int = define_setting(
        30, "days that crossings are kept, but for the last of each resident", least=1, most=366
    )
    roaming_state_days: int = define_setting(
        30, "days without a position after which an installation's province is forgotten", least=1, most=366
    )


def check_roaming(settings: RoamingSettings) -> None:
    """Refuses what the crossing rule could not decide by; raises SettingsError."""
    if not settings.roaming_speed_landed < settings.roaming_speed_held < settings.roaming_speed_most:
        raise SettingsError(
            "SUIXING_ROAMING_SPEED_LANDED, _HELD and _MOST must rise: a landed plane is slower than a train."
        )
    if settings.crossings_days * 86400 < settings.roaming_quiet_span:
        raise SettingsError("SUIXING_CROSSINGS_DAYS must last SUIXING_ROAMING_QUIET_SPAN: crossings tell of notices.")
    if settings.boundaries is not None and not settings.boundaries.is_file():
        raise SettingsError(f"SUIXING_BOUNDARIES names {settings.boundaries}, which is no file.")
