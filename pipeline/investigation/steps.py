"""What to do next, from what was found."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.investigation.staff import Spell
from pipeline.investigation.stored import Act
from reports.document import EvidenceCounts, Step
from reports.words import say

MOST_ASKED = 20
"""Look-ups whose papers are asked for first."""


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
