"""What to do next, from what was found."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.casebook.scores import ReasonRow
from pipeline.investigation.staff import Spell
from pipeline.investigation.stored import Act
from reports.document import EvidenceCounts, Step
from reports.words import say

MOST_ASKED = 20
"""Look-ups whose papers are asked for first."""


_FITS = {"hollow": "thin", "distant": "thin", "scattered": "thin", "mismatch": "mismatch"}
"""Family of the first reason → the step that goes to the bottom of it; any other asks for the papers."""


def next_step(steps: Sequence[Step], reasons: Sequence[ReasonRow]) -> Step:
    """Choose the one step that a card names: the one that fits its first reason.

    Args:
        steps: What is suggested, in order; at least one.
        reasons: The stored reasons, the most telling first.
    """
    wanted = _FITS.get(reasons[0].family, "ask") if reasons else "ask"
    by_code = {step.code: step for step in steps}
    return next((by_code[code] for code in (wanted, "ask", "thin", "mismatch") if code in by_code), steps[-1])


def suggested(
    acts: Sequence[Act], counts: EvidenceCounts, post: Spell | None, in_case: bool
) -> tuple[Step, ...]:
    """Suggest steps, in the order in which they should be taken.

    Args:
        acts: The person's acts that count for them.
        counts: Their look-ups by state.
        post: Their post on the night.
        in_case: Whether there is a case.
    """
    steps = []
    telling = [act for act in acts if act.counted and (act.state in ("unlinked", "thin") or act.mismatch)]
    if in_case and telling:
        first, last = telling[0].day, telling[-1].day
        steps.append(Step(code="keep", text=say("facts.step.keep", first=first, last=last)))
    if in_case and post is not None and post.manager_id:
        steps.append(Step(code="manager", text=say("facts.step.manager", manager=post.manager_id)))
    if counts.unlinked:
        steps.append(Step(code="ask", text=say("facts.step.ask", n=min(counts.unlinked, MOST_ASKED))))
    for code, count in (
        ("thin", counts.thin),
        ("mismatch", counts.mismatch),
        ("wait", counts.pending),
        ("data", counts.not_assessable),
    ):
        if count:
            steps.append(Step(code=code, text=say(f"facts.step.{code}", n=count)))
    if in_case:
        steps.append(Step(code="hear", text=say("facts.step.hear")))
    return tuple(steps)
