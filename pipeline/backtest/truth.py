"""The truth of a bank where it is known: who leaked, when, and which look-ups were illegitimate."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from pipeline.errors import UsageError

LEAK_COLUMNS = ("employee_id", "scenario", "starts", "ends")
EVENT_COLUMNS = ("event_id", "employee_id", "occurred_at", "scenario")


@dataclass(frozen=True)
class Campaign:
    """One person's part in one leak.

    Attributes:
        employee_id: Who.
        scenario: What kind of leak.
        starts: Day of the first illegitimate look-up.
        ends: Day of the last.
        lookups: The illegitimate look-ups as moments, ascending; None where no events were given.
    """

    employee_id: str
    scenario: str
    starts: date
    ends: date
    lookups: tuple[datetime, ...] | None = field(default=None, repr=False)


def _table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a truth file as text; the format is known from the name."""
    todo = f"Give a CSV, Parquet or JSON-lines file with the columns {', '.join(columns)}."
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            frame = pd.read_parquet(path)
        elif suffix in (".jsonl", ".ndjson"):
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            frame = pd.DataFrame([json.loads(line) for line in lines if line.strip()])
        else:
            frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    except (OSError, ValueError) as error:  # pandas' own parser errors are ValueErrors
        raise UsageError(f"The truth file {path} cannot be read: {type(error).__name__}.", todo) from error
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    if missing := [name for name in columns if name not in frame.columns]:
        raise UsageError(f"The truth file {path} lacks the column {', '.join(missing)}.", todo)
    if empty := [
        name for name in columns if frame[name].isna().any() or (frame[name].astype(str) == "").any()
    ]:
        raise UsageError(f"The truth file {path} has empty cells in {', '.join(empty)}.", todo)
    return frame[list(columns)]


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    """Read a time; one without an offset is on the bank's wall clock, as in the feeds."""
    stamp = pd.Timestamp(value)
    if pd.isna(stamp):
        raise ValueError("no time")
    aware = stamp.tz_localize(zone) if stamp.tzinfo is None else stamp.tz_convert(zone)
    return aware.to_pydatetime(warn=False)


def _day(value: Any, zone: ZoneInfo) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return _moment(value, zone).date()


def _parsed(path: Path, column: str, values: pd.Series, parse: Any) -> list[Any]:
    parsed = []
    for row, value in enumerate(values, 1):
        try:
            parsed.append(parse(value))
        except (ValueError, TypeError) as error:
            raise UsageError(
                f"Row {row} of the truth file {path} has no date or time in {column}.",
                "Write dates as 2026-06-18 and times as 2026-06-18T09:30:00+08:00.",
            ) from error
    return parsed


def read_truth(path: Path, zone: str, events: Path | None = None) -> list[Campaign]:
    """Read the truth about a bank.

    A look-up belongs to every leak of the same person and scenario whose days it falls into.

    Args:
        path: employee_id, scenario, starts, ends; CSV, Parquet or JSON lines. A time means its day.
        zone: The bank's time zone.
        events: event_id, employee_id, occurred_at, scenario of the illegitimate look-ups.

    Returns:
        One campaign a row, in the order of person, begin and scenario.

    Raises:
        UsageError: A file cannot be read, lacks a column, or holds what is no date.
    """
    clock = ZoneInfo(zone)
    frame = _table(path, LEAK_COLUMNS)
    starts = _parsed(path, "starts", frame["starts"], lambda value: _day(value, clock))
    ends = _parsed(path, "ends", frame["ends"], lambda value: _day(value, clock))
    if wrong := next((row for row, (a, b) in enumerate(zip(starts, ends, strict=True), 1) if b < a), None):
        raise UsageError(f"Row {wrong} of the truth file {path} ends before it starts.", "Correct that row.")
    made = None if events is None else _events(events, clock)
    campaigns = []
    people = zip(frame["employee_id"].astype(str), frame["scenario"].astype(str), starts, ends, strict=True)
    for employee, scenario, first, last in people:
        moments = None
        if made is not None:
            own = made.get((employee, scenario), [])
            moments = tuple(moment for moment in own if first <= moment.astimezone(clock).date() <= last)
        campaigns.append(Campaign(employee, scenario, first, last, moments))
    return sorted(campaigns, key=lambda leak: (leak.employee_id, leak.starts, leak.scenario, leak.ends))


def _events(path: Path, clock: ZoneInfo) -> dict[tuple[str, str], list[datetime]]:
    frame = _table(path, EVENT_COLUMNS).drop_duplicates("event_id")
    moments = _parsed(path, "occurred_at", frame["occurred_at"], lambda value: _moment(value, clock))
    made: dict[tuple[str, str], list[datetime]] = {}
    for employee, scenario, moment in zip(
        frame["employee_id"].astype(str), frame["scenario"].astype(str), moments, strict=True
    ):
        made.setdefault((employee, scenario), []).append(moment)
    return {key: sorted(found) for key, found in made.items()}
