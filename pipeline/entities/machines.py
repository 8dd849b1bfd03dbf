"""Registered machines held to their register: not to people's norms, but to what is written down and usual for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pipeline.investigation.stored import Stored

PAST_DAYS = 60
"""Calendar days that say what is usual for a machine."""
LEAST_PAST_DAYS = 10
"""Days with work below which nothing is usual yet."""
MUCH = 3
"""Times the greatest day of its past, beyond which a machine did too much."""
LEAST_MUCH = 50


@dataclass(frozen=True)
class Registered:
    """A row of the register, as known on the night."""

    account_id: str
    owner_id: str
    purpose: str
    channel: str
    valid_from: date | None
    valid_to: date | None
    owner_left: date | None


@dataclass(frozen=True)
class Group:
    """Acts of one machine on one day that are alike.

    Attributes:
        account_id: The machine.
        day: The day.
        hour: The hour, on the bank's clock.
        source: Terminal, else address.
        operation: What was done.
        channel: By which way.
        reason: Why, as stated.
        acts: How many.
    """

    account_id: str
    day: date
    hour: int
    source: str
    operation: str
    channel: str
    reason: str
    acts: int


@dataclass(frozen=True)
class Drift:
    """What a machine did outside of its register, or of its own past.

    Attributes:
        account_id: The machine.
        owner_id: Who answers for it.
        purpose: What it is registered for.
        acts: Its acts of the night's day.
        outside: What was outside, by code, with how many acts.
    """

    account_id: str
    owner_id: str
    purpose: str
    acts: int
    outside: tuple[tuple[str, int], ...]


def drifts(register: Sequence[Registered], groups: Iterable[Group], night: date) -> list[Drift]:
    """Compare each machine's day with its register and its own past.

    Args:
        register: The register.
        groups: What machines did on the night's day and in the days before.
        night: The night.

    Returns:
        Machines with anything outside, by account.
    """
    by_account: dict[str, list[Group]] = {}
    for group in groups:
        by_account.setdefault(group.account_id, []).append(group)
    found = []
    for row in sorted(register, key=lambda one: one.account_id):
        own = by_account.get(row.account_id, [])
        today = [group for group in own if group.day == night]
        outside = _against_register(row, today, night) + _against_past(
            today, [g for g in own if g.day < night]
        )
        told = tuple((code, acts) for code, acts in outside if acts)
        if told:
            found.append(
                Drift(row.account_id, row.owner_id, row.purpose, sum(group.acts for group in today), told)
            )
    return found


def _against_register(row: Registered, today: Sequence[Group], night: date) -> list[tuple[str, int]]:
    acts = sum(group.acts for group in today)
    early = row.valid_from is not None and night < row.valid_from
    late = row.valid_to is not None and night > row.valid_to
    gone = row.owner_left is not None and night > row.owner_left
    other = sum(
        group.acts for group in today if row.channel and group.channel and group.channel != row.channel
    )
    return [
        ("not_valid", acts if early or late else 0),
        ("channel", other),
        ("owner_gone", acts if gone else 0),
        ("no_owner", 0 if row.owner_id else acts),
    ]


def _against_past(today: Sequence[Group], past: Sequence[Group]) -> list[tuple[str, int]]:
    days: dict[date, int] = {}
    for group in past:
        days[group.day] = days.get(group.day, 0) + group.acts
    if len(days) < LEAST_PAST_DAYS:
        return []
    usual: dict[str, set[Any]] = {
        name: {getattr(group, name) for group in past} for name in ("source", "operation", "hour", "reason")
    }
    found = [
        (name, sum(group.acts for group in today if getattr(group, name) not in known))
        for name, known in usual.items()
    ]
    acts = sum(group.acts for group in today)
    found.append(("volume", acts if acts > max(MUCH * max(days.values()), LEAST_MUCH) else 0))
    return found


def machine_drifts(stored: Stored) -> list[Drift]:
    """Read the register and the machines' acts as known on the night, and compare.

    Args:
        stored: What the run may use.
    """
    register = _register(stored)
    paths = stored.feed_paths("access_log", stored.night - timedelta(days=PAST_DAYS), stored.night)
    if not register or not paths:
        return []
    cutoff = stored.settings.bank.cutoff
    back = timedelta(hours=cutoff.hour, minutes=cutoff.minute, seconds=cutoff.second, microseconds=1)
    rows = stored.rows(
        """
        WITH newest AS (
            SELECT * FROM read_parquet(?, union_by_name = true)
            WHERE list_contains(?, employee_id)
                AND coalesce(CAST(recorded_at_local - ? AS DATE), business_day) <= ?
            QUALIFY row_number() OVER (
                PARTITION BY event_id ORDER BY batch_id DESC, file_id DESC, line DESC
            ) = 1
        )
        SELECT employee_id, business_day, hour(occurred_at_local),
            coalesce(nullif(terminal_id, ''), source_ip, ''), coalesce(operation, ''), coalesce(channel, ''),
            coalesce(reason, ''), count(*)
        FROM newest GROUP BY ALL ORDER BY ALL
        """,
        [paths, [row.account_id for row in register], back, stored.night],
    )
    return drifts(register, [Group(*row) for row in rows], stored.night)


def _register(stored: Stored) -> list[Registered]:
    paths = stored.feed_paths("service_accounts")
    if not paths:
        return []
    left = _left(stored)
    rows = stored.rows(
        """
        SELECT account_id, coalesce(owner_id, ''), coalesce(purpose, ''), coalesce(channel, ''), valid_from, valid_to
        FROM read_parquet(?, union_by_name = true)
        WHERE recorded_at_local IS NULL OR CAST(recorded_at_local AS DATE) <= ?
        QUALIFY row_number() OVER (
            PARTITION BY account_id ORDER BY batch_id DESC, file_id DESC, line DESC
        ) = 1
        ORDER BY account_id
        """,
        [paths, stored.night],
    )
    return [
        Registered(account, owner, purpose, channel, valid_from, valid_to, left.get(owner))
        for account, owner, purpose, channel, valid_from, valid_to in rows
    ]


def _left(stored: Stored) -> dict[str, date]:
    paths = stored.feed_paths("employees")
    if not paths:
        return {}
    rows = stored.rows(
        """
        SELECT employee_id, max(left_on) FROM read_parquet(?, union_by_name = true)
        WHERE left_on IS NOT NULL AND (recorded_at_local IS NULL OR CAST(recorded_at_local AS DATE) <= ?)
        GROUP BY 1
        """,
        [paths, stored.night],
    )
    return dict(rows)
