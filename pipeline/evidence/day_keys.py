"""Who met which terminals and customers on the days that no closed month holds yet, so that questions across people are small reads.

Small files beside the days, made at the end of a night for the days that it wrote. What they answer is where to look: the rows
themselves are read from the days.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.evidence import copies
from pipeline.evidence.days import day_files
from pipeline.home import PRIVATE_DIR, Home
from pipeline.whole_file import write_whole

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TYPISTS = "typists.json"
KEY_LETTERS = 12
"""Letters of a customer's token by which their rows are found: 48 bits."""
TERMINAL, CUSTOMER = "terminal", "customer"
COLUMNS = {TERMINAL: "terminal_id", CUSTOMER: "subject_token"}
"""What is found by a key → the column of the evidence it stands in."""
_GROUP_ROWS = 32_768


def key_of(kind: str, value: str) -> str | int:
    """Return under which key a terminal or a customer's token is found: numbers are compared faster than letters."""
    return int(value[:KEY_LETTERS], 16) if kind == CUSTOMER else value


def keys_file(folder: Path, kind: str) -> str:
    """Name the file in which a day's terminals or customers stand.

    Args:
        folder: The day's keys.
        kind: `TERMINAL` or `CUSTOMER`.
    """
    return str(folder / f"{kind}s.parquet")


def keyed_days(home: Home, days: Mapping[date, Path]) -> dict[date, Path]:
    """List the days whose keys may be used, with the folder of each.

    Args:
        home: The installation.
        days: Days with stored evidence, with the folder of each.
    """
    found = {}
    for folder in copies.folders(home, copies.KEYS):
        for day in copies.days_of(folder, days):
            found[day] = folder
    return found


def typed_for_others(folder: Path, employee_id: str) -> bool:
    """Tell whether somebody typed for others on a day, as far as its keys say; True where they cannot be read.

    Args:
        folder: The day's keys.
        employee_id: Who.
    """
    return employee_id in copies.read_json(folder / TYPISTS).get("typists", [employee_id])


def keep_keys(home: Home, connection: DuckDBPyConnection, days: Mapping[date, Path]) -> list[date]:
    """Make the keys of some days where they are not, or are no longer, what the days are; drop those of all others.

    Args:
        home: The installation; its lock is held by the caller.
        connection: The engine.
        days: The days that no closed month holds, with the folder of each.

    Returns:
        The days whose keys were made.
    """
    place = home.derived / copies.KEYS
    for draft in place.glob(".*.new"):  # of a night that was cut off
        shutil.rmtree(draft)
    usable = keyed_days(home, days)
    for folder in copies.folders(home, copies.KEYS):
        if folder.name.removeprefix("day=") not in {day.isoformat() for day in days}:
            shutil.rmtree(folder)
    made = []
    for day, source in days.items():
        folder = place / f"day={day}"
        if day in usable:
            continue
        told = copies.told_of({day: source})
        if copies.came_out_the_same(folder, told):
            continue
        _make(connection, folder, [str(path) for path in day_files(source)], told)
        made.append(day)
    return made


def _make(
    connection: DuckDBPyConnection, folder: Path, files: list[str], told: dict[str, dict[str, object]]
) -> None:
    draft = folder.with_name(f".{folder.name}.new")
    draft.mkdir(mode=PRIVATE_DIR, parents=True)
    rows = "FROM read_parquet(?, hive_partitioning = false)"
    before = os.umask(0o077)
    try:
        for kind, key in (
            (TERMINAL, "terminal_id"),
            (CUSTOMER, f"('0x' || substr(subject_token, 1, {KEY_LETTERS}))::UBIGINT"),
        ):
            connection.execute(
                f"COPY (SELECT DISTINCT {key} AS key, entity, day {rows} WHERE {COLUMNS[kind]} <> '' ORDER BY ALL) "
                f"TO '{copies.quoted(Path(keys_file(draft, kind)))}' "
                f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_GROUP_ROWS})",
                [files],
            )
    finally:
        os.umask(before)
    typists = connection.execute(
        f"SELECT DISTINCT employee_id {rows} WHERE employee_id <> entity ORDER BY 1", [files]
    ).fetchall()
    names = [name for (name,) in typists]
    write_whole(draft / TYPISTS, json.dumps({"typists": names}, ensure_ascii=False) + "\n")
    write_whole(draft / copies.MADE, json.dumps(told, indent=1) + "\n")
    copies.publish(draft, folder)
