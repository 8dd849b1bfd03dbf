"""Work of an evening that goes on past midnight: it belongs to the day on which its shift began.

Somebody's last night shift before leave, or before they leave for good, ends on a day on which they are said to be gone.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

PAUSE_HOURS = 3
"""A longer pause ends a shift."""
SHIFT_ENDS = 8
"""Hour of the morning by which a night's shift is over; whoever goes on works on the new day."""


def carried_over(acts: ir.Table) -> ir.Table:
    """Find what was done after midnight in a shift of the evening before.

    From the account's last act of that evening on, no pause is longer than `PAUSE_HOURS`.

    Args:
        acts: event_id, employee_id, day_number, second, hour (on the bank's clock; null where the clock says nothing),
            is_timely.

    Returns:
        event_id of these acts. Acts that came late, and what followed only on them, are not among these.
    """
    early = acts.hour < SHIFT_ENDS
    night = acts.filter(acts.is_timely & (early | (acts.hour >= 24 - PAUSE_HOURS))).select(
        "event_id",
        "employee_id",
        "second",
        is_early=early,
        evening=acts.day_number - early.cast("int64"),
    )
    keys, order = ["employee_id", "evening"], ["second", "event_id"]
    pause = night.second - night.second.lag().over(ibis.window(group_by=keys, order_by=order))
    ended = night.is_early & ibis.coalesce(pause > PAUSE_HOURS * 3600, True)
    so_far = ibis.window(group_by=keys, order_by=order, preceding=None, following=0)
    paused = night.mutate(ended=ended.cast("int64"))
    told = paused.mutate(ends=paused.ended.sum().over(so_far))
    return told.filter(told.is_early & (told.ends == 0)).select("event_id")
