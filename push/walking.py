"""The walk of a notice over the channels on which its recipient is reached: decisions alone, by what is known now.

A notice is tried on one channel after another, in the order of CHANNELS, until one takes it. A channel that cannot for
good is not asked again; one that cannot now is, after the others had their turn. What may have arrived never changes
its channel, nor its address: it is sent again under the same id where the provider knows ids, and else not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from push import sending
from push.addresses import CHANNELS, Address, PushChannel, Reach
from push.notices import (
    Delivered,
    Fault,
    Moved,
    Notice,
    Outcome,
    Postponed,
    Refused,
    Retry,
    Unanswered,
    Unavailable,
    Unknown,
    Withheld,
)
from push.quiet import is_muted, quiet_until
from push.sending import Accepted, AddressDead, ConsentSpent, OtherEnvironment, SendOutcome
from push.templates import Template, TemplateBook
from push.wordings import TopicRule

KNOWING_IDS: frozenset[str] = frozenset({"apns", "fcm"})
"""Where a message that is sent twice under one id shows once."""
NOT_SERVED = "not-served"


class Stop(msgspec.Struct, frozen=True):
    """An address to try, with the template that its owner has agreed to where it is a mini-program's."""

    address: Address
    template: Template | None = None


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """How one notice may go from the channel where it is now."""

    notice: Notice
    own: PushChannel
    ways: Mapping[PushChannel, tuple[Stop, ...]]
    """The channels that can be tried, in their order, each with its addresses, the one used last first."""

    @property
    def is_bound(self) -> bool:
        """Whether an earlier attempt may have come through here, so that it goes nowhere else.

        What a dead worker held may have; to a provider that knows no ids nothing is sent before it is pinned.
        """
        return self.notice.pinned is not None or (self.notice.is_abandoned and self.own in KNOWING_IDS)


def plan(
    notice: Notice, reach: Reach, rule: TopicRule, book: TemplateBook, *, own: PushChannel, served: Collection[str]
) -> Walk:
    """The channels that could take a notice: served here, not given up for it, not muted, with an address."""
    found: dict[PushChannel, list[Stop]] = {}
    for address in reach.addresses:
        if address.channel in KNOWING_IDS:
            found.setdefault(address.channel, []).append(Stop(address))
        elif template := book.choose(address.channel, address.app_id, rule.category, reach.allowances):
            found.setdefault(address.channel, []).append(Stop(address, template))
    ways: dict[PushChannel, tuple[Stop, ...]] = {
        channel: tuple(found[channel])
        for channel in CHANNELS
        if channel in found
        and channel in served
        and channel not in notice.tried
        and not is_muted(reach.preferences, channel, rule)
    }
    return Walk(notice=notice, own=own, ways=ways)


def begin(walk: Walk, reach: Reach, rule: TopicRule, now: datetime) -> Outcome | tuple[Stop, ...]:
    """What becomes of a notice before anything is sent; or the addresses to try, one after another."""
    if walk.is_bound:
        return _resume(walk, reach, rule, now)
    if not walk.ways:
        return _end(walk, reach)
    if (until := quiet_until(now, reach.preferences, rule)) is not None:
        return Postponed("quiet-hours", until)
    stops = walk.ways.get(walk.own)
    return stops or Moved("not-reached-here", next(iter(walk.ways)), walk.notice.tried)


def _resume(walk: Walk, reach: Reach, rule: TopicRule, now: datetime) -> Outcome | tuple[Stop, ...]:
    if walk.own not in KNOWING_IDS:
        return Unknown("cut-off")
    pinned = walk.notice.pinned
    stops = tuple(stop for stop in walk.ways.get(walk.own, ()) if pinned in {None, stop.address.address_id})[:1]
    if not stops:
        return Unknown("address-gone")
    if (until := quiet_until(now, reach.preferences, rule)) is not None:
        return Postponed("quiet-hours", until)
    return stops


def _end(walk: Walk, reach: Reach) -> Outcome:
    """Why there is no way."""
    if walk.notice.tried:
        return Refused("no-channel-left")
    if not reach.addresses:
        return Refused("no-address")
    return Withheld("not-wanted")  # each is muted, or a mini-program's whose owner agreed to nothing more


def conclude(walk: Walk, stop: Stop, sent: SendOutcome) -> Outcome | None:
    """What becomes of a notice by what the provider said of one address; None sends it on to the next address."""
    match sent:
        case Accepted():
            return Delivered()
        case AddressDead(reason) | OtherEnvironment(reason) | ConsentSpent(reason) | Refused(reason):
            return Unknown(reason) if walk.is_bound else None
        case Retry(reason, after) | Unavailable(reason, after):
            return defer(walk, stop.address.address_id, reason, after)
        case Fault(reason):
            return defer(walk, stop.address.address_id, reason)
        case sending.Unanswered(reason, after):
            if walk.own in KNOWING_IDS:
                return Unanswered(reason, after, stop.address.address_id)
            return Unknown(reason)
    assert_never(sent)


def defer(walk: Walk, address_id: UUID, reason: str, after: float | None = None) -> Outcome:
    """The channel cannot now: another one has its turn, or this one again later."""
    return Unanswered(reason, after, address_id) if walk.is_bound else _put_off(walk, reason, after)


def pass_over(walk: Walk, stop: Stop, reason: str) -> Outcome | None:
    """What becomes of a notice by an address that cannot be asked now; None sends it on to the next address."""
    return Unanswered(reason, None, stop.address.address_id) if walk.is_bound else None


def finish(walk: Walk, reason: str, hindrance: str | None) -> Outcome:
    """No address of the channel took it: where one was passed over for a `hindrance`, that one may later."""
    return give_up(walk, reason) if hindrance is None else _put_off(walk, hindrance)


def _put_off(walk: Walk, reason: str, after: float | None = None) -> Outcome:
    others = _list_others(walk)
    return _move(walk, others, reason, walk.notice.tried) if others else Retry(reason, after)


def give_up(walk: Walk, reason: str) -> Outcome:
    """The channel cannot for good: the others are left, if there are any."""
    others = _list_others(walk)
    return _move(walk, others, reason, (*walk.notice.tried, walk.own)) if others else Refused(reason)


def hand_on(walk: Walk, served: Collection[str]) -> Outcome:
    """What becomes of a notice whose channel nobody serves any more: another's lane looks where it can go."""
    if walk.is_bound:
        return Unknown(NOT_SERVED)
    first = next((channel for channel in CHANNELS if channel in served), None)
    return Refused(NOT_SERVED) if first is None else Moved(NOT_SERVED, first, walk.notice.tried)


def _list_others(walk: Walk) -> list[PushChannel]:
    return [channel for channel in CHANNELS if channel in walk.ways and channel != walk.own]


def _move(walk: Walk, others: list[PushChannel], reason: str, tried: tuple[str, ...]) -> Moved:
    later = [channel for channel in others if CHANNELS.index(channel) > CHANNELS.index(walk.own)]
    return Moved(reason, (later or others)[0], tried, comes_round=not later)
