"""What the second person approves, in 32 bytes: an explicit list of what a campaign says and does.

The list has a version, which stands beside the digest in the campaign's row. A field that a later version of the
software adds goes into a new list, and campaigns approved before keep theirs: they run on through an upgrade. A list
that was ever used is not changed. A worker lets be what was digested by a list newer than those it knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import msgspec

from app.campaigns.model import Campaign, CampaignContent, Said


def _list_first(content: CampaignContent) -> Mapping[str, object]:
    """A list after this one has its version in it, so that no two lists can come to the same bytes."""
    return {
        "title": _list_words(content.title),
        "body": _list_words(content.body),
        "link": content.link,
        "segment": {"kind": content.segment.kind.value, "value": content.segment.value},
        "rate": content.rate,
        "window": {"begins": content.window.begins, "ends": content.window.ends},
        "starts_at": content.starts_at,
        "expires_at": content.expires_at,
    }


def _list_words(said: Said) -> Mapping[str, str]:
    return {"zh": said.zh, "en": said.en}


_LISTS: Mapping[int, Callable[[CampaignContent], Mapping[str, object]]] = {1: _list_first}
NEWEST = max(_LISTS)
"""The list by which new campaigns are digested, and the last that a worker of this version knows."""


def digest_content(content: CampaignContent, version: int = NEWEST) -> bytes:
    """What stands for all that is on the list of that version: the same wherever it is worked out."""
    return hashlib.sha256(msgspec.json.encode(_LISTS[version](content), order="sorted")).digest()


def is_as_digested(campaign: Campaign) -> bool:
    """Whether it still says what its digest stands for; of a list that is not known here, nobody can tell."""
    return campaign.digest_version in _LISTS and not is_altered(campaign)


def is_altered(campaign: Campaign) -> bool:
    """Whether it certainly says something else than its digest stands for."""
    version = campaign.digest_version
    return version in _LISTS and digest_content(campaign.content, version) != campaign.digest
