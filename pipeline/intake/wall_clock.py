"""The bank's wall clock in SQL: an addition where the zone's offset stands still, the engine's calendar elsewhere.

Asking the calendar costs more for each row than reading the time from its text. Offsets change twice a year at the
most, so the engine is asked once a day of the years in which a file's rows may lie, and the spans between two
answers that are alike are read by adding.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.intake.cell_sql import quoted

if TYPE_CHECKING:
    import duckdb

_YEARS_BACK, _YEARS_ON = 3, 1
_DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Span:
    """Moments between which a zone's offset stands still.

    Attributes:
        first: The first of them, microseconds since 1970 UTC.
        last: The last of them.
        offset: What the wall clock is ahead, microseconds.
    """

    first: int
    last: int
    offset: int


def steady_spans(connection: duckdb.DuckDBPyConnection, zone: str, received: str) -> tuple[Span, ...]:
    """Ask the engine between which moments a zone's offset stands still.

    Args:
        connection: The engine, open.
        zone: The time zone.
        received: ISO date on which the file came in; rows of three years before it are read by adding.
    """
    year = int(received[:4])
    asked = connection.execute(
        "SELECT epoch_us(moment), epoch_us(timezone($1, moment)) - epoch_us(moment) "
        f"FROM (SELECT make_timestamptz(epoch_us(TIMESTAMP '{year - _YEARS_BACK}-01-01') + day * {_DAY_US}) "
        f"AS moment FROM range({(_YEARS_BACK + _YEARS_ON + 1) * 365}) days(day)) ORDER BY 1",
        [zone],
    ).fetchall()
    spans = []
    for offset, alike in groupby(asked, key=lambda row: int(row[1])):
        moments = [int(moment) for moment, _ in alike]
        if len(moments) > 1:
            spans.append(Span(moments[0], moments[-1], offset))
    return tuple(spans)


def wall_clock(moment: str, zone: str, spans: tuple[Span, ...]) -> str:
    """Write the SQL of a moment on the wall clock of a zone.

    Args:
        moment: Name of a column of type TIMESTAMPTZ.
        zone: The time zone.
        spans: Where its offset stands still, as `steady_spans` says it; empty asks the calendar for each row.
    """
    arms = "".join(
        f"WHEN epoch_us({moment}) BETWEEN {span.first} AND {span.last} "
        f"THEN make_timestamp(epoch_us({moment}) + {span.offset}) "
        for span in reversed(spans)
    )
    asked = f"timezone({quoted(zone)}, {moment})"
    return f"CASE {arms}ELSE {asked} END" if arms else asked
