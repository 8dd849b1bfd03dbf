"""Closed months of the stored evidence, put together by person: one person's year is then a dozen small reads.

The files of the days stay the truth. A month is a copy of them in another order, made when it can hardly change any
more, used only while each of its days is what it was made from, and put together again where one no longer is. It can be thrown
away at any time.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.evidence.columns import ADDED_LATER, STORED
from pipeline.evidence.days import day_files, stored_days
from pipeline.home import PRIVATE_DIR, Home
from pipeline.whole_file import write_whole

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from pipeline.settings import Settings

FOLDER = "evidence_months"
SETTLED_DAYS = 45
"""Calendar days after which a day's evidence hardly changes any more: a month is closed so long after its end."""
GROUP_ROWS = 32_768
"""Rows that are read together: of a month, knowing where each group lies costs more than reading a larger one."""
KEY_LETTERS = 12
"""Letters of a customer's token by which the days with look-ups of them are found: 48 bits."""
PEOPLE, TYPED, CUSTOMERS = "people.parquet", "typed.parquet", "customers.parquet"
MADE, OPEN = "made.json", "open.json"


@dataclass(frozen=True)
class ClosedMonth:
    """A month that is put together.

    Attributes:
        folder: Where it lies.
        days: The days it holds.
    """

    folder: Path
    days: tuple[date, ...]

    @property
    def people(self) -> str:
        """Every act, by the person it counts for."""
        return str(self.folder / PEOPLE)

    @property
    def typed(self) -> str:
        """The acts that were typed for somebody else, by who typed."""
        return str(self.folder / TYPED)

    @property
    def customers(self) -> str:
        """On which days each customer was looked up, by the beginning of the token."""
        return str(self.folder / CUSTOMERS)


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
    for folder in _folders(home):
        made = _read(folder / MADE)
        held = [date.fromisoformat(day) for day in made]
        same = bool(held) and of_month.get((held[0].year, held[0].month)) == set(held)
        # A day that was brought back from elsewhere has another size: cheap to ask, and the night asks for more.
        if same and all(_size(days[day]) == made[day.isoformat()]["bytes"] for day in held):
            found.append(ClosedMonth(folder, tuple(held)))
    return found


def reopen(home: Home, first: date, last: date) -> None:
    """Take the months of some days out of use, before the days are written anew.

    Args:
        home: The installation.
        first: The first day.
        last: The last day.
    """
    for folder in _folders(home):
        held = _read(folder / MADE)
        if held and min(held) <= last.isoformat() and max(held) >= first.isoformat():
            (folder / MADE).replace(folder / OPEN)


def forget(home: Home) -> None:
    """Throw all months away; the next night puts them together again."""
    shutil.rmtree(home.derived / FOLDER, ignore_errors=True)


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
    for folder in _folders(home):
        if folder not in wanted:
            shutil.rmtree(folder)
    made = []
    for folder, held in wanted.items():
        if folder in usable:
            continue
        told = {day.isoformat(): _told(path) for day, path in held.items()}
        if _read(folder / OPEN) == told:
            (folder / OPEN).replace(folder / MADE)
            continue
        _put_together(connection, folder, held.values(), told)
        made.append(f"{min(held):%Y-%m}")
    return made


def _settled(day: date, newest: date) -> bool:
    end = (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return (newest - end).days >= SETTLED_DAYS


def _put_together(
    connection: DuckDBPyConnection, folder: Path, days: Iterable[Path], told: dict[str, dict[str, object]]
) -> None:
    draft = folder.with_name(f".{folder.name}.new")
    draft.mkdir(mode=PRIVATE_DIR, parents=True)
    files = [str(path) for day in days for path in day_files(day)]
    rows = f"SELECT {', '.join(_columns(connection, files))} FROM read_parquet(?, hive_partitioning = false, union_by_name = true)"
    in_time = "occurred_at_local, event_id, from_night, until_night"
    parts = {
        PEOPLE: f"{rows} ORDER BY entity, {in_time}",
        TYPED: f"{rows} WHERE employee_id <> entity ORDER BY employee_id, {in_time}",
        CUSTOMERS: f"SELECT DISTINCT substr(subject_token, 1, {KEY_LETTERS}) AS customer, day FROM ({rows}) ORDER BY ALL",
    }
    before = os.umask(0o077)
    try:
        for name, query in parts.items():
            connection.execute(
                f"COPY ({query}) TO '{_quoted(draft / name)}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {GROUP_ROWS})",
                [files],
            )
            with (draft / name).open("rb") as file:
                os.fsync(file.fileno())
    finally:
        os.umask(before)
    write_whole(draft / MADE, json.dumps(told, indent=1) + "\n")
    if folder.is_dir():
        shutil.rmtree(folder)
    draft.replace(folder)


def _columns(connection: DuckDBPyConnection, files: list[str]) -> list[str]:
    sql = "SELECT DISTINCT name FROM parquet_schema(?)"
    there = {name for (name,) in connection.execute(sql, [files]).fetchall()}
    return [name for name in STORED if name in there or name not in ADDED_LATER]


def _folders(home: Home) -> list[Path]:
    folder = home.derived / FOLDER
    return sorted(folder.glob("day=*")) if folder.is_dir() else []


def _read(path: Path) -> dict[str, dict[str, object]]:
    """Read what a month was made from; nothing where that is not there or cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _told(folder: Path) -> dict[str, object]:
    digests = []
    for path in day_files(folder):
        with path.open("rb") as file:
            digests.append(file_digest(file, "sha256").hexdigest())
    return {"bytes": _size(folder), "sha256": digests}


def _size(folder: Path) -> int:
    return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.name.endswith(".parquet"))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
