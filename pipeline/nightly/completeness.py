"""How complete a night's data are: what did not come, what came damaged, whose clocks are wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from pipeline.calendar import BusinessCalendar
from pipeline.contract import FEEDS
from pipeline.intake.clocks import clockless
from pipeline.intake.day_accounts import read_days
from pipeline.intake.expected import shortages
from pipeline.intake.manifest import broken_promises
from pipeline.intake.origins import shown_name
from pipeline.intake.stored_findings import (
    LOOK_BACK_DAYS,
    UNKNOWN_ENDING,
    UNUSABLE,
    StoredFinding,
    standing_findings,
)
from pipeline.nightly.finding import Finding
from pipeline.settings import Settings

_READ_BACK_DAYS = 200
"""Days of the past from which the usual is learned; a feed silent for longer counts as not sent."""

_TOLD_TONIGHT = {"rejected_rows": "rejects_over_limit"}
"""Intake's name of a finding → the night's."""
_NOTES = frozenset(
    {"clock_skew", "before_hire", "clipped_ids", "mojibake", "duplicates_across_files", "no_time_of_day"}
)
"""Findings that are said even where the data do not suffer."""
_JUDGED_ANEW = frozenset({"twelve_hour_clock"})
"""Said from what a source has sent in all, not from what one file looked like."""
_UNREAD = frozenset({UNKNOWN_ENDING, *UNUSABLE})
"""Said of files, manifests and databases by their names: what lies there was never read, and nobody knows its rows."""
_FILES = frozenset({"empty_file", "manifest_rows", *_UNREAD, *_NOTES, *_TOLD_TONIGHT.values()})
"""Codes that keep their names; any other is a file that was refused whole, and why is its detail."""


def completeness(
    engine: Engine,
    settings: Settings,
    night: date,
    horizon: int,
    at: datetime,
    calendar: BusinessCalendar,
) -> list[Finding]:
    """Collect what is missing or wrong in the data of a night and of the week before it.

    Whatever has been mended by the horizon (the file came, its rows were corrected) is not said any more.

    Args:
        engine: The casebook, which holds the ledger.
        settings: The effective configuration.
        night: The night.
        horizon: Highest published batch that counts.
        at: The moment of the run, aware: what usually comes later than this is not missing yet.
        calendar: The bank's working days.
    """
    zone = settings.bank.zone
    return [
        *_promises(engine, night, horizon),
        *_shortages(engine, settings, night, horizon, at, calendar),
        *_files_found(standing_findings(engine, night, horizon, zone)),
        *_clocks(engine, night, horizon),
    ]


def _promises(engine: Engine, night: date, horizon: int) -> list[Finding]:
    first = night - timedelta(days=LOOK_BACK_DAYS - 1)
    per_feed: dict[str, list[Any]] = defaultdict(list)
    for broken in broken_promises(engine, first, night, horizon):
        per_feed[broken.promise.feed].append(broken)
    return [
        Finding(
            "manifest_missing",
            feed,
            sum(broken.missing for broken in mine),
            {
                "days": _iso(broken.promise.day for broken in mine),
                "files": sorted(broken.promise.file_name for broken in mine if broken.promise.file_name),
            },
        )
        for feed, mine in sorted(per_feed.items())
    ]


def _shortages(
    engine: Engine,
    settings: Settings,
    night: date,
    horizon: int,
    at: datetime,
    calendar: BusinessCalendar,
) -> list[Finding]:
    came = [
        account
        for account in read_days(engine, night - timedelta(days=_READ_BACK_DAYS), night, horizon)
        if FEEDS[account.feed].day  # parties have the days of their records: no custom of their own
    ]
    found = shortages(came, night, at, calendar, settings.bank.zone, settings.intake.drop_below)
    grouped: dict[tuple[str, str, bool], list[Any]] = defaultdict(list)
    for one in found:
        # The night's own look-ups are counted where they are read: `no_lookups`, `few_lookups`.
        if one.feed == "access_log" and not one.source and one.day == night:
            continue
        grouped[(one.code, one.feed, one.incomplete)].append(one)
    return [
        Finding(
            code,
            feed,
            sum(one.expected - one.received for one in mine),
            {
                "days": _iso(one.day for one in mine),
                "expected": sum(one.expected for one in mine),
                "received": sum(one.received for one in mine),
                **({"sources": sorted({one.source for one in mine})} if mine[0].source else {}),
            },
            level="incomplete" if incomplete else "note",
        )
        for (code, feed, incomplete), mine in sorted(grouped.items())
    ]


def _files_found(stored: list[StoredFinding]) -> list[Finding]:
    grouped: dict[tuple[str, str, str], list[StoredFinding]] = defaultdict(list)
    for one in stored:
        code = _TOLD_TONIGHT.get(one.code, one.code)
        if one.code in _JUDGED_ANEW or (one.level != "incomplete" and one.code not in _NOTES):
            continue
        grouped[(code if code in _FILES else "refused_file", one.feed, one.level)].append(one)
    return [
        Finding(
            code,
            feed,
            _how_many(code, mine),
            {
                "days": _iso(day for one in mine for day in one.days),
                "sources": sorted({shown_name(one.source) for one in mine}),
                "batches": sorted({one.batch_id for one in mine}),
                **({"why": sorted({one.code for one in mine})} if code == "refused_file" else {}),
                **(
                    {"files": sorted({shown_name(Path(one.path).name) for one in mine})}
                    if code in _UNREAD
                    else {}
                ),
            },
            level=level,
        )
        for (code, feed, level), mine in sorted(grouped.items())
    ]


def _how_many(code: str, mine: list[StoredFinding]) -> int:
    """Count files or rows; what was never read counts once, however often its bytes have changed."""
    if code in _UNREAD:
        return len({one.path for one in mine})
    return len(mine) if code in ("refused_file", "empty_file") else sum(one.count for one in mine)


def _clocks(engine: Engine, night: date, horizon: int) -> list[Finding]:
    found = []
    for feed in ("access_log", "business_records"):
        judged = clockless(engine, feed, horizon)
        near = [one for one in judged if any(0 <= (night - day).days < LOOK_BACK_DAYS for day in one.days)]
        if near:
            since = min(one.days[0] for one in near).isoformat()
            detail = {"sources": sorted(one.source for one in near), "since": since}
            found.append(Finding("twelve_hour_clock", feed, sum(one.rows for one in near), detail))
    return found


def _iso(days: Iterable[date | None]) -> list[str]:
    return sorted({day.isoformat() for day in days if day is not None})
