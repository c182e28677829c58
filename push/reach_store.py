"""The statements of what recipients agreed to and prefer, and of all that a batch of notices needs to find its ways."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from uuid import UUID

from push.addresses import Allowance, Preferences, PushChannel, QuietHours
from push.store import Connection, Executor, Row, count_rows

_MINUTES = 60

# A grant told twice counts once: a later one alone adds to what is there.
GRANT_ALLOWANCE = """
INSERT INTO push_allowances AS a (recipient, channel, app_id, template_id, remaining, lasts, granted_at, changed_at)
VALUES ($1, $2, $3, $4, 1, $5, $6, $7)
ON CONFLICT (recipient, channel, app_id, template_id) DO UPDATE
SET remaining = least(a.remaining + 1, 1000000), lasts = EXCLUDED.lasts, granted_at = EXCLUDED.granted_at,
    changed_at = EXCLUDED.changed_at
WHERE a.granted_at < EXCLUDED.granted_at
"""


async def grant_allowance(
    db: Executor, key: tuple[UUID, PushChannel, str, str], *, lasts: bool, granted_at: datetime, now: datetime
) -> bool:
    """Adds one message, or any number; False where this grant was told before."""
    return count_rows(await db.execute(GRANT_ALLOWANCE, *key, lasts, granted_at, now)) > 0


# The row stays: by it an old grant that is told again is known.
CLEAR_ALLOWANCES = """
UPDATE push_allowances SET remaining = 0, lasts = false, changed_at = $5
WHERE recipient = $1 AND channel = $2 AND ($3::text IS NULL OR app_id = $3) AND ($4::text IS NULL OR template_id = $4)
  AND ($6::timestamptz IS NULL OR changed_at <= $6)
"""


async def clear_allowances(
    db: Executor,
    recipient: UUID,
    channel: PushChannel,
    app_id: str | None,
    template_id: str | None,
    now: datetime,
    *,
    known_until: datetime | None = None,
) -> int:
    """Nothing is agreed to any more; or what was known here up to a moment is not: by our clock, not by the phone's."""
    key = (recipient, channel, app_id, template_id)
    return count_rows(await db.execute(CLEAR_ALLOWANCES, *key, now, known_until))


SPEND_ALLOWANCE = """
UPDATE push_allowances SET remaining = greatest(remaining - 1, 0)
WHERE recipient = $1 AND channel = $2 AND app_id = $3 AND template_id = $4 AND (lasts OR remaining > 0)
"""


async def spend_allowance(db: Executor, key: tuple[UUID, PushChannel, str, str]) -> bool:
    """Takes one message off what was agreed to; False where nothing is left."""
    return count_rows(await db.execute(SPEND_ALLOWANCE, *key)) > 0


# Where nothing is left, perhaps somebody has said no meanwhile; then it stays so.
RETURN_ALLOWANCE = """
UPDATE push_allowances SET remaining = least(remaining + 1, 1000000)
WHERE recipient = $1 AND channel = $2 AND app_id = $3 AND template_id = $4
  AND (lasts OR remaining > 0 OR changed_at <= $5)
"""


async def return_allowance(db: Executor, key: tuple[UUID, PushChannel, str, str], spent_at: datetime) -> None:
    """Puts back what was taken for a message that was surely not sent, unless it was taken back since."""
    await db.execute(RETURN_ALLOWANCE, *key, spent_at)


LIST_ALLOWANCES = """
SELECT recipient, channel, app_id, template_id, remaining, lasts, granted_at FROM push_allowances
WHERE recipient = ANY($1::uuid[]) ORDER BY recipient, channel, app_id, template_id
"""


async def list_allowances(db: Executor, recipients: Sequence[UUID]) -> list[tuple[UUID, Allowance]]:
    """What each of the recipients agreed to, spent or not."""
    rows = await db.fetch(LIST_ALLOWANCES, recipients)
    return [
        (
            row["recipient"],
            Allowance(
                channel=row["channel"],
                app_id=row["app_id"],
                template_id=row["template_id"],
                remaining=row["remaining"],
                lasts=row["lasts"],
                granted_at=row["granted_at"],
            ),
        )
        for row in rows
    ]


DELETE_ALLOWANCES = "DELETE FROM push_allowances WHERE recipient = $1"


async def delete_allowances(db: Connection, recipient: UUID) -> None:
    await db.execute(DELETE_ALLOWANCES, recipient)


SAVE_PREFERENCES = """
INSERT INTO push_preferences (recipient, locale, time_zone, quiet_from, quiet_until, muted, is_elder_view, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (recipient) DO UPDATE
SET locale = EXCLUDED.locale, time_zone = EXCLUDED.time_zone, quiet_from = EXCLUDED.quiet_from,
    quiet_until = EXCLUDED.quiet_until, muted = EXCLUDED.muted, is_elder_view = EXCLUDED.is_elder_view,
    changed_at = EXCLUDED.changed_at
"""


async def save_preferences(db: Executor, recipient: UUID, preferences: Preferences, now: datetime) -> None:
    quiet = preferences.quiet
    await db.execute(
        SAVE_PREFERENCES,
        recipient,
        preferences.locale,
        preferences.time_zone,
        _write_minutes(quiet.begins) if quiet else None,
        _write_minutes(quiet.ends) if quiet else None,
        sorted(f"{category}:{channel}" for category, channel in preferences.muted),
        preferences.is_elder_view,
        now,
    )


GET_PREFERENCES = """
SELECT locale AS chosen_locale, time_zone, quiet_from, quiet_until, muted, is_elder_view FROM push_preferences
WHERE recipient = $1
"""


async def get_preferences(db: Executor, recipient: UUID) -> Preferences | None:
    """What somebody has chosen; None where they have chosen nothing."""
    row = await db.fetchrow(GET_PREFERENCES, recipient)
    return read_preferences(row) if row else None


DELETE_PREFERENCES = "DELETE FROM push_preferences WHERE recipient = $1"


async def delete_preferences(db: Connection, recipient: UUID) -> None:
    await db.execute(DELETE_PREFERENCES, recipient)


# One statement for what lies together, newest address first.
LOAD_REACH = """
SELECT a.recipient, a.channel, a.app_id, a.address_id, a.environment, a.sealed_address, a.locale, a.registered_at,
       a.seen_at, p.locale AS chosen_locale, p.time_zone, p.quiet_from, p.quiet_until, p.muted, p.is_elder_view
FROM push_addresses AS a LEFT JOIN push_preferences AS p ON p.recipient = a.recipient
WHERE a.recipient = ANY($1::uuid[]) ORDER BY a.recipient, a.seen_at DESC, a.address_id DESC
"""


async def load_reach(db: Executor, recipients: Sequence[UUID]) -> list[Row]:
    """A row for each address of the recipients, with what its recipient prefers."""
    return await db.fetch(LOAD_REACH, recipients)


LIST_CHANNELS = "SELECT DISTINCT recipient, channel FROM push_addresses WHERE recipient = ANY($1::uuid[])"


async def list_channels(db: Executor, recipients: Sequence[UUID]) -> list[tuple[UUID, PushChannel]]:
    """On which channels each of the recipients has an address."""
    return [(row["recipient"], row["channel"]) for row in await db.fetch(LIST_CHANNELS, recipients)]


def read_preferences(row: Row) -> Preferences:
    """What a row of push_preferences says."""
    begins, ends = row["quiet_from"], row["quiet_until"]
    return Preferences(
        locale=row["chosen_locale"],
        time_zone=row["time_zone"],
        quiet=None if begins is None else QuietHours(_read_minutes(begins), _read_minutes(ends)),
        muted=frozenset(_split_pair(pair) for pair in row["muted"]),
        is_elder_view=row["is_elder_view"],
    )


def _write_minutes(moment: time) -> int:
    return moment.hour * _MINUTES + moment.minute


def _read_minutes(minutes: int) -> time:
    return time(*divmod(minutes, _MINUTES))


def _split_pair(pair: str) -> tuple[str, str]:
    category, _, channel = pair.partition(":")
    return category, channel
