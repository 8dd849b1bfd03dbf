"""The bank as a whole: look-ups a day, scores, branches with their denominators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from math import floor
from statistics import median

from pipeline.casebook.scores import ScoreRow
from pipeline.investigation.stored import Stored
from reports.document import BranchShare, DayCount, Population, ScoreBin

DAYS = 60
"""Calendar days of the daily chart."""
BRANCH_WORKDAYS = 20
"""Working days over which branches are compared."""
LEAST_LOOKUPS = 20
"""A branch with fewer judged look-ups than this has no share worth printing."""
HIGHEST_BIN = 20


def population(stored: Stored, scores: Sequence[ScoreRow], calibrated: bool) -> Population:
    """Describe the bank on the night.

    Args:
        stored: What the run may use.
        scores: The night's scores.
        calibrated: Whether there is a line yet.
    """
    days = _days(stored)
    branches, bank_share = _branches(stored)
    workdays = [day.total for day in days if day.workday]
    return Population(
        days=days,
        median=float(median(workdays)) if workdays else None,
        scores=_bins(scores),
        cutoff=stored.settings.alerting.open_nats if calibrated else None,
        branches=branches,
        bank_share=bank_share,
    )


def _days(stored: Stored) -> tuple[DayCount, ...]:
    first = max(stored.night - timedelta(days=DAYS - 1), min(stored.evidence_days, default=stored.night))
    paths = stored.evidence_paths(first)
    rows = (
        stored.rows(
            """
            SELECT day, count(*) FROM read_parquet(?, hive_partitioning = false)
            WHERE is_lookup AND night <= ? AND from_night <= ? AND until_night > ?
            GROUP BY day
            """,
            [paths, stored.night, stored.night, stored.night],
        )
        if paths
        else []
    )
    counts = {day: int(n) for day, n in rows}
    days = [first + timedelta(days=offset) for offset in range((stored.night - first).days + 1)]
    return tuple(
        DayCount(
            day=day,
            total=counts.get(day, 0),
            workday=stored.calendar.is_workday(day),
            complete=bool(counts.get(day)) or not stored.calendar.is_workday(day),
        )
        for day in days
    )


def _bins(scores: Sequence[ScoreRow]) -> tuple[ScoreBin, ...]:
    if not scores:
        return ()
    counts: dict[int, int] = {}
    for row in scores:
        lower = min(floor(row.score), HIGHEST_BIN)
        counts[lower] = counts.get(lower, 0) + 1
    highest = max(row.score for row in scores)
    return tuple(
        ScoreBin(
            lower=lower,
            upper=max(lower + 1, floor(highest) + 1) if lower == HIGHEST_BIN else lower + 1,
            employees=counts.get(lower, 0),
        )
        for lower in range(max(counts) + 1)
    )


def _branches(stored: Stored) -> tuple[tuple[BranchShare, ...], float | None]:
    return branch_shares(stored, stored.window_start(BRANCH_WORKDAYS))


def branch_shares(stored: Stored, first: date) -> tuple[tuple[BranchShare, ...], float | None]:
    """Compare the branches by look-ups without a record, worst share first; and the whole bank's share.

    Args:
        stored: What the run may use.
        first: The first day that counts.
    """
    paths = stored.evidence_paths(first)
    if not paths:
        return (), None
    rows = stored.rows(
        """
        SELECT coalesce(own_branch, ''), count(*) FILTER (state = 'unlinked'), count(*),
            count(DISTINCT entity)
        FROM read_parquet(?, hive_partitioning = false)
        WHERE is_lookup AND state IN ('linked', 'thin', 'unlinked')
            AND night <= ? AND from_night <= ? AND until_night > ?
        GROUP BY 1 ORDER BY 1
        """,
        [paths, stored.night, stored.night, stored.night],
    )
    found = [
        BranchShare(branch=branch or "–", unexplained=bad, lookups=n, share=bad / n, employees=people)
        for branch, bad, n, people in rows
        if n >= LEAST_LOOKUPS
    ]
    found.sort(key=lambda row: (-row.share, row.branch))
    total = sum(n for _, _, n, _ in rows)
    return tuple(found), sum(bad for _, bad, _, _ in rows) / total if total else None
