"""How fast one look-up came after another, from where, and whether anybody else was about.

Questions within one day.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

RUN_GAP_SECONDS = 600
"""A pause longer than this ends a run."""
CLASH_SECONDS = 300
"""Two terminals within this many seconds clash: one person is not at both."""
ALONE_SECONDS = 1800
"""Nobody else of the branch within this many seconds before and after, and the person worked alone."""
STEADY_SHARE = 0.1
"""A gap that differs from the one before by less than this share is steady."""


def _near(acts: ir.Table, keys: list[str], before: int, after: int) -> ir.IntegerValue:
    window = ibis.range_window(
        group_by=[acts[key] for key in (*keys, "day", "night")],
        order_by=acts.second,
        preceding=before,
        following=after,
    )
    return acts.count().over(window)


def pace(acts: ir.Table) -> ir.Table:
    """Describe each look-up's place in its day.

    Rows that came late are set beside those of their own night alone.

    Args:
        acts: event_id, entity, employee_id, own_branch, terminal_id, is_lookup, day, night, second.

    Returns:
        event_id, in_10min, in_60min (the entity's look-ups so far within it), gap_seconds, is_steady,
        run_length (place in an unbroken run), clashes (another terminal minutes ago), is_alone (nobody else
        of the branch within half an hour).
    """
    looked = acts.filter(acts.is_lookup)
    own = [looked.employee_id, looked.day, looked.night]
    order = [looked.second, looked.event_id]
    in_turn = ibis.window(group_by=own, order_by=order)
    first = looked.mutate(
        in_10min=_near(looked, ["entity"], 600, 0),
        in_60min=_near(looked, ["entity"], 3600, 0),
        branch_near=_near(looked, ["own_branch"], ALONE_SECONDS, ALONE_SECONDS),
        own_near=_near(looked, ["own_branch", "employee_id"], ALONE_SECONDS, ALONE_SECONDS),
        gap_seconds=looked.second - looked.second.lag().over(in_turn),
        seat_before=looked.terminal_id.lag().over(in_turn),
    )
    again = ibis.window(
        group_by=[first.employee_id, first.day, first.night], order_by=[first.second, first.event_id]
    )
    so_far = ibis.window(
        group_by=[first.employee_id, first.day, first.night],
        order_by=[first.second, first.event_id],
        preceding=None,
        following=0,
    )
    pause = ibis.coalesce(first.gap_seconds > RUN_GAP_SECONDS, True)
    second = first.mutate(
        gap_before=first.gap_seconds.lag().over(again), run=pause.cast("int64").sum().over(so_far)
    )
    run = ibis.window(
        group_by=[second.employee_id, second.day, second.night, second.run],
        order_by=[second.second, second.event_id],
    )
    gap, before = second.gap_seconds, second.gap_before
    short = (gap <= RUN_GAP_SECONDS) & (before <= RUN_GAP_SECONDS)
    return second.select(
        "event_id",
        "in_10min",
        "in_60min",
        "gap_seconds",
        is_steady=ibis.coalesce(
            short & ((gap - before).abs() <= ibis.greatest(gap * STEADY_SHARE, 1.0)), False
        ),
        run_length=ibis.row_number().over(run) + 1,
        clashes=ibis.coalesce((second.seat_before != second.terminal_id) & (gap < CLASH_SECONDS), False),
        is_alone=second.own_branch.notnull() & (second.branch_near == second.own_near),
    )
