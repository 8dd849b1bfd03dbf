"""Things, not people: what the night's page says of branches, terminals, requesters, machines and the bureau's lists."""

from __future__ import annotations

from pipeline.entities.bureau import Listed, bureau_words, listed
from pipeline.entities.machines import Drift, machine_drifts
from pipeline.entities.shares import Standing, standings
from pipeline.entities.tallies import WORKDAYS, tallies
from pipeline.investigation.stored import Stored
from reports.document import Text, Thing
from reports.words import say, share

MOST_OF_A_KIND = 20
MOST_PEOPLE = 8


def things(stored: Stored) -> tuple[Thing, ...]:
    """List what stands out among things, worst first within its kind.

    Args:
        stored: What the run may use.
    """
    told = [one for one in standings(tallies(stored)) if one.tells]
    return (
        *(_share_of(one) for one in told[:MOST_OF_A_KIND]),
        *(_machine(one) for one in machine_drifts(stored)[:MOST_OF_A_KIND]),
        *(_listed(one) for one in listed(stored, "branch_id")[:MOST_OF_A_KIND]),
    )


def _share_of(one: Standing) -> Thing:
    return Thing(
        kind=one.kind,
        key=one.key,
        lookups=one.lookups,
        unexplained=one.unexplained,
        expected=round(one.expected, 1),
        people=tuple(who for who, _ in one.people[:MOST_PEOPLE]),
        text=share_words(one),
    )


def share_words(one: Standing) -> Text:
    """Say how a thing stands, with its people counted and its own past beside it."""
    before = (
        say("facts.thing.before", share=share(one.before))
        if one.before is not None
        else say("facts.thing.new")
    )
    return say(
        f"facts.thing.{one.kind}",
        k=one.unexplained,
        n=one.lookups,
        days=WORKDAYS,
        expected=round(one.expected, 1),
        people=len(one.people),
        before=before,
    )


def _machine(one: Drift) -> Thing:
    parts = [say(f"facts.machine.{code}", n=acts) for code, acts in one.outside]
    joined = Text(en=" ".join(part.en for part in parts), zh="".join(part.zh for part in parts))
    return Thing(
        kind="machine",
        key=one.account_id,
        lookups=one.acts,
        unexplained=max(acts for _, acts in one.outside),
        people=(one.owner_id,) if one.owner_id else (),
        text=joined,
    )


def _listed(one: Listed) -> Thing:
    return Thing(kind="bureau", key=one.key, lookups=0, unexplained=one.findings, text=bureau_words(one))
