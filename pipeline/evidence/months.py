"""Closed months of the stored evidence, put together by person: one person's year is then a dozen small reads.

A month is a copy of its days (`copies.py`) in another order, made when it can hardly change any more.
"""

from __future__ import annotations

import json
import os
import shutil
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.evidence import copies
from pipeline.evidence.columns import ADDED_LATER, STORED
from pipeline.evidence.day_keys import KEY_LETTERS, keep_keys
from pipeline.evidence.days import day_files, stored_days
from pipeline.home import PRIVATE_DIR, Home
from pipeline.whole_file import write_whole

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from pipeline.settings import Settings

FOLDER = copies.MONTHS
SETTLED_DAYS = 10
"""Calendar days after which a day's evidence seldom changes any more: a month is closed so long after its end.

On six of nine nights of a drawn bank nothing older than a week changed; a month one of whose days does is made again.
"""
GROUP_ROWS = 2_048
"""Rows that are read together: a few people's month."""
PART_ROWS = 32_768
"""Rows of one file, at the least: to know where each group of a whole month lies costs more than to read one."""
PEOPLE, TYPED = "people", "typed"
PARTS = "parts.json"


@dataclass(frozen=True)
class ClosedMonth:
    """A month that is put together.

    Attributes:
        folder: Where it lies.
        days: The days it holds.
        parts: The first person of each of its files, and the mark in their names.
    """

    folder: Path
    days: tuple[date, ...]
    parts: dict[str, Any]

    def people(self, wanted: Sequence[str]) -> list[str]:
        """Name the files with every act that counts for some people.

        Args:
            wanted: Employee ids.
        """
        return self._parts(PEOPLE, wanted)

    def typed(self, wanted: Sequence[str]) -> list[str]:
        """Name the files with the acts that some people typed for somebody else.

        Args:
            wanted: Employee ids.
        """
        return self._parts(TYPED, wanted)

    def _parts(self, name: str, wanted: Sequence[str]) -> list[str]:
        # Each file begins with another person; who comes before the first one has no act.
        firsts = self.parts[name]
        places = {bisect_right(firsts, person) - 1 for person in wanted}
        return [
            str(self.folder / part_name(name, place, self.parts["mark"]))
            for place in sorted(places)
            if place >= 0
        ]

    @property
    def customers(self) -> str:
        """Who looked each customer up, by the beginning of the token."""
        return str(self.folder / f"customers-{self.parts['mark']}.parquet")


def part_name(name: str, place: int, mark: str) -> str:
    """Name one of the files into which a month's people are divided.

    The mark is of what the month was made from: a reader that knows the division of one making never takes a file of another.
    """
    return f"{name}-{place:03d}-{mark}.parquet"


def closed_months(home: Home, days: Mapping[date, Path]) -> list[ClosedMonth]:
    """List the months that may be read in place of their days, oldest first.

    Args:
        home: The installation.
        days: Days with stored evidence, with the folder of each.
    """
    of_month: dict[tuple[int, int], set[date]] = {}
    for day in days:
        of_month.setdefault((day.year, day.month), set()).add(day)
    found = []
    for folder in copies.folders(home, FOLDER):
        held = copies.days_of(folder, days)
        whole = bool(held) and of_month.get((held[0].year, held[0].month)) == set(held)
        parts = copies.read_json(folder / PARTS)
        if whole and "mark" in parts:  # a version before wrote months in another form
            found.append(ClosedMonth(folder, tuple(held), parts))
    return found


def keep_closed(home: Home, settings: Settings) -> None:
    """Put months together after the nights; where that cannot be done the days are read, and the nights stand.

    Args:
        home: The installation; its lock is held by the caller.
        settings: The effective configuration.
    """
    import duckdb

    from pipeline.lake.engine import connect_raw

    try:
        with connect_raw(home, settings, "UTC", []) as connection:
            close_months(home, connection)
            days = stored_days(home)
            held = {day for month in closed_months(home, days) for day in month.days}
            keep_keys(home, connection, {day: folder for day, folder in days.items() if day not in held})
    except (OSError, duckdb.Error) as error:
        from pipeline.log import get_logger

        get_logger("evidence").warning(
            "months not put together; looking at one person takes longer until the next night",
            error=type(error).__name__,
        )


def close_months(home: Home, connection: DuckDBPyConnection) -> list[str]:
    """Put together the months that are over for long and are not, or are no longer, what their days are.

    What was taken out of use and came out the same is taken into use again as it is.

    Args:
        home: The installation; its lock is held by the caller.
        connection: The engine.

    Returns:
        The months that were put together, as `2026-05`.
    """
    for draft in (home.derived / FOLDER).glob(".*.new"):  # of a night that was cut off
        shutil.rmtree(draft)
    days = stored_days(home)
    usable = {month.folder for month in closed_months(home, days)}
    wanted: dict[Path, dict[date, Path]] = {}
    for day, folder in days.items():
        if _settled(day, max(days)):
            # Named by its first day, so that what is past its retention is found by it.
            first = min(one for one in days if (one.year, one.month) == (day.year, day.month))
            wanted.setdefault(home.derived / FOLDER / f"day={first}", {})[day] = folder
    for folder in copies.folders(home, FOLDER):
        if folder not in wanted:
            shutil.rmtree(folder)
    made = []
    for folder, held in wanted.items():
        if folder in usable:
            continue
        told = copies.told_of(held)
        if (folder / PARTS).is_file() and copies.came_out_the_same(folder, told):
            continue
        _put_together(connection, folder, held, told)
        made.append(f"{min(held):%Y-%m}")
    return made


def _settled(day: date, newest: date) -> bool:
    end = (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return (newest - end).days >= SETTLED_DAYS


def _put_together(
    connection: DuckDBPyConnection,
    folder: Path,
    days: Mapping[date, Path],
    told: dict[str, dict[str, object]],
) -> None:
    draft = folder.with_name(f".{folder.name}.new")
    draft.mkdir(mode=PRIVATE_DIR, parents=True)
    files = [str(path) for day in days.values() for path in day_files(day)]
    rows = f"SELECT {', '.join(_columns(connection, files))} FROM read_parquet(?, hive_partitioning = false, union_by_name = true)"
    in_time = "occurred_at_local, event_id, from_night, until_night"
    mark = sha256(json.dumps(told).encode()).hexdigest()[:8]
    parts: dict[str, Any] = {"mark": mark}
    before = os.umask(0o077)
    try:
        for name, person, which in (
            (PEOPLE, "entity", ""),
            (TYPED, "employee_id", "WHERE employee_id <> entity"),
        ):
            connection.execute("DROP TABLE IF EXISTS closing")
            connection.execute(
                f"CREATE TEMP TABLE closing AS {rows} {which} ORDER BY {person}, {in_time}", [files]
            )
            parts[name] = _divided(connection, draft, name, person, mark)
            connection.execute("DROP TABLE closing")
        customers = f"SELECT DISTINCT substr(subject_token, 1, {KEY_LETTERS}) AS customer, entity FROM ({rows}) ORDER BY ALL"
        _write(connection, customers, draft / f"customers-{mark}.parquet", 16 * GROUP_ROWS, files)
    finally:
        os.umask(before)
    write_whole(draft / PARTS, json.dumps(parts, indent=1, ensure_ascii=False) + "\n")
    write_whole(draft / copies.MADE, json.dumps(told, indent=1) + "\n")
    copies.publish(draft, folder)


def _divided(connection: DuckDBPyConnection, draft: Path, name: str, person: str, mark: str) -> list[str]:
    """Write the table `closing`, ordered by a person, as files of some people each; return each file's first person."""
    counts = connection.execute(
        f"SELECT {person}, count(*), min(rowid) FROM closing GROUP BY 1 ORDER BY 1"
    ).fetchall()
    firsts: list[str] = []
    starts: list[int] = []
    held = PART_ROWS
    for who, rows, start in counts:
        if held >= PART_ROWS:
            firsts.append(who)
            starts.append(start)
            held = 0
        held += rows
    for place, (start, end) in enumerate(pairwise([*starts, sum(count for _, count, _ in counts)])):
        some = f"SELECT * FROM closing WHERE rowid >= {start} AND rowid < {end} ORDER BY rowid"
        _write(connection, some, draft / part_name(name, place, mark), GROUP_ROWS, [])
    return firsts


def _write(connection: DuckDBPyConnection, query: str, path: Path, group_rows: int, files: list[str]) -> None:
    connection.execute(
        f"COPY ({query}) TO '{copies.quoted(path)}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {group_rows})",
        [files] if files else [],
    )
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _columns(connection: DuckDBPyConnection, files: list[str]) -> list[str]:
    sql = "SELECT DISTINCT name FROM parquet_schema(?)"
    there = {name for (name,) in connection.execute(sql, [files]).fetchall()}
    return [name for name in STORED if name in there or name not in ADDED_LATER]
