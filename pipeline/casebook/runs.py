"""The ledger of nights: which ran, on what, how each step went, and how it ended.

A night is known by (day, hash of the configuration). Asking again for one that has ended gives back what is
there; only a re-score that was asked for makes another revision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from pipeline.casebook.errors import CasebookError
from pipeline.casebook.tables import case_relations, reasons, run_figures, runs, scores, steps

RunStatus = Literal["running", "ok", "incomplete", "failed"]
FINISHED: tuple[RunStatus, ...] = ("ok", "incomplete")


@dataclass(frozen=True)
class Run:
    """One run of one night, as the ledger has it."""

    run_id: str
    night: date
    config_hash: str
    revision: int
    code_version: str
    seed: int
    status: RunStatus
    cutoff: datetime
    batch_horizon: int
    started_at: datetime
    finished_at: datetime | None
    scored: int
    new_cases: int
    findings: list[dict[str, Any]]
    manifest: dict[str, Any]

    @property
    def finished(self) -> bool:
        """Whether the night has been done, on whole or on incomplete data."""
        return self.status in FINISHED


@dataclass(frozen=True)
class Step:
    """One step of a run."""

    ordinal: int
    name: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    detail: dict[str, Any]


@dataclass(frozen=True)
class OpenedRun:
    """The answer to the wish to run a night.

    Attributes:
        run: The run to work on, or the one that is already there.
        work: Whether there is anything to do; False means that the night was done before.
        resumed: The run was cut off earlier and goes on; its steps that are `ok` need not be repeated.
    """

    run: Run
    work: bool
    resumed: bool = False


def open_run(
    connection: Connection,
    *,
    night: date,
    config_hash: str,
    code_version: str,
    seed: int,
    cutoff: datetime,
    batch_horizon: int,
    at: datetime,
    rescore: bool = False,
) -> OpenedRun:
    """Open a night's run, or find the one that is there.

    A finished night is given back untouched unless a re-score is asked for. A run that was cut off
    (`running`) goes on with the horizon it began with, so that it ends in the same bytes; one that failed, or
    was begun by another version of the code, starts over.

    Args:
        connection: A transaction that writes (`engine.writing`).
        night: The business day.
        config_hash: Hash of the effective configuration.
        code_version: The program's version.
        seed: Seed of everything random.
        cutoff: The moment, aware, by which the night's data had to be recorded.
        batch_horizon: The last published batch; later ones are not read.
        at: Now.
        rescore: Make a new revision although the night is done.
    """
    last = _last_revision(connection, night, config_hash)
    if last is None:
        revision = 0
    elif last.finished and not rescore:
        return OpenedRun(last, work=False)
    elif last.finished:
        revision = last.revision + 1
    elif last.status == "running" and last.code_version == code_version:
        return OpenedRun(last, work=True, resumed=True)
    else:
        revision = last.revision
        _clear(connection, last.run_id)
    run_id = f"{night.isoformat()}-{config_hash}-{revision}"
    connection.execute(
        insert(runs).values(
            run_id=run_id,
            night=night,
            config_hash=config_hash,
            revision=revision,
            code_version=code_version,
            seed=seed,
            status="running",
            cutoff=cutoff,
            batch_horizon=batch_horizon,
            started_at=at,
            scored=0,
            new_cases=0,
            findings=[],
            manifest={},
        )
    )
    return OpenedRun(get_run(connection, run_id), work=True)


def get_run(connection: Connection, run_id: str) -> Run:
    """Read one run.

    Raises:
        CasebookError: There is none of this id.
    """
    row = connection.execute(select(runs).where(runs.c.run_id == run_id)).mappings().first()
    if row is None:
        raise CasebookError(
            f"No run is called {run_id}.", "`tellerwatch schedule status` lists the last nights."
        )
    return _run(row)


def finish_run(
    connection: Connection,
    run_id: str,
    *,
    status: RunStatus,
    at: datetime,
    scored: int = 0,
    new_cases: int = 0,
    findings: Sequence[dict[str, Any]] = (),
    manifest: dict[str, Any] | None = None,
) -> Run:
    """Write down how a run ended.

    Raises:
        CasebookError: It had ended before; the ledger is not written over.
    """
    changed = connection.execute(
        update(runs)
        .where(runs.c.run_id == run_id, runs.c.status == "running")
        .values(
            status=status,
            finished_at=at,
            scored=scored,
            new_cases=new_cases,
            findings=list(findings),
            manifest=manifest or {},
        )
    )
    if changed.rowcount != 1:
        raise CasebookError(
            f"The run {run_id} is not running, so it cannot be finished.",
            "Another process may have done this night; run it again, which changes nothing then.",
        )
    return get_run(connection, run_id)


def begin_step(connection: Connection, run_id: str, name: str, at: datetime) -> int:
    """Write down that a step begins; a step of the same name that was cut off begins again.

    Returns:
        Its ordinal, from 0.
    """
    ordinal: int | None = connection.execute(
        select(steps.c.ordinal).where(steps.c.run_id == run_id, steps.c.name == name)
    ).scalar()
    if ordinal is not None:
        connection.execute(
            update(steps)
            .where(steps.c.run_id == run_id, steps.c.ordinal == ordinal)
            .values(status="running", started_at=at, finished_at=None, detail={})
        )
        return ordinal
    last: int | None = connection.execute(
        select(func.max(steps.c.ordinal)).where(steps.c.run_id == run_id)
    ).scalar()
    ordinal = 0 if last is None else last + 1
    connection.execute(
        insert(steps).values(
            run_id=run_id, ordinal=ordinal, name=name, status="running", started_at=at, detail={}
        )
    )
    return ordinal


def end_step(
    connection: Connection,
    run_id: str,
    ordinal: int,
    *,
    status: str,
    at: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write down how a step ended."""
    connection.execute(
        update(steps)
        .where(steps.c.run_id == run_id, steps.c.ordinal == ordinal)
        .values(status=status, finished_at=at, detail=detail or {})
    )


def steps_of(connection: Connection, run_id: str) -> list[Step]:
    """Read a run's steps, in order."""
    rows = connection.execute(select(steps).where(steps.c.run_id == run_id).order_by(steps.c.ordinal))
    return [
        Step(row.ordinal, row.name, row.status, row.started_at, row.finished_at, row.detail) for row in rows
    ]


def with_step_open(connection: Connection, name: str) -> list[Run]:
    """List the finished runs of which a step was begun and never ended well, oldest first.

    Args:
        connection: An open connection.
        name: The step's name.
    """
    query = (
        select(runs)
        .join(steps, steps.c.run_id == runs.c.run_id)
        .where(runs.c.status.in_(FINISHED), steps.c.name == name, steps.c.status != "ok")
        .order_by(runs.c.night, runs.c.started_at)
    )
    return [_run(row) for row in connection.execute(query).mappings()]


def latest_run(
    connection: Connection,
    *,
    night: date | None = None,
    at_or_before: date | None = None,
    config_hash: str | None = None,
    finished: bool = True,
) -> Run | None:
    """Find the run that speaks for a night: of several, the one begun last.

    Args:
        connection: An open connection.
        night: This night alone.
        at_or_before: The last night that is not later than this.
        config_hash: Runs of this configuration alone.
        finished: Only runs that ended ok or incomplete; False takes running and failed ones too.
    """
    query = _filtered(select(runs), night, at_or_before, None, config_hash, finished)
    row = connection.execute(query.order_by(*_NEWEST_FIRST).limit(1)).mappings().first()
    return None if row is None else _run(row)


def runs_between(
    connection: Connection,
    first: date | None = None,
    last: date | None = None,
    *,
    config_hash: str | None = None,
    finished: bool = True,
) -> list[Run]:
    """List the runs that speak for their nights, one a night, oldest first.

    Args:
        connection: An open connection.
        first: The first night; None from the beginning.
        last: The last night; None to the end.
        config_hash: Runs of this configuration alone.
        finished: Only runs that ended ok or incomplete.
    """
    query = _filtered(select(runs), None, last, first, config_hash, finished)
    by_night: dict[date, Run] = {}
    for row in connection.execute(query.order_by(*_NEWEST_FIRST)).mappings():
        by_night.setdefault(row["night"], _run(row))
    return [by_night[night] for night in sorted(by_night)]


def run_ids_between(connection: Connection, first: date, last: date, config_hash: str) -> dict[date, str]:
    """Name the finished runs of one configuration that speak for their nights, and nothing more of them.

    Args:
        connection: An open connection.
        first: The first night.
        last: The last night.
        config_hash: The configuration's.
    """
    query = _filtered(select(runs.c.night, runs.c.run_id), None, last, first, config_hash, True)
    found: dict[date, str] = {}
    for row in connection.execute(query.order_by(*_NEWEST_FIRST)):
        found.setdefault(row.night, row.run_id)
    return found


_NEWEST_FIRST = (runs.c.night.desc(), runs.c.started_at.desc(), runs.c.revision.desc(), runs.c.run_id.desc())


def _filtered(
    query: Select[Any],
    night: date | None,
    at_or_before: date | None,
    first: date | None,
    config_hash: str | None,
    finished: bool,
) -> Select[Any]:
    if night is not None:
        query = query.where(runs.c.night == night)
    if at_or_before is not None:
        query = query.where(runs.c.night <= at_or_before)
    if first is not None:
        query = query.where(runs.c.night >= first)
    if config_hash is not None:
        query = query.where(runs.c.config_hash == config_hash)
    return query.where(runs.c.status.in_(FINISHED)) if finished else query


def _last_revision(connection: Connection, night: date, config_hash: str) -> Run | None:
    query = select(runs).where(runs.c.night == night, runs.c.config_hash == config_hash)
    row = connection.execute(query.order_by(runs.c.revision.desc()).limit(1)).mappings().first()
    return None if row is None else _run(row)


def _clear(connection: Connection, run_id: str) -> None:
    # Nothing of an unfinished run was ever shown; its cases, if any were raised, keep their own history.
    for table in (case_relations, reasons, run_figures, scores, steps, runs):
        connection.execute(delete(table).where(table.c.run_id == run_id))


def _run(row: RowMapping) -> Run:
    return Run(**row)
