"""What each person did at each branch and terminal, and for each requester, as stored and as known on a night."""

from __future__ import annotations

from pipeline.entities.shares import Tally
from pipeline.investigation.stored import Stored

WORKDAYS = 20
"""Working days of the window."""
BEFORE_WORKDAYS = 80
"""Working days back to which the time before the window reaches."""

_THINGS = {
    "branch": ("own_branch", "entity", "TRUE"),
    "terminal": ("terminal_id", "entity", "TRUE"),
    "requester": ("entity", "employee_id", "entity <> employee_id"),
}
"""Kind → column of the thing, column of the person, which look-ups belong to it."""


def tallies(stored: Stored) -> list[Tally]:
    """Count judged look-ups per thing and person; a customer counts once a day.

    Args:
        stored: What the run may use.
    """
    since = stored.window_start(WORKDAYS)
    paths = stored.evidence_paths(stored.window_start(BEFORE_WORKDAYS))
    if not paths:
        return []
    found = []
    for kind, (thing, person, where) in _THINGS.items():
        rows = stored.rows(
            f"""
            WITH judged AS (
                SELECT {thing} AS thing, {person} AS person, any_value(coalesce(role, '')) AS role, day,
                    subject_token, bool_or(state = 'unlinked') AS bad
                FROM read_parquet(?, hive_partitioning = false)
                WHERE is_lookup AND {where} AND coalesce({thing}, '') <> ''
                    AND state IN ('linked', 'thin', 'unlinked')
                    AND night <= ? AND from_night <= ? AND until_night > ?
                GROUP BY 1, 2, day, subject_token
            )
            SELECT thing, person, max(role), count(*) FILTER (day >= ?), count(*) FILTER (day >= ? AND bad),
                count(*) FILTER (day < ?), count(*) FILTER (day < ? AND bad)
            FROM judged GROUP BY 1, 2 ORDER BY 1, 2
            """,
            [paths, stored.night, stored.night, stored.night, since, since, since, since],
        )
        found += [Tally(kind, str(key), str(who), role, *counts) for key, who, role, *counts in rows]
    return found
