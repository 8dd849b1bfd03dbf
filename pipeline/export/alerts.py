"""One night's cases as neutral objects, from which every format is a thin mapping; no customer is in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, select

from pipeline.casebook.case_file import Case, get_case
from pipeline.casebook.runs import Run, latest_run
from pipeline.casebook.scores import ReasonRow, read_reasons
from pipeline.casebook.tables import case_nights
from pipeline.errors import UsageError

Activity = Literal["create", "update", "close"]
HALF_RISK_NATS = 8.0
"""Evidence that makes half of the risk scale: by default the evidence from which a case is opened."""


@dataclass(frozen=True)
class Alert:
    """One case as one night saw it.

    Attributes:
        case: The case as it stands now.
        run: The run that speaks for the night.
        activity: Whether the night opened the case, saw it again, or it has been closed since.
        score: Evidence in nats, on that night.
        p_value: Chance of so high a score among people who do nothing wrong.
        rank: 1 is the most suspicious.
        unexplained: Look-ups without business, cumulated.
        reasons: Why, the most telling first.
    """

    case: Case
    run: Run
    activity: Activity
    score: float
    p_value: float
    rank: int
    unexplained: int
    reasons: tuple[ReasonRow, ...]

    @property
    def at(self) -> datetime:
        """When the night's run ended."""
        return self.run.finished_at or self.run.started_at

    @property
    def risk(self) -> int:
        """The score on a scale of 0 to 100: 50 at 8 nats, and half of what is left for each 8 more."""
        return round(100 * (1 - 2 ** (-max(self.score, 0.0) / HALF_RISK_NATS)))

    @property
    def title(self) -> str:
        """Say in a line what it is about."""
        return "Look-ups at customers' data without business behind them"

    @property
    def message(self) -> str:
        """Say in a sentence why."""
        return self.reasons[0].text_en if self.reasons else self.title


def alerts_of(connection: Connection, night: date | None) -> tuple[Run, list[Alert]]:
    """Read the cases that a night saw, by rank.

    Args:
        connection: An open connection.
        night: The night; None for the last one done.

    Raises:
        UsageError: That night was not done.
    """
    run = latest_run(connection, night=night)
    if run is None:
        which = f"The night of {night} has not been" if night else "No night has been"
        again = f" --night {night}" if night else ""
        raise UsageError(
            f"{which} done, so there is nothing to export.", f"Run it: `tellerwatch run{again}`."
        )
    query = select(case_nights).where(case_nights.c.night == run.night).order_by(case_nights.c.rank)
    rows = connection.execute(query.order_by(case_nights.c.case_id)).all()
    found = {row.case_id: get_case(connection, row.case_id) for row in rows}
    reasons = read_reasons(connection, run.run_id, [case.employee_id for case in found.values()])
    return run, [
        Alert(
            found[row.case_id],
            run,
            _activity(found[row.case_id], run.night),
            row.score,
            row.p_value,
            row.rank,
            row.unexplained,
            tuple(reasons.get(found[row.case_id].employee_id, ())),
        )
        for row in rows
    ]


def _activity(case: Case, night: date) -> Activity:
    if not case.open:
        return "close"
    return "create" if case.opened_on == night else "update"
