"""Settings of how often somebody may touch what messages go by: places, preferences, campaigns."""

from __future__ import annotations

from dataclasses import dataclass

from app.outside_settings import define_setting


@dataclass(frozen=True, kw_only=True)
class MessageSettings:
    """A part of app.settings.Settings."""

    devices_daily: int = define_setting(
        200,
        "times that a resident's phones and mini-programs may register in 24 hours, and as often be removed",
        least=1,
    )
    preferences_daily: int = define_setting(
        200, "times that a resident may choose in 24 hours what they want to hear of", least=1
    )
    campaign_previews_per_hour: int = define_setting(
        120, "previews of campaigns an operator may ask for in an hour: each counts residents", least=1
    )
    campaign_tests_per_hour: int = define_setting(
        30, "times that an operator may send themselves a campaign as a test in an hour", least=1
    )
