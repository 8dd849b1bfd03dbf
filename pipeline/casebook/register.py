"""Who leads whom, from the newest rows of the employees feed: four eyes must not be of one line."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine

from pipeline.casebook.independence import FourEyes
from pipeline.home import Home
from pipeline.settings import Settings

_NEWEST = """
    SELECT employee_id, manager_id, branch_id, name
    FROM read_parquet(?, union_by_name = true)
    WHERE valid_from IS NULL OR valid_from <= ?
    QUALIFY row_number() OVER (
        PARTITION BY employee_id
        ORDER BY valid_from DESC NULLS LAST, batch_id DESC, file_id DESC, line DESC
    ) = 1
    ORDER BY employee_id
"""


def managers_on(home: Home, engine: Engine, day: date) -> dict[str, str]:
    """Read who leads whom on a day.

    Args:
        home: The installation.
        engine: Its casebook.
        day: Rows valid later do not count.

    Returns:
        Employee id → manager's id; empty when no employees feed was ever taken in.
    """
    return {employee_id: manager for employee_id, manager, _, _ in _posts(home, engine, day) if manager}


def branches_on(home: Home, engine: Engine, day: date) -> dict[str, str]:
    """Read who belongs to which branch on a day; empty when no employees feed was ever taken in."""
    return {employee_id: branch for employee_id, _, branch, _ in _posts(home, engine, day) if branch}


def staff_on(home: Home, engine: Engine, day: date) -> dict[str, str]:
    """Read everybody whom the register knows on a day, with their branch; empty text where it names none."""
    return {employee_id: branch or "" for employee_id, _, branch, _ in _posts(home, engine, day)}


def names_on(home: Home, engine: Engine, day: date) -> dict[str, str]:
    """Read what people are called on a day; empty when no employees feed was ever taken in."""
    return {employee_id: name for employee_id, _, _, name in _posts(home, engine, day) if name}


def _posts(home: Home, engine: Engine, day: date) -> list[tuple[str, str | None, str | None, str | None]]:
    import duckdb

    from pipeline.lake.store import Lake

    paths = [str(path) for path in Lake(home, engine).files("employees")]
    if not paths:
        return []
    with duckdb.connect() as connection:
        return connection.execute(_NEWEST, [paths, day]).fetchall()


def four_eyes(home: Home, settings: Settings, engine: Engine, day: date) -> FourEyes:
    """Put together the rules of the second person: from the settings, and the line from the register."""
    posts = _posts(home, engine, day)
    return FourEyes(
        second_person_from=settings.casebook.second_person_from,
        must_act=settings.casebook.second_person_must_act,
        officers=settings.casebook.officers,
        managers={employee_id: manager for employee_id, manager, _, _ in posts if manager},
        branches={employee_id: branch for employee_id, _, branch, _ in posts if branch},
    )
