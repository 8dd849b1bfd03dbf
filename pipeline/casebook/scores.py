"""Stored scores and the reasons behind them: written once a night, read by reports and investigations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Table, Text, cast, delete, insert, select

from pipeline.casebook.runs import FINISHED
from pipeline.casebook.tables import reasons, run_figures, runs, scores

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_CHUNK_ROWS = 5_000
_CHUNK_IDS = 500
_T = TypeVar("_T")


@dataclass(frozen=True)
class ScoreRow:
    """One employee's score of one night.

    Attributes:
        employee_id: Whose.
        score: Higher is more suspicious.
        p_value: Chance of so high a score among people who do nothing wrong.
        rank: 1 is the most suspicious of the night.
        alert: It was within the night's budget.
        unexplained: Look-ups without business behind them, cumulated.
        families: Points by family of features.
    """

    employee_id: str
    score: float
    p_value: float
    rank: int
    alert: bool
    unexplained: int
    families: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class ReasonRow:
    """One reason why an employee's score is what it is; the most telling has ordinal 0."""

    employee_id: str
    ordinal: int
    code: str
    family: str
    text_en: str
    text_zh: str
    points: float
    value: float | None = None
    own_normal: float | None = None
    peer_normal: float | None = None
    window_days: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NightScore:
    """An employee's score beside the night and the run that gave it."""

    night: date
    run_id: str
    score: ScoreRow


def write_scores(connection: Connection, run_id: str, rows: Iterable[ScoreRow]) -> int:
    """Store a run's scores in place of any that it had.

    Returns:
        How many.
    """
    rows = list(rows)
    connection.execute(delete(run_figures).where(run_figures.c.run_id == run_id))
    figures = {row.employee_id: row.unexplained for row in rows}
    connection.execute(insert(run_figures).values(run_id=run_id, unexplained=figures))
    return _replace(connection, scores, run_id, rows)


@cache
def _figures() -> TypeAdapter[dict[str, int]]:
    from pydantic import TypeAdapter

    return TypeAdapter(dict[str, int])


def unexplained_of(connection: Connection, run_id: str) -> dict[str, int]:
    """Read how many look-ups of each person had no business behind them on one night.

    Args:
        connection: An open connection.
        run_id: The night's run.
    """
    # As text: pydantic reads ten thousand numbers in half the time of the standard library, and fourteen nights are read.
    kept: str | None = connection.execute(
        select(cast(run_figures.c.unexplained, Text)).where(run_figures.c.run_id == run_id)
    ).scalar()
    if kept is not None:
        return _figures().validate_json(kept)
    # A night of an earlier version. As the driver gives them: ten thousand rows are many to wrap one by one.
    query = select(scores.c.employee_id, scores.c.unexplained).where(scores.c.run_id == run_id)
    found = connection.execute(query)
    return dict(found.cursor.fetchall()) if found.cursor else {}


def write_reasons(connection: Connection, run_id: str, rows: Iterable[ReasonRow]) -> int:
    """Store a run's reasons in place of any that it had.

    Returns:
        How many.
    """
    return _replace(connection, reasons, run_id, rows)


def read_scores(
    connection: Connection, run_id: str, employee_ids: Collection[str] | None = None
) -> list[ScoreRow]:
    """Read a run's scores, the most suspicious first.

    Args:
        connection: An open connection.
        run_id: The run.
        employee_ids: These employees alone; None for all.
    """
    found: list[ScoreRow] = []
    for condition in _by_employee(scores, employee_ids):
        query = select(*_columns(scores)).where(scores.c.run_id == run_id, *condition)
        found += [ScoreRow(**row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda row: (row.rank, row.employee_id))


def read_reasons(
    connection: Connection, run_id: str, employee_ids: Collection[str] | None = None
) -> dict[str, list[ReasonRow]]:
    """Read a run's reasons by employee, each list the most telling first.

    Args:
        connection: An open connection.
        run_id: The run.
        employee_ids: These employees alone; None for all.
    """
    found: dict[str, list[ReasonRow]] = {}
    for condition in _by_employee(reasons, employee_ids):
        query = select(*_columns(reasons)).where(reasons.c.run_id == run_id, *condition)
        query = query.order_by(reasons.c.employee_id, reasons.c.ordinal)
        for row in connection.execute(query).mappings():
            found.setdefault(row["employee_id"], []).append(ReasonRow(**row))
    return found


def score_history(
    connection: Connection,
    employee_id: str,
    first: date | None = None,
    last: date | None = None,
    *,
    config_hash: str | None = None,
) -> list[NightScore]:
    """Read one employee's scores over time, one a night, oldest first.

    Where a night was run more than once, the run begun last speaks for it.

    Args:
        connection: An open connection.
        employee_id: Whose.
        first: The first night; None from the beginning.
        last: The last night; None to the end.
        config_hash: Runs of this configuration alone.
    """
    query = (
        select(runs.c.night, scores.c.run_id, *_columns(scores))
        .join(runs, runs.c.run_id == scores.c.run_id)
        .where(scores.c.employee_id == employee_id, runs.c.status.in_(FINISHED))
        .order_by(runs.c.night, runs.c.started_at, runs.c.revision, runs.c.run_id)
    )
    if first is not None:
        query = query.where(runs.c.night >= first)
    if last is not None:
        query = query.where(runs.c.night <= last)
    if config_hash is not None:
        query = query.where(runs.c.config_hash == config_hash)
    by_night: dict[date, NightScore] = {}
    for row in connection.execute(query).mappings():
        values = dict(row)
        night, run_id = values.pop("night"), values.pop("run_id")
        by_night[night] = NightScore(night, run_id, ScoreRow(**values))
    return list(by_night.values())


def _columns(table: Table) -> list[Any]:
    return [column for column in table.c if column.name != "run_id"]


def _by_employee(table: Table, employee_ids: Collection[str] | None) -> list[list[Any]]:
    if employee_ids is None:
        return [[]]
    return [[table.c.employee_id.in_(some)] for some in _chunks(sorted(set(employee_ids)), _CHUNK_IDS)]


def _replace(
    connection: Connection, table: Table, run_id: str, rows: Iterable[ScoreRow] | Iterable[ReasonRow]
) -> int:
    connection.execute(delete(table).where(table.c.run_id == run_id))
    written = 0
    values = ({"run_id": run_id, **asdict(row)} for row in rows)
    for some in _chunks(values, _CHUNK_ROWS):
        connection.execute(insert(table), some)
        written += len(some)
    return written


def _chunks(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    left = iter(items)
    while some := list(islice(left, size)):
        yield some
